/** The data set formats, and the choice of the one that fits a folder. */
import { existsSync } from "fs";
import { extname } from "path";
import { filesIn, foldersIn, isFolder } from "../folders";
import { CONFIDENCES, type DatasetFormat, type Recognition } from "./format";
import { coco } from "./coco/coco";
import { csv } from "./csv/csv";
import { figshare } from "./figshare/figshare";
import { labelMaps } from "./label-maps/label-maps";
import { masks } from "./masks/masks";
import { voc } from "./voc/voc";
import { yolo } from "./yolo/yolo";

/** Every format that `openDataset` reads: one line each. */
export const FORMATS: readonly DatasetFormat[] = [yolo, coco, voc, csv, labelMaps, masks, figshare];

/** Kinds of files that a message lists. */
const MAX_KINDS = 5;

/** The format of a folder and the reason for the choice. */
export interface ChosenFormat {
  readonly format: DatasetFormat;
  /** For people to read, without a full stop. */
  readonly evidence: string;
}

/**
 * Chooses the format that fits a folder best.
 * @param folder a data set's folder
 * @param name the format to use instead of the best one
 * @param formats the formats to choose from
 * @throws when there is no such folder, when it is a file, when no format fits or several fit equally
 * well, or when the name is unknown
 */
export async function chooseFormat(
  folder: string,
  name?: string,
  formats: readonly DatasetFormat[] = FORMATS,
): Promise<ChosenFormat> {
  if (!existsSync(folder)) throw new Error(`${folder}: there is no such folder`);
  if (!isFolder(folder))
    throw new Error(`${folder}: this is a file; give the folder of the data set`);
  // Throws if the folder cannot be listed.
  foldersIn(folder);
  if (name !== undefined) {
    const format = formats.find((candidate) => candidate.name === name);
    if (format) return { format, evidence: "the option 'format' says so" };
    throw new Error(`unknown data set format '${name}'; the formats are ${namesOf(formats)}`);
  }
  const fitting: (ChosenFormat & Pick<Recognition, "confidence">)[] = [];
  for (const format of formats) {
    const recognition = await format.recognize(folder);
    if (recognition) fitting.push({ format, ...recognition });
  }
  if (!fitting.length) throw new Error(await unknownFolder(folder, formats));
  const rank = (fit: Pick<Recognition, "confidence">) => CONFIDENCES.indexOf(fit.confidence);
  const highest = Math.max(...fitting.map(rank));
  const [best, ...others] = fitting.filter((fit) => rank(fit) === highest);
  if (others.length) {
    const reasons = [best, ...others].map(({ format, evidence }) => `${format.name} (${evidence})`);
    throw new Error(
      `${folder}: its format is not clear: ${reasons.join(" or ")}. Choose one with the option 'format'`,
    );
  }
  if (best.confidence !== CONFIDENCES[0]) return best;
  // Files of another format that cannot be read may have the boxes.
  const reasons = await explanations(
    folder,
    formats.filter((format) => format !== best.format),
  );
  return { ...best, evidence: [best.evidence, ...reasons].join(". ") };
}

/** What was looked for in a folder of an unknown format, and what was seen instead. */
async function unknownFolder(folder: string, formats: readonly DatasetFormat[]): Promise<string> {
  const expected = formats.map(({ expects }) => expects).join("; or ");
  const reasons = await explanations(folder, formats);
  return `${folder}: no images were found. A data set has ${expected}. ${seenIn(folder)}${reasons.map((reason) => ` ${reason}.`).join("")}`;
}

/** What formats say about files of theirs that they cannot read, without full stops. */
async function explanations(folder: string, formats: readonly DatasetFormat[]): Promise<string[]> {
  const reasons: string[] = [];
  for (const format of formats) {
    const reason = await format.explain?.(folder);
    if (reason) reasons.push(reason.replace(/\.$/, ""));
  }
  return reasons;
}

/** The kinds of files in a folder, with the number of each, in a sentence. */
function seenIn(folder: string): string {
  const counts = new Map<string, number>();
  for (const path of filesIn(folder, () => {})) {
    const ending = extname(path).toLowerCase() || "without an ending";
    counts.set(ending, (counts.get(ending) ?? 0) + 1);
  }
  const sorted = Array.from(counts).sort(([a, i], [b, k]) => k - i || (a < b ? -1 : 1));
  const kinds = sorted.slice(0, MAX_KINDS).map(([ending, count]) => `${count} ${ending}`);
  const rest = sorted.slice(MAX_KINDS).reduce((sum, [, count]) => sum + count, 0);
  if (rest) kinds.push(`${rest} others`);
  return kinds.length
    ? `This folder has these files: ${kinds.join(", ")}.`
    : "This folder is empty.";
}

function namesOf(formats: readonly DatasetFormat[]): string {
  return formats.map(({ name }) => name).join(", ");
}
