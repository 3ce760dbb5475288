/**
 * `npm run compare -- --data DIR RUN RUN …`: trained detectors on the same images, and the
 * differences between their configurations.
 */
import { join } from "path";
import { Command } from "commander";
import { readRunManifest } from "../src/runs/run-manifest";
import { main, pathText, plainText } from "./command";
import { withSequences } from "./label-map-options";
import { printDataset } from "./options";
import { openForRun, type RunDataOptions, withRunDataOptions } from "./run-data";

interface Options extends RunDataOptions {
  split: string;
  out: string;
}

const program = withRunDataOptions(
  new Command("npm run compare --").description(
    "Evaluates trained detectors on the same images, which none of them was trained on.",
  ),
)
  .option("--split <name>", "the split to evaluate on", plainText("--split"), "test")
  .option("--out <folder>", "the folder of the results", pathText("--out"), join("runs", "compare"))
  .argument("<runs...>", "run folders");

main(async () => {
  program.parse();
  const options = program.opts<Options>();
  const { describeBackend } = await import("../src/tensor/tensorflow");
  const { COMPARISON_FILES, writeComparison } = await import("../src/report/comparison");
  console.log(describeBackend());
  const manifest = await readRunManifest(program.args[0]);
  const dataset = await openForRun(withSequences(options, manifest.config), manifest);
  printDataset(dataset, { isTrained: true });
  const { split, out } = options;
  const { table, differences, notes } = await writeComparison({
    runs: program.args,
    dataset,
    split,
    out,
  });
  for (const note of notes) console.log(note);
  console.log(table);
  for (const { field, values } of differences) console.log(`${field}: ${values.join(" | ")}`);
  console.log(`written to ${out}: ${Object.values(COMPARISON_FILES).join(", ")}`);
});
