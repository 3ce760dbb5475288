/** This project's side of the cases that run a network: forward pass, training step, detection. */
import { readFile } from "fs/promises";
import { join } from "path";
import { Config, configure, presets } from "../../src/config/index";
import { samplesToTensor } from "../../src/data/augment";
import { Dataset, openDataset } from "../../src/data/dataset";
import { loadSample } from "../../src/data/sample";
import { detectImages } from "../../src/inference/detect-dataset";
import { FasterRCNN } from "../../src/detectors/faster-rcnn/faster-rcnn";
import type { StepTrace } from "../../src/detectors/faster-rcnn/training-trace";
import { Random } from "../../src/util/random";
import { tf } from "../../src/tensor/tensorflow";
import { readRunManifest } from "../../src/runs/run-manifest";
import { saveWeights } from "../../src/runs/run-weights";
import { Trainer } from "../../src/training/trainer";
import type { Target } from "../../src/types";
import { expandWeights } from "../../src/weights/compact";
import { parseSafetensors } from "../../src/weights/safetensors";
import { ROOT } from "../../scripts/command";
import type { BenchCase } from "../cases";
import { EXCHANGED, readSetup, readTensors, Setup, writeSetup, writeTensors } from "../exchange";
import { SAMPLE } from "../sample";
import type { OursCase } from "./ours-case";

/**
 * The weights come from the bundled run: untrained heads propose unrealistically many overlapping
 * boxes, so that times would not be those of real work.
 */
const BUNDLED_RUN = join(ROOT, "data", "models", "accurate-sample");

/** Number of images that detection uses in turn. */
const DETECTED_FILES = 8;

/** More epochs than are run, so that the learning rate stays the same. */
const ENDLESS = 100_000;

/** Detections of a lower score are not compared. */
const COMPARED_SCORE = 0.5;

/** The forward pass of the frozen backbone. */
export const backbone: OursCase = {
  async write(folder, chosen) {
    const { detector, setup } = await benchDetector(folder, chosen);
    const { images } = await batchOf(chosen, setup.config);
    await writeSetup(folder, setup);
    const features = detector.frozenFeatures(images);
    await writeTensors(
      folder,
      "ours",
      Object.fromEntries(features.map((level, i) => [`level${i}`, level])),
    );
    await writeTensors(folder, "inputs", { images });
  },
  async prepare(folder) {
    const detector = await restoredDetector(folder);
    const { shape, data } = (await readTensors(folder, "inputs")).get("images")!;
    const images = tf.tensor(data, [...shape]) as tf.Tensor<tf.Rank> as tf.Tensor4D;
    return () => {
      const features = detector.frozenFeatures(images);
      // On the CPU operations have finished when their calls return. On a GPU this waits for the
      // last one.
      features[features.length - 1].slice([0, 0, 0, 0], [1, 1, 1, 1]).dataSync();
      tf.dispose(features);
    };
  },
};

/** One training step. */
export const trainingStep: OursCase = {
  async write(folder, chosen) {
    const { detector, setup } = await benchDetector(folder, chosen);
    const { images, targets } = await batchOf(chosen, setup.config);
    const features = detector.frozenFeatures(images);
    const variables = detector.variables();
    const results: Record<string, tf.Tensor> = {};
    let trace: StepTrace | null = null;
    const { value, grads } = tf.variableGrads(() => {
      const step = detector.losses(features, targets, {
        random: new Random(setup.config.seed),
        withTrace: true,
      });
      for (const [name, loss] of Object.entries(step.terms))
        results[`loss/${name}`] = tf.keep(loss.reshape([1]));
      trace = step.trace;
      return step.total;
    }, Object.values(variables));
    for (const [name, variable] of Object.entries(variables))
      results[`gradient/${name}`] = grads[variable.name];
    await writeSetup(folder, {
      ...setup,
      targets: targets.map(plainTarget),
      sampled: sampledOf(trace!),
    });
    await writeTensors(folder, "ours", results);
    await writeTensors(folder, "inputs", { images });
    tf.dispose([value, features]);
  },
  async prepare(folder) {
    const setup = await readSetup(folder);
    const detector = await restoredDetector(folder);
    const trainer = new Trainer({
      detector,
      train: firstImages(await openDataset(SAMPLE), setup.batch),
    });
    const events = trainer.fit({ epochs: ENDLESS });
    return async () => {
      for (;;) {
        const { value } = await events.next();
        if (value.kind === "step") return;
      }
    };
  },
};

