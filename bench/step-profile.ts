/** The time of a training step by TensorFlow operation. */
import { type Config, configure } from "../src/config/index";
import { openDataset } from "../src/data/dataset";
import { createDetector } from "../src/detectors/create-detector";
import { Trainer } from "../src/training/trainer";
import { OperationClock, profileTable } from "./operation-clock";
import { firstImages } from "./ours/network";

/** Steps before the measured ones; the first steps allocate memory that later steps reuse. */
const WARM_UPS = 3;

/** What is measured and listed. */
export interface StepProfile {
  /** The folder of the data set. */
  readonly data: string;
  readonly config: Config;
  /** Number of images in a step. */
  readonly batch: number;
  /** Number of steps to measure. */
  readonly steps: number;
  /** Whether operations of different shapes are listed separately. */
  readonly shapes: boolean;
  /** Number of rows, the longest operations first. */
  readonly rows: number;
}

/**
 * Measures training steps.
 * @returns a table
 */
export async function stepProfile(options: StepProfile): Promise<string> {
  const { data, config: base, batch, steps, shapes, rows } = options;
  const config = configure(base, {
    augmentation: { copies: 0 },
    training: { batchSize: batch, epochs: WARM_UPS + steps },
  });
  const dataset = await openDataset(data);
  const detector = await createDetector(config, dataset.classNames);
  const trainer = new Trainer({ detector, train: firstImages(dataset, batch) });
  const clock = new OperationClock(shapes);
  let done = 0;
  let start = 0;
  for await (const { kind } of trainer.fit()) {
    if (kind !== "step" || ++done !== WARM_UPS) continue;
    clock.start();
    start = performance.now();
  }
  const milliseconds = (performance.now() - start) / steps;
  clock.stop();
  return profileTable(clock.times(), { steps, stepMilliseconds: milliseconds, rows });
}
