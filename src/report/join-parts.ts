/** Joins the results of parts to those that detection without parts writes. */
import { existsSync } from "fs";
import { readFile } from "fs/promises";
import { join } from "path";
import { parse } from "csv-parse/sync";
import { resultNames } from "../inference/detection-rows";
import type { InputPart } from "../inference/input-parts";
import { OutputFolder } from "../util/output-folder";
import type { ListedResult } from "./detect-listed";
import { DETECTION_FILES, DetectionOutput, type OutputOptions } from "./detection-output";

/** A part whose results are all there. */
interface FinishedPart {
  readonly inputs: InputPart;
  /** The folder of its results. */
  readonly out: string;
  readonly result: ListedResult;
}

/** A picture or a page of a part, and its name in the joined results. */
interface MovedFile {
  readonly path: string;
  readonly name: string;
}

/** In a part, the names of pictures and pages begin with the number of the image or scan. */
const NUMBERED = /^(\d+)((-slice-\d+)?\.\w+)$/;

/**
 * Writes the results of all parts as one: detections.json, detections.csv, and the pictures and
 * pages, which are moved. It can be called again after an interruption.
 * @param parts in the order of the results
 * @throws when a file would be replaced that the command did not write, and when a file cannot be
 * written
 */
export async function joinParts(
  parts: readonly FinishedPart[],
  options: Omit<OutputOptions, "testTimeAugmentation">,
): Promise<void> {
  const names = finalNames(parts);
  const files = await Promise.all(parts.map((part, i) => filesOf(part, names[i])));
  const testTimeAugmentation = parts[0]?.result.testTimeAugmentation ?? null;
  const output = await DetectionOutput.open(
    { ...options, testTimeAugmentation },
    files.flat().map(({ name }) => name),
  );
  for (const [i, { out, result }] of parts.entries()) {
    const { images, volumes } = JSON.parse(
      await readFile(join(out, DETECTION_FILES.json), "utf8"),
    ) as { images: object[]; volumes: object[] };
    const table = await readFile(join(out, DETECTION_FILES.table), "utf8");
    const rows = (parse(table) as string[][]).slice(1);
    const { counts, notes } = result;
    await output.addWritten({ images, volumes, rows, counts, notes, files: files[i] });
  }
  await output.finish();
}

/** The names of the results of each part's images and scans, which depend on those of all parts. */
function finalNames(parts: readonly FinishedPart[]): string[][] {
  const images = parts.flatMap(({ inputs }) => inputs.images);
  const scans = parts.flatMap(({ result }) => result.scans);
  const names = resultNames([...images, ...scans]);
  let image = 0;
  let scan = images.length;
  return parts.map(({ inputs, result }) => [
    ...names.slice(image, (image += inputs.images.length)),
    ...names.slice(scan, (scan += result.scans.length)),
  ]);
}

/** The pictures and pages of a part. An earlier call may have moved some of them. */
async function filesOf({ out }: FinishedPart, names: readonly string[]): Promise<MovedFile[]> {
  const { writtenNames } = await OutputFolder.open(out, "detect");
  return writtenNames.flatMap((written): MovedFile[] => {
    const [, number, rest] = NUMBERED.exec(written) ?? [];
    const path = join(out, written);
    return number && existsSync(path) ? [{ path, name: names[Number(number)] + rest }] : [];
  });
}
