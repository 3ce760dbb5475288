/** Results as danfojs tables, which a cell shows and a reader can sort and filter. */
import "../tensor/tensorflow"; // danfojs loads TensorFlow too; this makes it load quietly
import { basename } from "path";
import type { DataFrame } from "danfojs-node";
import type { Dataset } from "../data/dataset";
import { ABSENT } from "../metrics/metric-text";
import { summaryMetrics } from "../metrics/summary-metrics";
import type { ComparedRun } from "../runs/compare-runs";
import type { PresetCost } from "../training/cost";

/**
 * A danfojs table. The library is loaded at the first call, because it takes more than a second
 * and many notebooks show no table.
 */
export function table(rows: unknown[][], columns: string[]): DataFrame {
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- an import would load it with this file
  const danfo = require("danfojs-node") as typeof import("danfojs-node");
  return new danfo.DataFrame(rows, { columns });
}

/**
 * One row for each image: id, split, patient, width, height, number of boxes.
 * @example
 * await show(imageTable(dataset));
 */
export function imageTable({ images }: Pick<Dataset, "images">): DataFrame {
  const rows = images.map(({ id, split, patient, width, height, annotations }) => [
    id,
    split,
    patient,
    width,
    height,
    annotations.length,
  ]);
  return table(rows, ["image", "split", "patient", "width", "height", "boxes"]);
}

/**
 * One row for each box: image, split, patient, class, and its place and size in pixels of the
 * original image.
 * @example
 * await show(annotationTable(dataset));
 */
export function annotationTable({
  images,
  classNames,
}: Pick<Dataset, "images" | "classNames">): DataFrame {
  const rows = images.flatMap(({ id, split, patient, annotations }) =>
    annotations.map(({ classId, box: [x1, y1, x2, y2] }) => {
      const numbers = [x1, y1, x2 - x1, y2 - y1].map((value) => Math.round(10 * value) / 10);
      return [id, split, patient, classNames[classId], ...numbers];
    }),
  );
  return table(rows, ["image", "split", "patient", "class", "x", "y", "width", "height"]);
}

/**
 * One row for each preset: its backbone, and what training it costs on this machine.
 * @example
 * await show(presetTable(await presetCosts(train)));
 */
export function presetTable(costs: readonly PresetCost[]): DataFrame {
  const rows = costs.map(({ preset, backbone, cost }) => [
    preset,
    backbone,
    cost.trainedWeights / 1e6,
    cost.epochs,
    Math.round(cost.featureMegabytes),
    cost.stepSeconds,
    cost.minutes,
  ]);
  const columns = [
    "trained weights (M)",
    "epochs",
    "features (MB)",
    "seconds a step",
    "minutes in all",
  ];
  return table(rows, ["preset", "backbone", ...columns]);
}

/**
 * One row for each run: what it is, what it cost, and its summary metrics that need no score
 * threshold.
 * @example
 * await show(comparisonTable(await compareRuns(paths, test)));
 */
export function comparisonTable(runs: readonly ComparedRun[]): DataFrame {
  const names = summaryMetrics().flatMap(({ name, atThreshold }) => (atThreshold ? [] : [name]));
  const rows = runs.map(({ path, manifest, summary }) => [
    basename(path),
    manifest.config.preset,
    manifest.epochs,
    manifest.minutes,
    ...names.map((name) => summary[name] ?? ABSENT),
  ]);
  return table(rows, ["run", "preset", "epochs", "minutes", ...names]);
}
