/**
 * `npm run compact -- --weights RUN --out FOLDER`: a copy of a run in a quarter of the space, to
 * archive or to send.
 */
import { Command } from "commander";
import { main, pathText } from "./command";

interface Options {
  weights: string;
  out: string;
  best?: boolean;
}

const BYTES_PER_MEGABYTE = 1e6;

const program = new Command("npm run compact --")
  .description(
    "Copies a run with its weights as 8-bit numbers. All commands and notebooks read the copy like any run.",
  )
  .requiredOption(
    "--weights <run>",
    "a run folder of `npm run train` or `npm run notebooks`",
    pathText("--weights"),
  )
  .requiredOption("--out <folder>", "the run folder of the copy", pathText("--out"))
  .option("--best", "copy the weights of the best validation instead of the last epoch's");

main(async () => {
  program.parse();
  const { weights, out, best } = program.opts<Options>();
  const { compactRun } = await import("../src/runs/compact-run");
  const bytes = await compactRun(weights, out, { weights: best ? "best" : "last" });
  console.log(`${out}: ${(bytes / BYTES_PER_MEGABYTE).toFixed(1)} MB of weights`);
});
