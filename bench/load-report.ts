/** The results of `npm run load`, and their report. */
import type { MeasuredPart } from "./load-run";
import type { Machine } from "./machine";

/** A detection in many images. */
export interface MeasuredDetection {
  readonly images: number;
  /** Whether annotated pictures were written. */
  readonly pictures: boolean;
  /** Duration of the whole command. */
  readonly seconds: number;
  /** The highest resident memory until a number of images was done. */
  readonly peaks: readonly { readonly done: number; readonly peakMiB: number }[];
}

/** The content of load.json. */
export interface LoadResults {
  readonly machine: Machine;
  /** Features and pixels that are kept in memory, at most. */
  readonly budgetMiB: number;
  readonly training: readonly {
    readonly images: number;
    readonly parts: readonly MeasuredPart[];
  }[];
  readonly detection: readonly MeasuredDetection[];
}

/** The content of load.md. */
export function loadReport({ machine, budgetMiB, training, detection }: LoadResults): string {
  const parts = training[0]?.parts.map(({ part }) => part) ?? [];
  const cell = ({ seconds, peakMiB }: MeasuredPart) =>
    `${seconds.toFixed(1)} s, ${Math.round(peakMiB)} MiB`;
  const trainingRows = training.map((row) => [count(row.images), ...row.parts.map(cell)]);
  const marks =
    detection[0]?.peaks.filter(({ done }) => done % 1000 === 0).map(({ done }) => done) ?? [];
  const detectionRows = detection.map(({ images, pictures, seconds, peaks }) => [
    count(images),
    pictures ? "drawn" : "`--no-pictures`",
    `${seconds.toFixed(0)} s`,
    (images / seconds).toFixed(1),
    ...marks.map((mark) => `${Math.round(peaks.find(({ done }) => done === mark)!.peakMiB)} MiB`),
  ]);
  return `# Many images

${machine.processor}, ${machine.cores} cores, ${machine.memoryGiB} GiB, ${machine.system}; load ${machine.load} at the start. The images are generated grey JPEG files of 256 x 256 pixels.

## Training

Preset \`default\` without augmented copies, one epoch, at most ${budgetMiB} MiB of features and pixels in memory (\`FRCNN_FEATURE_MIB\`). Each number of images is measured in its own process; memory is the highest resident memory until the end of the part.

${table(["images", ...parts], trainingRows)}

## Detection

\`npm run detect\` on a folder with the bundled model; memory is the highest resident memory until this number of images was done.

${table(["images", "pictures", "time", "images/s", ...marks.map((mark) => `at ${count(mark)}`)], detectionRows)}
`;
}

function count(number: number): string {
  return number.toLocaleString("en-US");
}

function table(head: readonly string[], rows: readonly string[][]): string {
  return [head, head.map(() => "---"), ...rows].map((row) => `| ${row.join(" | ")} |`).join("\n");
}
