/** `npm run profile`: the time of a training step by TensorFlow operation. */
import { Command } from "commander";
import { main, wholeNumber } from "../scripts/command";
import { configure, presetByName } from "../src/config/index";
import { openDataset } from "../src/data/dataset";
import { createDetector } from "../src/detectors/create-detector";
import { describeBackend } from "../src/tensor/tensorflow";
import { Trainer } from "../src/training/trainer";
import { OperationClock, profileTable } from "./operation-clock";
import { firstImages, SAMPLE } from "./ours/network";

/** Steps before the measured ones; the first steps allocate memory that later steps reuse. */
const WARM_UPS = 3;

interface Options {
  data: string;
  preset: string;
  batch: number;
  steps: number;
  shapes?: boolean;
  rows: number;
}

const program = new Command("npm run profile --")
  .description(
    "Measures the time of a training step by TensorFlow operation. On the CPU operations run one after another, so that the times are exact.",
  )
  .option("--data <folder>", "the data set", SAMPLE)
  .option("--preset <name>", "the configuration: default or accurate", "accurate")
  .option("--batch <number>", "number of images in a step", wholeNumber("--batch", 1), 4)
  .option("--steps <number>", "number of steps to measure", wholeNumber("--steps", 1), 10)
  .option("--shapes", "list operations of different shapes separately")
  .option(
    "--rows <number>",
    "number of rows, the longest operations first",
    wholeNumber("--rows", 1),
    25,
  );

main(async () => {
  program.parse();
  const { data, preset, batch, steps, shapes = false, rows } = program.opts<Options>();
  console.log(describeBackend());
  const config = configure(presetByName(preset), {
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
  console.log(profileTable(clock.times(), { steps, stepMilliseconds: milliseconds, rows }));
});
