/**
 * The model card of a trained detector (Mitchell et al. 2019, 'Model cards for model reporting'):
 * its data, its settings, its metrics and its failures.
 */
import { unitsText } from "../metrics/images-by-patient";
import { intervalText, unitName } from "./interval-text";
import { summaryMetrics } from "../metrics/summary-metrics";
import { summaryTable } from "../metrics/summary-table";
import type { RunManifest } from "../runs/run-manifest";
import { DISCLAIMER } from "../util/disclaimer";
import { type FailureInput, knownFailures } from "./known-failures";

/** One part of the data: training, validation or the evaluated images. */
export interface CardPart {
  readonly name: string;
  readonly images: number;
  /** Null if they are not known. */
  readonly patients: number | null;
  readonly boxes: number;
  /** From `contentHash`. */
  readonly hash: string;
}

/** Everything that a card is about. */
export interface CardInput extends FailureInput {
  readonly title: string;
  readonly manifest: Omit<RunManifest, "images">;
  /** The parts whose images are present. */
  readonly parts: readonly CardPart[];
  /** Whether the detector was trained on the same patients: `patientOverlap(…).text`. */
  readonly patientOverlap: string;
  /** A sentence: how the score threshold was chosen. */
  readonly thresholdChoice: string;
  /** A sentence where classes belong to patients and not to boxes; otherwise empty. */
  readonly classNote: string;
  /** A sentence about test-time augmentation; null without it. */
  readonly testTimeAugmentation: string | null;
}

/** The card as Markdown. */
export function modelCard(input: CardInput): string {
  const { manifest, evaluation, patientOverlap, thresholdChoice, classNote } = input;
  const { testTimeAugmentation } = input;
  const { intervals, scoreThreshold, metrics } = evaluation;
  const percent = Math.round(100 * intervals.confidence);
  const summary = summaryTable(intervals);
  const atThreshold = summaryMetrics().flatMap((metric) =>
    metric.atThreshold ? [metric.name] : [],
  );
  const software = Object.entries(manifest.software).map(
    ([name, version]) => `${name}: ${version}`,
  );
  return [
    `# ${inline(input.title)}`,
    `**${DISCLAIMER}**`,
    "## Detector",
    list([
      `Preset \`${manifest.config.preset}\` for the classes ${manifest.classNames.join(", ")}, ${manifest.epochs} epochs in ${manifest.minutes.toFixed(1)} minutes.`,
      `Software: ${software.join(", ")}.`,
      `Trained on: ${manifest.data}`,
      ...(testTimeAugmentation === null ? [] : [testTimeAugmentation]),
    ]),
    "## Data",
    table(
      ["part", "images", "patients", "boxes", "SHA-256 of images and labels"],
      input.parts.map(({ name, images, patients, boxes, hash }) => [
        name,
        images,
        patients ?? "unknown",
        boxes,
        `\`${hash}\``,
      ]),
    ),
    inline(`Patients: ${patientOverlap}.${classNote && ` ${classNote}`}`),
    "## Metrics",
    `${metrics.images} images (${metrics.imagesWithoutBoxes} without boxes), ${metrics.boxes} boxes, ${unitsText(intervals)}. ` +
      intervalText(
        intervals,
        `The intervals hold ${percent} % of ${intervals.resamples} bootstrap resamples of the ${unitName(intervals)} (seed ${intervals.seed}).`,
      ),
    table(summary.columns, summary.rows),
    inline(
      `${atThreshold.join(", ")} hold at score ${scoreThreshold.toFixed(3)} and IoU 0.5. ${thresholdChoice}`,
    ),
    "## Known failures",
    list(knownFailures(input)),
    "## Settings",
    `\`\`\`json\n${JSON.stringify(manifest.config, null, 2)}\n\`\`\``,
    "",
  ].join("\n\n");
}

function list(items: readonly string[]): string {
  return items.map((item) => `- ${inline(item)}`).join("\n");
}

/**
 * Text on one line of Markdown. Names of classes, patients and files in it cannot become a tag or a
 * link.
 */
function inline(text: string): string {
  return text
    .replace(/\s+/g, " ")
    .replace(/&/g, "&amp;")
    .replace(/</g, "&lt;")
    .replace(/\[/g, "\\[");
}

/** A Markdown table. A bar in a cell would end the cell and is escaped. */
function table(
  columns: readonly string[],
  rows: readonly (readonly (string | number)[])[],
): string {
  const line = (cells: readonly (string | number)[]) =>
    `| ${cells.map((cell) => inline(String(cell)).replace(/\|/g, "\\|")).join(" | ")} |`;
  return [line(columns), line(columns.map(() => "---")), ...rows.map(line)].join("\n");
}
