/** Cases of a `data.yaml` in the valid data set, for the tests of that file. */
import assert from "node:assert/strict";
import type { Dataset } from "../../../../src/data/dataset";
import type { BadInput } from "../../bad-input";

/** The splits of the valid data set. */
export const SPLITS = "train: images/train\nval: images/val\n";
/** Its class names. */
export const NAMES = "names: [ring, solid]\n";

/** A `data.yaml` with the given content. */
export function yaml(
  name: string,
  content: string | Buffer,
  problems: RegExp[],
  check?: (dataset: Dataset) => void,
): BadInput {
  return {
    name,
    files: { "data.yaml": content },
    problems,
    ...(check ? { check } : {}),
    within: 5000,
  };
}

/**
 * One error about the file. The images are found by the usual folders or the splits that are right.
 * @param problem begins with the line, if there is one
 */
export function fault(name: string, content: string, problem: string): BadInput {
  return yaml(name, content, [new RegExp(`^error data\\.yaml${problem}`)]);
}

/** Checks the class names and the splits. */
export function classes(...expected: string[]): (dataset: Dataset) => void {
  return ({ classNames, splits }) => {
    assert.deepEqual(classNames, expected);
    assert.deepEqual(splits, ["train", "val"]);
  };
}
