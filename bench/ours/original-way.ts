/**
 * This project's side of a whole training from image files: features are computed once, and all
 * epochs use them.
 */
import { openDataset } from "../../src/data/dataset";
import { Trainer } from "../../src/training/trainer";
import { readSetup, writeSetup } from "../exchange";
import { plainRecords } from "./data-loading";
import { SAMPLE } from "../sample";
import { benchDetector, firstImages, restoredDetector } from "./network";
import type { OursCase } from "./ours-case";

/** Number of epochs, as in the original experiment. */
export const EPOCHS = 10;
/** Number of images. */
export const IMAGES = 16;

/** A training with cached features. */
export const originalWay: OursCase = {
  async write(folder, chosen) {
    const { setup } = await benchDetector(folder, chosen);
    const { images } = firstImages(await openDataset(SAMPLE), IMAGES);
    await writeSetup(folder, { ...setup, epochs: EPOCHS, records: plainRecords(images) });
  },
  async prepare(folder) {
    const setup = await readSetup<{ epochs: number }>(folder);
    const detector = await restoredDetector(folder);
    const train = firstImages(await openDataset(SAMPLE), IMAGES);
    return async () => {
      const trainer = new Trainer({ detector, train });
      for await (const event of trainer.fit({ epochs: setup.epochs })) void event;
      trainer.dispose();
    };
  },
};
