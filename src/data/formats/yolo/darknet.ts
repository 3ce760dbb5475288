/** `obj.data` of Darknet, which CVAT writes too: lists of images, and the file of class names. */
import { join } from "path";
import type { Problem } from "../../checks";
import { isThere, readText, UnreadableFile } from "../../read-file";

export const DARKNET_FILE = "obj.data";

const MAX_BYTES = 64_000;
const SPLITS = ["train", "valid", "val", "test"];

/** The content of an `obj.data`. */
export interface DarknetData {
  readonly places: readonly { readonly split: string; readonly place: string }[];
  /** The file of class names, as it is written; null if it names none. */
  readonly names: string | null;
}

/** Absolute path of a data set's `obj.data`; null if it has none. */
export function darknetPath(root: string): string | null {
  const path = join(root, DARKNET_FILE);
  return isThere(path) ? path : null;
}

/** Reads an `obj.data`; null if that is not possible, which is reported. */
export async function readDarknet(
  path: string,
  report: (problem: Problem) => void,
): Promise<DarknetData | null> {
  let text: string;
  try {
    text = await readText(path, MAX_BYTES);
  } catch (error) {
    if (!(error instanceof UnreadableFile)) throw error;
    report({
      severity: "error",
      file: DARKNET_FILE,
      message: `it cannot be read (${error.message}): correct or remove it`,
    });
    return null;
  }
  const values = new Map(
    text.split(/\r\n|\n|\r/).flatMap((line): [string, string][] => {
      const at = line.indexOf("=");
      return at < 0
        ? []
        : [
            [
              line.slice(0, at).trim(),
              line
                .slice(at + 1)
                .trim()
                .replace(/\\/g, "/"),
            ],
          ];
    }),
  );
  return {
    places: SPLITS.flatMap((split) => {
      const place = values.get(split);
      return place ? [{ split, place }] : [];
    }),
    names: values.get("names") || null,
  };
}
