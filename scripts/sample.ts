/**
 * `npm run sample`: renders the synthetic data set that comes with the project; the same bytes
 * every time. It replaces only files that it wrote itself.
 */
import { join } from "path";
import { Command } from "commander";
import { BUNDLED_SAMPLE } from "../src/planning/preset-for";
import { main, pathText } from "./command";

const BUNDLED_SCAN = join("data", "scan");
/** Chosen among some seeds, so that preset `default` makes errors of every kind on the test split. */
const BUNDLED_SEED = "sample-63";

interface Options {
  out?: string;
  scan?: string;
  seed: string;
}

const program = new Command("npm run sample --")
  .description("Renders the synthetic data set and scan that come with the project.")
  .option(
    "--out <folder>",
    `the folder of the data set; default: ${BUNDLED_SAMPLE}`,
    pathText("--out"),
  )
  .option(
    "--scan <folder>",
    `the folder of one more patient's scan; default: ${BUNDLED_SCAN}, and with --out the folder scan below it`,
    pathText("--scan"),
  )
  .option("--seed <text>", "another seed makes other patients; it needs --out", BUNDLED_SEED);

main(async () => {
  program.parse();
  const { out = BUNDLED_SAMPLE, seed, ...options } = program.opts<Options>();
  const scan = options.scan ?? (out === BUNDLED_SAMPLE ? BUNDLED_SCAN : join(out, "scan"));
  const { renderSample, writeSample } = await import("../src/data/phantom/write-sample");
  await writeSample(await renderSample(seed), out, scan);
  console.log(`the data set: ${out}; the scan of another patient: ${scan}`);
});
