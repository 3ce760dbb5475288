/**
 * `npm run compare -- --data DIR RUN RUN …`: trained detectors on the same images, with what
 * differs in their configurations.
 */
import { mkdir, writeFile } from "fs/promises";
import { basename, join } from "path";
import { Command } from "commander";
import { configDifferences } from "../src/config/differences";
import { averagePrecision } from "../src/metrics/average-precision";
import { comparisonTable } from "../src/display/tables";
import { compareRuns } from "../src/runs/compare-runs";
import * as figures from "../src/plots/index";
import { htmlPage, PagePart } from "../src/report/page";
import { describeBackend } from "../src/tensor/tensorflow";
import { tableText } from "../src/display/html-table";
import { DataOptions, main, openChosen, withDataOptions } from "./command";

interface Options extends DataOptions {
  split: string;
  out: string;
}

const program = withDataOptions(
  new Command("npm run compare --").description(
    "Puts trained detectors side by side on images none of them has seen.",
  ),
)
  .option("--split <name>", "the images they are judged on", "test")
  .option("--out <folder>", "where comparison.json and comparison.html go", join("runs", "compare"))
  .argument("<runs...>", "run folders");

main(async () => {
  program.parse();
  const options = program.opts<Options>();
  console.log(describeBackend());
  const dataset = await openChosen(options);
  const part = dataset.split(options.split);
  const runs = await compareRuns(program.args, part);
  const table = comparisonTable(runs);
  const differences = configDifferences(runs.map(({ manifest }) => manifest.config));
  console.log(tableText(table));
  for (const { field, values } of differences) console.log(`${field}: ${values.join(" | ")}`);

  const rows = (table.values as unknown[][]).map((row) => row.map(cell));
  const curves = runs.map(({ path, detections }) => ({
    ...averagePrecision(part.groundTruths(), detections, { classAware: false }),
    label: `${basename(path)}, class-agnostic`,
  }));
  const parts: PagePart[] = [
    { text: `${part.images.length} images of the split '${options.split}' of ${dataset.name}.` },
    { table: { columns: table.columns, rows } },
    { figure: figures.runComparison(runs) },
    { figure: figures.precisionRecall(curves, part.classNames) },
    { figure: figures.apByIou(curves) },
    { heading: "What differs in their configurations" },
    {
      table: {
        columns: ["field", ...runs.map(({ path }) => basename(path))],
        rows: differences.map(({ field, values }) => [field, ...values]),
      },
    },
  ];
  await mkdir(options.out, { recursive: true });
  const results = runs.map(({ path, manifest, metrics }) => ({
    run: path,
    config: manifest.config,
    metrics,
  }));
  await writeFile(join(options.out, "comparison.json"), `${JSON.stringify(results, null, 2)}\n`);
  await writeFile(
    join(options.out, "comparison.html"),
    htmlPage("Trained detectors side by side", parts),
  );
  console.log(`written to ${options.out}: comparison.json, comparison.html`);
});

function cell(value: unknown): string {
  return typeof value === "number" && !Number.isInteger(value) ? value.toFixed(3) : String(value);
}
