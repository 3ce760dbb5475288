/** Writes YOLO: a label file for each image, and a data.yaml. */
import { stringify } from "yaml";
import { formatLabels } from "../formats/yolo/labels";
import { formatPatients, PATIENTS_FILE } from "../patients-file";
import { isTestSplit, isValidationSplit } from "../splits";
import { type ConversionTarget, type PlacedImage, renamedSplits } from "./target";

/** Digits of a coordinate; one more than a millionth of the largest image needs. */
const DIGITS = 8;

/** YOLO as Ultralytics reads it: `labels` beside `images`, and a data.yaml. */
export const yoloTarget: ConversionTarget = {
  name: "yolo",
  annotationFiles(images, classNames) {
    const files = new Map<string, string>();
    for (const { record, split, name } of images) {
      const text = formatLabels(record.annotations, record, DIGITS);
      files.set(`labels/${split}/${name}.txt`, text);
    }
    files.set("data.yaml", dataYaml(images, classNames));
    const remarks = renamedSplits(images, keyOfSplit);
    if (!images.some(({ split }) => keyOfSplit(split) === "val"))
      remarks.push(
        "There is no validation split, which Ultralytics requires: name one as 'val' in data.yaml.",
      );
    const patients = images.flatMap(({ file, record: { patient } }) =>
      patient === null ? [] : [[file, patient] as const],
    );
    if (patients.length) {
      files.set(PATIENTS_FILE, formatPatients(patients));
      remarks.push(
        `YOLO has no place for patients: they are in ${PATIENTS_FILE}, which this project reads.`,
      );
    }
    return { files, remarks };
  },
};

/** The key of a split in data.yaml. */
function keyOfSplit(split: string): "train" | "val" | "test" {
  if (isTestSplit(split)) return "test";
  return isValidationSplit(split) ? "val" : "train";
}

/**
 * The text of a data.yaml. It has no `path`: the folders are below its own folder, wherever that
 * is.
 */
function dataYaml(images: readonly PlacedImage[], classNames: readonly string[]): string {
  const folders = new Map<string, string[]>();
  for (const key of ["train", "val", "test"]) {
    const splits = new Set(images.map(({ split }) => split));
    const own = Array.from(splits).filter((split) => keyOfSplit(split) === key);
    if (own.length)
      folders.set(
        key,
        own.map((split) => `images/${split}`),
      );
  }
  const entries = Array.from(folders, ([key, list]) => [key, list.length === 1 ? list[0] : list]);
  return stringify({ ...Object.fromEntries(entries), names: classNames });
}
