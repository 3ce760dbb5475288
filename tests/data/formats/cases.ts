/**
 * Runs tables of small data sets: each case has files, and exactly the images, boxes and problems
 * that must be read from them.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { formatProblem } from "../../../src/data/checks";
import { Dataset, openDataset } from "../../../src/data/dataset";
import type { ReadOptions } from "../../../src/data/read-dataset";
import type { Box } from "../../../src/types";
import type { Files } from "../bad-input";
import { picture, temporaryFolder, writeFiles } from "../files";

/** A box with the name of its class. */
export type NamedBox = readonly [className: string, ...box: Box];

/** A data set, and what must be read from it. */
export interface FormatCase {
  readonly name: string;
  /** Paths of images of WIDTH x HEIGHT. */
  readonly images: readonly string[];
  readonly files: Files | (() => Files | Promise<Files>);
  readonly options?: ReadOptions;
  /** The boxes of each image that must be read, by its id; none for all images without boxes. */
  readonly boxes: Readonly<Record<string, readonly NamedBox[]>>;
  /** Every problem as it is printed, in order. */
  readonly problems?: readonly RegExp[];
  readonly splits?: Readonly<Record<string, readonly string[]>>;
  readonly check?: (dataset: Dataset) => void;
  /** Milliseconds that reading may take at most. */
  readonly within?: number;
}

/** A data set that must be refused. */
export interface RefusedCase extends Pick<FormatCase, "name" | "images" | "files" | "options"> {
  readonly refused: RegExp;
}

/** Makes a test of each case. */
export function testFormat(format: string, cases: readonly (FormatCase | RefusedCase)[]): void {
  for (const given of cases)
    test(`${format}: ${given.name}`, async () => {
      const root = await folderOf(given);
      if ("refused" in given) {
        await assert.rejects(openDataset(root, given.options), ({ message }: Error) => {
          assert.match(message, given.refused);
          assert.ok(message.length < 2000);
          return true;
        });
        return;
      }
      const start = performance.now();
      const dataset = await openDataset(root, given.options);
      const { within = 20_000 } = given;
      assert.ok(performance.now() - start < within, `it took ${performance.now() - start} ms`);
      check(format, dataset, given);
    });
}

/** Writes the files of a case into a temporary folder. */
export async function folderOf({
  images,
  files,
}: Pick<FormatCase, "images" | "files">): Promise<string> {
  const root = temporaryFolder();
  for (const [i, path] of images.entries()) writeFiles(root, { [path]: await picture(i) });
  writeFiles(root, typeof files === "function" ? await files() : files);
  return root;
}

function check(format: string, dataset: Dataset, given: FormatCase): void {
  assert.match(dataset.notes[0], new RegExp(`^Read as ${format}: `));
  const problems = dataset.problems.map(formatProblem);
  const { problems: expected = [] } = given;
  assert.equal(problems.length, expected.length, problems.join("\n"));
  expected.forEach((pattern, i) => assert.match(problems[i], pattern));
  for (const problem of problems)
    assert.ok(problem.length < 600 && !/[\r\n]/.test(problem), `one short line each: ${problem}`);
  const boxes = Object.fromEntries(
    dataset.images.map(({ id, annotations }) => [
      id,
      annotations.map(({ classId, box }) => [dataset.classNames[classId], ...box.map(rounded)]),
    ]),
  );
  assert.deepEqual(sorted(boxes), sorted(given.boxes));
  if (given.splits) {
    const splits = dataset.splits.map((split) => [
      split,
      dataset.split(split).images.map(({ id }) => id),
    ]);
    assert.deepEqual(Object.fromEntries(splits), given.splits);
  }
  given.check?.(dataset);
}

function sorted<T>(record: Readonly<Record<string, T>>): [string, T][] {
  return Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1));
}

/** Boxes are read exactly but for the last digits of sums. */
function rounded(value: number): number {
  return Number(value.toFixed(9));
}
