/** The data set formats, and the choice of the one that fits a folder. */
import { foldersIn, isFolder } from "../folders";
import { CONFIDENCES, type DatasetFormat, type Recognition } from "./format";
import { coco } from "./coco/coco";
import { yolo } from "./yolo/yolo";

/** Every format that `openDataset` reads: one line each. */
export const FORMATS: readonly DatasetFormat[] = [yolo, coco];

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
 * @throws when there is no such folder, no format fits, several fit equally well, or the name is
 * unknown
 */
export async function chooseFormat(
  folder: string,
  name?: string,
  formats: readonly DatasetFormat[] = FORMATS,
): Promise<ChosenFormat> {
  if (!isFolder(folder)) throw new Error(`${folder}: there is no such folder`);
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
  if (!fitting.length)
    throw new Error(
      `${folder}: no images were found. A data set has ${formats.map(({ expects }) => expects).join("; or ")}`,
    );
  const rank = (fit: Pick<Recognition, "confidence">) => CONFIDENCES.indexOf(fit.confidence);
  const highest = Math.max(...fitting.map(rank));
  const [best, ...others] = fitting.filter((fit) => rank(fit) === highest);
  if (others.length) {
    const reasons = [best, ...others].map(({ format, evidence }) => `${format.name} (${evidence})`);
    throw new Error(
      `${folder}: its format is not clear: ${reasons.join(" or ")}. Choose one with the option 'format'`,
    );
  }
  return best;
}

function namesOf(formats: readonly DatasetFormat[]): string {
  return formats.map(({ name }) => name).join(", ");
}
