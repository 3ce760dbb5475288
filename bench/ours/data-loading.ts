/**
 * This project's side of data loading: it decodes and augments every image of the sample's
 * training split, batch by batch.
 */
import { configure, presets } from "../../src/config/index";
import { augmentBatch, randomAugmentation, samplesToTensor } from "../../src/data/augment";
import { openDataset } from "../../src/data/dataset";
import { sampleBatches } from "../../src/data/loader";
import { loadSample } from "../../src/data/sample";
import { Random } from "../../src/util/random";
import { tf } from "../../src/tensor/tensorflow";
import type { ImageRecord } from "../../src/types";
import { readSetup, writeSetup, writeTensors } from "../exchange";
import { SAMPLE } from "../sample";
import type { OursCase } from "./ours-case";

const SPLIT = "train";

/** Decoding and augmentation of a training split. */
export const dataLoading: OursCase = {
  async write(folder, { preset, kind, batch, warmUps }) {
    const dataset = (await openDataset(SAMPLE)).split(SPLIT);
    const config = configure(presets[preset], { training: { batchSize: batch } });
    const records = plainRecords(dataset.images);
    await writeSetup(folder, {
      kind,
      batch,
      warmUps,
      config,
      classNames: dataset.classNames,
      records,
    });
    const samples = await Promise.all(
      dataset.images.slice(0, batch).map((image) => loadSample(image, config.data)),
    );
    const tensor = samplesToTensor(samples);
    const [images] = tensor.split([1, 2], 3);
    tensor.dispose();
    const letterboxes = tf.tensor2d(
      samples.map(({ letterbox: { scale, dx, dy } }) => [scale, dx, dy]),
    );
    await writeTensors(folder, "ours", { images: images.squeeze([3]), letterboxes });
  },
  async prepare(folder) {
    const { config, batch } = await readSetup(folder);
    const dataset = (await openDataset(SAMPLE)).split(SPLIT);
    const random = new Random(config.seed);
    return async () => {
      for await (const samples of sampleBatches(dataset, config.data, {
        batchSize: batch,
        random,
      })) {
        const drawn = samples.map(() =>
          randomAugmentation(config.augmentation, config.data.imageSize, random),
        );
        augmentBatch(samples, drawn).images.dispose();
      }
    };
  },
};

/** Images and their boxes, in pixels of the images, as JSON. */
export function plainRecords(images: readonly ImageRecord[]): object[] {
  return images.map(({ path, annotations }) => ({
    path,
    boxes: annotations.flatMap(({ box }) => box),
    classIds: annotations.map(({ classId }) => classId),
  }));
}
