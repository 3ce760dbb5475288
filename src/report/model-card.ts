/**
 * What a reader has to know before trusting a detector: its data, settings and figures, and where
 * it fails (Mitchell et al. 2019, 'Model cards').
 */
import { DISCLAIMER } from "../util/disclaimer";
import type { Evaluation } from "../metrics/evaluate";
import { metricText } from "../metrics/metric-text";
import { summaryMetrics } from "../metrics/summary-metrics";
import { summaryTable } from "../metrics/summary-table";
import type { MissCauses } from "../metrics/missed-boxes";
import type { RunManifest } from "../runs/run-manifest";

export interface CardPart {
  readonly name: string;
  readonly images: number;
  readonly patients: number;
  readonly boxes: number;
  /** From `contentHash`. */
  readonly hash: string;
}

export interface CardInput {
  readonly title: string;
  readonly manifest: Omit<RunManifest, "images">;
  /** Training, validation and what was judged, as far as their images are there. */
  readonly parts: readonly CardPart[];
  /** Whether patients were trained on: `patientOverlap(…).text`. */
  readonly patientOverlap: string;
  /** How the score threshold was chosen, in a sentence. */
  readonly thresholdChoice: string;
  /**
   * Whether classes belong to patients rather than to boxes, in a sentence; empty where they do
   * not.
   */
  readonly classNote: string;
  readonly evaluation: Evaluation;
  /** Null for a detector whose stages cannot be followed. */
  readonly stages: MissCauses | null;
}

/** The card as Markdown. */
export function modelCard(input: CardInput): string {
  const { manifest, evaluation, patientOverlap, thresholdChoice } = input;
  const { intervals, scoreThreshold, metrics } = evaluation;
  const percent = Math.round(100 * intervals.confidence);
  const summary = summaryTable(intervals);
  const atThreshold = summaryMetrics().flatMap((metric) =>
    metric.atThreshold ? [metric.name] : [],
  );
  return [
    `# ${inline(input.title)}`,
    `**${DISCLAIMER}**`,
    "## Detector",
    list([
      `Preset \`${manifest.config.preset}\` for the classes ${manifest.classNames.join(", ")}, ${manifest.epochs} epochs in ${manifest.minutes.toFixed(1)} minutes.`,
      `Software: ${Object.entries(manifest.software)
        .map(([name, version]) => `${name}: ${version}`)
        .join(", ")}.`,
      `Trained on: ${manifest.data}`,
    ]),
    "## Data",
    rows(
      ["part", "images", "patients", "boxes", "SHA-256 of images and labels"],
      input.parts.map(({ name, images, patients, boxes, hash }) => [
        name,
        images,
        patients,
        boxes,
        `\`${hash}\``,
      ]),
    ),
    inline(`Patients: ${patientOverlap}.${input.classNote && ` ${input.classNote}`}`),
    "## Figures",
    `${metrics.images} images (${metrics.imagesWithoutBoxes} without boxes), ${metrics.boxes} boxes, ${metrics.patients} patients. ` +
      `Intervals hold ${percent} % of ${intervals.resamples} bootstrap resamples of the patients (seed ${intervals.seed}): ` +
      "they say what other patients would change, not what another training would.",
    rows(summary.columns, summary.rows),
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

/** What went wrong on the images judged, in sentences. */
export function knownFailures({
  evaluation,
  stages,
}: Pick<CardInput, "evaluation" | "stages">): string[] {
  const { counts, patients, reliability, metrics, intervals } = evaluation;
  const at = `at score ${counts.scoreThreshold.toFixed(3)}`;
  const missing = patients.patients.filter(({ boxes, found }) => found < boxes);
  const lost = (stages?.costs ?? [])
    .filter(({ count }) => count)
    .sort((a, b) => b.ap - a.ap || b.count - a.count);
  const { APsmall, APmedium, APlarge } = metrics.classAgnostic;
  const bySize = Object.entries({
    "under 32²": APsmall,
    "from 32² to 96²": APmedium,
    "over 96²": APlarge,
  })
    .filter(([, ap]) => ap !== null)
    .map(([size, ap]) => `${metricText(ap)} ${size}`);
  return [
    `${counts.missed} of ${metrics.boxes} tumors are missed and ${counts.falsePositives} boxes are false ${at}.`,
    ...(lost.length
      ? [
          `What lost the missed ones: ${lost.map(({ name, count, ap }) => `${count} ${name} (costs ${ap.toFixed(3)} of AP50)`).join("; ")}.`,
        ]
      : []),
    ...(missing.length
      ? [
          `Patients with a missed tumor: ${missing.map(({ patient, found, boxes }) => `${patient} (${found} of ${boxes} found)`).join(", ")}.`,
        ]
      : []),
    ...(bySize.length > 1 ? [`AP by area in pixels: ${bySize.join(", ")}.`] : []),
    ...(reliability.ece === null
      ? []
      : [
          `A score is off by ${reliability.ece.toFixed(3)} on average (expected calibration error).`,
        ]),
    ...(intervals.patients < 20
      ? [
          `Only ${intervals.patients} patients were judged: the intervals are somewhat too narrow, and rare kinds of tumors are missing.`,
        ]
      : []),
    "Scanners, sequences and tumors unlike those in the data were never seen: expect worse on them.",
  ];
}

function list(items: readonly string[]): string {
  return items.map((item) => `- ${inline(item)}`).join("\n");
}

/**
 * Names of classes, patients and files stand in the sentences: none may become a tag, a link or a
 * line of its own.
 */
function inline(text: string): string {
  return text
    .replace(/\s+/g, " ")
    .replace(/&/g, "&amp;")
    .replace(/</g, "&lt;")
    .replace(/\[/g, "\\[");
}

/** A table; bars in a cell would end it, so they are escaped. */
function rows(
  columns: readonly string[],
  cells: readonly (readonly (string | number)[])[],
): string {
  const line = (row: readonly (string | number)[]) =>
    `| ${row.map((cell) => inline(String(cell)).replace(/\|/g, "\\|")).join(" | ")} |`;
  return [line(columns), line(columns.map(() => "---")), ...cells.map(line)].join("\n");
}
