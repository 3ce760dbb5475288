/** Trained detectors on the same images, as files: the work of `npm run compare`. */
import { basename } from "path";
import { type ConfigDifference, configDifferences } from "../config/differences";
import type { Dataset } from "../data/dataset";
import { tableText } from "../display/html-table";
import { comparisonTable } from "../display/tables";
import { averagePrecision } from "../metrics/average-precision";
import * as figures from "../plots/index";
import { type ComparedRun, compareRuns } from "../runs/compare-runs";
import { withFolderLock } from "../util/folder-lock";
import { OutputFolder } from "../util/output-folder";
import { htmlPage, type PagePart } from "./page";

/** The names of the result files. */
export const COMPARISON_FILES = { json: "comparison.json", page: "comparison.html" } as const;

/** What is compared, and where the results go. */
export interface ComparisonOptions {
  /** Run folders. */
  readonly runs: readonly string[];
  readonly dataset: Dataset;
  /** The split that the runs are compared on. */
  readonly split: string;
  /** The folder of the results. */
  readonly out: string;
}

/** The comparison as text. */
export interface Comparison {
  /** One row for each run. */
  readonly table: string;
  /** The settings that are not the same in all runs. */
  readonly differences: readonly ConfigDifference[];
  /** What to know of the images and of the classes, in sentences. */
  readonly notes: readonly string[];
}

/**
 * Evaluates runs on the same images and writes `COMPARISON_FILES`.
 * @throws when a run was trained on some of the images, when the folder holds files of these names
 * that this command did not write, and when another process works there
 */
export async function writeComparison(options: ComparisonOptions): Promise<Comparison> {
  return withFolderLock(options.out, () => compareLocked(options));
}

async function compareLocked(options: ComparisonOptions): Promise<Comparison> {
  const { dataset, split } = options;
  const output = await OutputFolder.open(options.out, "compare");
  await output.requireReplaceable(Object.values(COMPARISON_FILES));
  const images = dataset.split(split);
  const runs = await compareRuns(options.runs, images, { dataset });
  const differences = configDifferences(runs.map(({ manifest }) => manifest.config));
  const results = runs.map(({ path, manifest, metrics }) => ({
    run: path,
    config: manifest.config,
    metrics,
  }));
  await output.writeJson(COMPARISON_FILES.json, results);
  const text = `${images.images.length} images of the split '${split}' of ${dataset.name}.`;
  const notes = runs.flatMap(({ path, notes: ofRun }) =>
    ofRun.map((note) => `${basename(path)}: ${note}.`),
  );
  const parts = [
    { text },
    ...notes.map((note) => ({ text: note })),
    ...comparisonParts(runs, differences, images),
  ];
  await output.write(COMPARISON_FILES.page, htmlPage("Trained detectors side by side", parts));
  return { table: tableText(comparisonTable(runs)), differences, notes };
}

function comparisonParts(
  runs: readonly ComparedRun[],
  differences: readonly ConfigDifference[],
  images: Dataset,
): PagePart[] {
  const { columns, values } = comparisonTable(runs);
  const curves = runs.map(({ path, detections }) => ({
    ...averagePrecision(images.groundTruths(), detections, { classAware: false }),
    label: `${basename(path)}, class-agnostic`,
  }));
  return [
    { table: { columns, rows: (values as unknown[][]).map((row) => row.map(cellText)) } },
    { figure: figures.runComparison(runs) },
    { figure: figures.precisionRecall(curves, images.classNames) },
    { figure: figures.apByIou(curves) },
    { heading: "Differences between their configurations" },
    {
      table: {
        columns: ["field", ...runs.map(({ path }) => basename(path))],
        rows: differences.map(({ field, values }) => [field, ...values]),
      },
    },
  ];
}

function cellText(value: unknown): string {
  return typeof value === "number" && !Number.isInteger(value) ? value.toFixed(3) : String(value);
}