/** Detection in one image file. */
export const detection: OursCase = {
  async write(folder, chosen) {
    const { detector, setup } = await benchDetector(folder, chosen);
    const { images } = (await openDataset(SAMPLE)).split("test");
    const files = images.slice(0, DETECTED_FILES).map(({ path }) => path);
    await writeSetup(folder, { ...setup, files });
    const found = (await detectImages(detector, files)).flatMap(({ detections }) =>
      detections.filter(({ score }) => score >= COMPARED_SCORE),
    );
    await writeTensors(folder, "ours", {
      boxes: tf.tensor2d(
        found.flatMap(({ box }) => box),
        [found.length, 4],
      ),
      scores: tf.tensor1d(found.map(({ score }) => score)),
    });
  },
  async prepare(folder) {
    const { files } = await readSetup<{ files: string[] }>(folder);
    const detector = await restoredDetector(folder);
    let calls = 0;
    return async () => {
      calls++;
      await detectImages(detector, [files[calls % files.length]]);
    };
  },
};

/**
 * A detector with the trained weights of the bundled run. All its weights, also the frozen ones,
 * are written into the folder.
 */
export async function benchDetector(
  folder: string,
  { preset, overrides = {}, kind, batch, warmUps }: BenchCase,
): Promise<{ detector: FasterRCNN; setup: Setup }> {
  const config = configure(configure(presets[preset], overrides), {
    augmentation: { copies: 0 },
    training: { batchSize: batch, epochs: ENDLESS },
  });
  const { classNames } = await readRunManifest(BUNDLED_RUN);
  const detector = await FasterRCNN.create(config, classNames);
  const bundled = expandWeights(
    parseSafetensors(await readFile(join(BUNDLED_RUN, EXCHANGED.weights)), BUNDLED_RUN),
  );
  const all = await FasterRCNN.create(
    configure(config, {
      backbone: { frozenBlocks: 0 },
      training: { backboneLearningRate: presets.accurate.training.backboneLearningRate },
    }),
    classNames,
  );
  for (const [name, variable] of Object.entries(detector.variables())) {
    // The bundled run has a fused neck. Another neck, and the network on it, keep random weights.
    const isTrained = config.neck.kind === "fused" || !/^(neck|rpn)\//.test(name);
    const weight = isTrained
      ? bundled.get(name)
      : { shape: variable.shape, data: variable.dataSync<"float32">() };
    if (!weight)
      throw new Error(
        `${BUNDLED_RUN} has no weight '${name}': the preset ${preset} has changed since it was trained`,
      );
    const value = tf.tensor(weight.data, [...weight.shape]);
    variable.assign(value);
    all.variables()[name].assign(value);
    value.dispose();
  }
  await saveWeights(all, join(folder, EXCHANGED.weights));
  all.dispose();
  return { detector, setup: { kind, batch, warmUps, config, classNames } };
}

/** The detector of `benchDetector`, in another process. */
export async function restoredDetector(folder: string): Promise<FasterRCNN> {
  const { config, classNames } = await readSetup(folder);
  const detector = await FasterRCNN.create(config, classNames);
  const weights = await readTensors(folder, "weights");
  for (const [name, variable] of Object.entries(detector.variables())) {
    const value = tf.tensor(weights.get(name)!.data, variable.shape);
    variable.assign(value);
    value.dispose();
  }
  return detector;
}

async function batchOf(
  { batch }: BenchCase,
  { data }: Config,
): Promise<{ images: tf.Tensor4D; targets: Target[] }> {
  const { images } = firstImages(await openDataset(SAMPLE), batch);
  const samples = await Promise.all(images.map((image) => loadSample(image, data)));
  const targets = samples.map(({ boxes, classIds }) => ({
    boxes: Float32Array.from(boxes.flat()),
    classIds: Int32Array.from(classIds),
  }));
  return { images: samplesToTensor(samples), targets };
}

/** The first images of the training split that have boxes. */
export function firstImages(dataset: Dataset, count: number): Dataset {
  const images = dataset.split("train").images.filter(({ annotations }) => annotations.length);
  const ids = new Set(images.slice(0, count).map(({ id }) => id));
  return dataset.subset(({ id }) => ids.has(id));
}

function plainTarget({ boxes, classIds }: Target): { boxes: number[]; classIds: number[] } {
  return { boxes: Array.from(boxes), classIds: Array.from(classIds) };
}

/** The sampled anchors and regions of each image in a step. */
function sampledOf({ images }: StepTrace): object[] {
  return images.map(({ positives, negatives, anchorAssignment, rois, roiAssignment }) => ({
    positives: Array.from(positives),
    negatives: Array.from(negatives),
    matches: Array.from(positives, (i) => anchorAssignment[i]),
    rois: Array.from(rois),
    roiAssignment: Array.from(roiAssignment),
  }));
}
