/** `npm run profile`: where a training step's time goes, by TensorFlow operation. */
import { join } from "path";
import { Command } from "commander";
import { main, wholeNumber } from "../scripts/command";
import { configure, presetByName } from "../src/config/index";
import { openDataset } from "../src/data/dataset";
import { createDetector } from "../src/detectors/create-detector";
import { describeBackend } from "../src/tensor/tensorflow";
import { Trainer } from "../src/training/trainer";
import { OperationClock, profileTable } from "./operation-clock";
import { firstImages } from "./ours/network";

/** The first steps set up what later ones use again. */
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
    "Time by TensorFlow operation of a training step. Operations run one after another on the CPU, so that a clock around each is exact.",
  )
  .option("--data <folder>", "the data set", join("data", "sample"))
  .option("--preset <name>", "default or accurate", "accurate")
  .option("--batch <number>", "images in a step", wholeNumber("--batch", 1), 4)
  .option("--steps <number>", "steps to measure", wholeNumber("--steps", 1), 10)
  .option("--shapes", "operations of different shapes apart")
  .option("--rows <number>", "longest rows shown", wholeNumber("--rows", 1), 25);

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
  console.log(profileTable(clock.times(), steps, milliseconds, rows));
});
