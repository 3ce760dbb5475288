/** `npm run profile`: the time of a training step by TensorFlow operation. */
import { Command } from "commander";
import { main, wholeNumber } from "../scripts/command";
import { presetByName } from "../src/config/index";
import { SAMPLE } from "./sample";

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
  const config = presetByName(preset);
  const { describeBackend } = await import("../src/tensor/tensorflow");
  const { stepProfile } = await import("./step-profile");
  console.log(describeBackend());
  console.log(await stepProfile({ data, config, batch, steps, shapes, rows }));
});
