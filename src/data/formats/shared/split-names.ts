/** The split that the name of a file or a folder stands for: `val` for `instances_val2017.json`. */
import { isTestSplit, isValidationSplit } from "../../splits";

/** The split of images for which no file or folder names one. */
export const ONLY_SPLIT = "train";

/** Words in names of files and folders, and the splits that they stand for. */
const SPLIT_WORDS: Readonly<Record<string, string>> = {
  train: "train",
  training: "train",
  trainset: "train",
  trainval: "train",
  val: "val",
  valid: "valid",
  validation: "validation",
  test: "test",
  testing: "test",
  testset: "test",
};

/** Words beside that of the split in the name of a list: `test_list.txt`. */
const LIST_WORDS = new Set(["list", "lists", "set", "split", "ids", "images", "files", "names"]);

/** Whether a file is called like the list of a split: `train.txt`, `train_val_list.txt`. */
export function isListName(file: string): boolean {
  const stem = /^(.+)\.txt$/i.exec(file)?.[1];
  if (stem === undefined || splitInName(stem) === null) return false;
  const words = stem.toLowerCase().split(/[_\s-]+/);
  return words.every((word) => isSplitWord(word) || LIST_WORDS.has(word));
}

/**
 * The split in a name; null if it has none.
 * @param name of a file without its ending, or of a folder: `stage_2_train_labels`
 */
export function splitInName(name: string): string | null {
  const words = name.toLowerCase().split(/[^a-z]+/);
  const splits = words.flatMap((word) =>
    Object.hasOwn(SPLIT_WORDS, word) ? SPLIT_WORDS[word] : [],
  );
  // Images for training and validation together are parted later.
  return splits.includes(ONLY_SPLIT) ? ONLY_SPLIT : (splits[0] ?? null);
}

/** Whether a text is a word for a split, and nothing else. */
export function isSplitWord(text: string): boolean {
  return Object.hasOwn(SPLIT_WORDS, text.trim().toLowerCase());
}

/** What images of a split are for: training, validation or test; null if a name does not say it. */
export function kindOfSplit(name: string): "train" | "val" | "test" | null {
  const split = splitInName(name);
  if (split === null) return null;
  if (isTestSplit(split)) return "test";
  return isValidationSplit(split) ? "val" : "train";
}

/**
 * The split that the folders of a path name; null if none does. The innermost folder counts.
 * @param path below the data set's folder, with forward slashes
 */
export function splitInFolders(path: string): string | null {
  const folders = path.split("/").slice(0, -1).reverse();
  for (const folder of folders) {
    const split = splitInName(folder);
    if (split !== null) return split;
  }
  return null;
}

/** How strictly images of a split are kept from training; of two splits the higher one wins. */
export function splitRank(name: string): number {
  if (isTestSplit(name)) return 2;
  return isValidationSplit(name) ? 1 : 0;
}
