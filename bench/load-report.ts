/** What `npm run load` measured, as a page. */
import type { MeasuredPart } from "./load-run";
import type { Machine } from "./machine";

export interface MeasuredDetection {
  readonly images: number;
  /** Whether annotated pictures were written. */
  readonly pictures: boolean;
  /** From the command's start to its end. */
  readonly seconds: number;
  /** Highest resident memory until so many images were done. */
  readonly peaks: readonly { readonly done: number; readonly peakMiB: number }[];
}

export interface LoadResults {
  readonly machine: Machine;
  /** Features and pixels that are kept in memory. */
  readonly budgetMiB: number;
  readonly training: readonly {
    readonly images: number;
    readonly parts: readonly MeasuredPart[];
  }[];
  readonly detection: readonly MeasuredDetection[];
}

/** load.md. */
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

${machine.processor}, ${machine.cores} cores, ${machine.memoryGiB} GiB, ${machine.system}; load ${machine.load} at the start. Grey JPEG files of 256 x 256 pixels, made for this.

## Training

Preset \`default\` without augmented copies, one epoch, at most ${budgetMiB} MiB of features and pixels in memory (\`FRCNN_FEATURE_MIB\`). Each number of images is a process of its own; memory is its highest resident memory until the end of the part.

${table(["images", ...parts], trainingRows)}

## Detection

\`npm run detect\` over a folder with the bundled model; memory is the highest resident one until so many images were done.

${table(["images", "pictures", "time", "images/s", ...marks.map((mark) => `at ${count(mark)}`)], detectionRows)}
`;
}

function count(number: number): string {
  return number.toLocaleString("en-US");
}

function table(head: readonly string[], rows: readonly string[][]): string {
  return [head, head.map(() => "---"), ...rows].map((row) => `| ${row.join(" | ")} |`).join("\n");
}
