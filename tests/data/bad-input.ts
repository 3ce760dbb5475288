/**
 * Runs tables of bad input: each case adds one fault to a valid data set and lists exactly the
 * problems that must be reported.
 */
import assert from "node:assert/strict";
import { chmodSync, rmSync } from "fs";
import { join } from "path";
import { test } from "node:test";
import { formatProblem } from "../../src/data/checks";
import { Dataset, openDataset } from "../../src/data/dataset";
import type { ImageRecord } from "../../src/types";
import { soundSet, temporaryFolder, writeFiles } from "./files";

/** Content of files by their path below the data set's folder. */
export type Files = Readonly<Record<string, string | Buffer>>;

/** A case: what is wrong with a data set, and what must be reported. */
export interface BadInput {
  readonly name: string;
  /** Files that are added to the valid data set or replace its files. */
  readonly files?: Files | (() => Files | Promise<Files>);
  /** Paths of the valid data set that are removed first. */
  readonly without?: readonly string[];
  /** Makes what is not a file: links, permissions, pipes. */
  readonly prepare?: (root: string) => void;
  /**
   * Every problem as it is printed, with its severity, file and line, in order; none if the input
   * is valid.
   */
  readonly problems: readonly RegExp[];
  /** Checks what was read. */
  readonly check?: (dataset: Dataset, root: string) => void | Promise<void>;
  /** Milliseconds that reading may take at most. */
  readonly within?: number;
}

/** Makes a test of each case: it is read strictly, so that every fault is an error. */
export function testBadInput(cases: readonly BadInput[]): void {
  for (const {
    name,
    files = {},
    without = [],
    prepare,
    problems: expected,
    check,
    within = 20_000,
  } of cases) {
    test(name, async () => {
      const root = temporaryFolder();
      writeFiles(root, await soundSet());
      for (const path of without) rmSync(join(root, path), { recursive: true });
      writeFiles(root, typeof files === "function" ? await files() : files);
      prepare?.(root);
      const start = performance.now();
      const dataset = await withoutPrivileges(root, () =>
        openDataset(root, { strict: true, overlap: "error" }),
      );
      assert.ok(performance.now() - start < within, `it took ${performance.now() - start} ms`);
      const problems = dataset.problems.map(formatProblem);
      assert.equal(problems.length, expected.length, problems.join("\n"));
      expected.forEach((pattern, i) => assert.match(problems[i], pattern));
      for (const problem of problems)
        assert.ok(problem.length < 500 && !/[\r\n]/.test(problem), "one short line each");
      if (expected.some((pattern) => pattern.source.startsWith("^error")))
        assert.throws(() => dataset.requireValid());
      else assert.equal(dataset.requireValid(), dataset);
      await check?.(dataset, root);
    });
  }
}

/** The image with this path below the data set's folder. */
export function imageOf(dataset: Dataset, id: string): ImageRecord {
  const image = dataset.images.find((candidate) => candidate.id === id);
  assert.ok(image, `${id} was not read`);
  return image;
}

/**
 * Takes away all permissions. They do not bind root, so `withoutPrivileges` runs as another user.
 */
export function forbid(path: string): void {
  chmodSync(path, 0o000);
}

/** Runs as a user who is bound by permissions. */
export async function withoutPrivileges<T>(root: string, work: () => Promise<T>): Promise<T> {
  const NOBODY = 65534;
  if (process.geteuid?.() !== 0) return work();
  chmodSync(root, 0o755);
  process.seteuid!(NOBODY);
  try {
    return await work();
  } finally {
    process.seteuid!(0);
  }
}
