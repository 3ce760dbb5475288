/** Results as danfojs tables. A cell shows them; a reader can sort and filter them. */
import { patientName } from "../data/groups";
import "../tensor/tensorflow"; // danfojs also loads TensorFlow; loaded here, it prints no log
import { basename } from "path";
import type { DataFrame } from "danfojs-node";
import type { Dataset } from "../data/dataset";
import { ABSENT } from "../metrics/metric-text";
import { summaryMetrics } from "../metrics/summary-metrics";
import type { AutoPlan } from "../planning/auto-plan";
import type { PlanChoice } from "../planning/plan-draft";
import type { ComparedRun } from "../runs/compare-runs";
import type { PresetCost } from "../training/cost";

/**
 * A danfojs table of any rows. The first call loads the library, which takes more than a second.
 * @param rows the cells of each row, in the order of the columns
 * @example
 * await show(table([["default", 0.81]], ["preset", "AP50"]));
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
    patientName(patient),
    width,
    height,
    annotations.length,
  ]);
  return table(rows, ["image", "split", "patient", "width", "height", "boxes"]);
}

/**
 * One row for each box: image, split, patient, class, and the upper left corner and the size in
 * pixels of the original image.
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
      return [id, split, patientName(patient), classNames[classId], ...numbers];
    }),
  );
  return table(rows, ["image", "split", "patient", "class", "x", "y", "width", "height"]);
}

/**
 * One row for each preset: its backbone, and the cost of its training on this machine.
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
    "seconds per step",
    "minutes in all",
  ];
  return table(rows, ["preset", "backbone", ...columns]);
}

/**
 * One row for each choice of a plan: what is chosen, the settings, and the reason.
 * @example
 * await show(planTable(await planAutomatically(dataset)));
 */
export function planTable({ choices }: Pick<AutoPlan, "choices">): DataFrame {
  const rows = choices.map(({ what, settings, reason }) => [what, settingsText(settings), reason]);
  return table(rows, ["choice", "settings", "reason"]);
}

/** `anchors.sizes 25, 37; anchors.ratios 1` */
function settingsText(settings: PlanChoice["settings"]): string {
  return Object.entries(settings)
    .map(([path, value]) => `${path} ${valueText(value)}`)
    .join("; ");
}

function valueText(value: unknown): string {
  return Array.isArray(value) ? value.join(", ") : String(value);
}

/**
 * One row for each run: its preset, the epochs and minutes of its training, and the summary metrics
 * that need no score threshold.
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
