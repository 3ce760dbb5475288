/**
 * `npm run compact -- --weights RUN --out FOLDER`: a quarter-sized copy of a trained detector, to
 * keep or to send.
 */
import { existsSync } from "fs";
import { copyFile, mkdir, stat } from "fs/promises";
import { join } from "path";
import { Command } from "commander";
import { loadRun, saveWeights } from "../src/runs/run-weights";
import { main } from "./command";

interface Options {
  weights: string;
  out: string;
  best?: boolean;
}

const program = new Command("npm run compact --")
  .description(
    "Copies a run with its weights as 8-bit numbers; detect, evaluate and the notebooks take it as any run.",
  )
  .requiredOption("--weights <run>", "a run folder of `npm run train` or `npm run notebooks`")
  .requiredOption("--out <folder>", "where the copy goes")
  .option("--best", "the weights that validated best, in place of the last epoch's");

main(async () => {
  program.parse();
  const { weights, out, best } = program.opts<Options>();
  if (existsSync(join(out, "run.json")))
    throw new Error(`${out} holds a run already: name another --out`);
  const { detector } = await loadRun(weights, best ? "best" : "last");
  await mkdir(out, { recursive: true });
  const file = join(out, "weights.safetensors");
  await saveWeights(detector, file, { compact: true });
  await copyFile(join(weights, "run.json"), join(out, "run.json"));
  console.log(`${out}: ${((await stat(file)).size / 1e6).toFixed(1)} MB of weights`);
});
