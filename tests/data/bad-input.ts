/**
 * How the tables of bad input are run: a sound data set, one fault, and exactly the problems that
 * are told of it.
 */
import assert from "node:assert/strict";
import { chmodSync, rmSync } from "fs";
import { join } from "path";
import { test } from "node:test";
import { formatProblem } from "../../src/data/checks";
import { Dataset, openDataset } from "../../src/data/dataset";
import type { ImageRecord } from "../../src/types";
import { soundSet, temporaryFolder, writeFiles } from "./files";

export type Files = Readonly<Record<string, string | Buffer>>;

export interface BadInput {
  readonly name: string;
  /** Added to the sound set, or put in place of its files; made when the case is run. */
  readonly files?: Files | (() => Files | Promise<Files>);
  /** Paths of the sound set that are taken away first. */
  readonly without?: readonly string[];
  /** What files alone cannot make: links, permissions, pipes. */
  readonly prepare?: (root: string) => void;
  /**
   * Every problem as it is printed, with its severity, file and line, in order; none where the
   * input must simply be read.
   */
  readonly told: readonly RegExp[];
  /** What must have been read right. */
  readonly check?: (dataset: Dataset, root: string) => void | Promise<void>;
  /** Milliseconds that reading may take at most. */
  readonly within?: number;
}

/** A test a case. */
export function testBadInput(cases: readonly BadInput[]): void {
  for (const { name, files = {}, without = [], prepare, told, check, within = 20_000 } of cases) {
    test(name, async () => {
      const root = temporaryFolder();
      writeFiles(root, await soundSet());
      for (const path of without) rmSync(join(root, path), { recursive: true });
      writeFiles(root, typeof files === "function" ? await files() : files);
      prepare?.(root);
      const start = performance.now();
      const dataset = await withoutPrivileges(root, () => openDataset(root));
      assert.ok(performance.now() - start < within, `it took ${performance.now() - start} ms`);
      const problems = dataset.problems.map(formatProblem);
      assert.equal(problems.length, told.length, problems.join("\n"));
      told.forEach((expected, i) => assert.match(problems[i], expected));
      for (const problem of problems)
        assert.ok(problem.length < 500 && !/[\r\n]/.test(problem), "one short line each");
      if (told.some((expected) => expected.source.startsWith("^error")))
        assert.throws(() => dataset.requireValid());
      else assert.equal(dataset.requireValid(), dataset);
      await check?.(dataset, root);
    });
  }
}

/** The image of this path below the set's folder. */
export function imageOf(dataset: Dataset, id: string): ImageRecord {
  const image = dataset.images.find((candidate) => candidate.id === id);
  assert.ok(image, `${id} was not read`);
  return image;
}

/** Nobody may read it, except root, as which `withoutPrivileges` does not run. */
export function forbid(path: string): void {
  chmodSync(path, 0o000);
}

/** Runs as a user who is bound by permissions: for root they mean nothing. */
async function withoutPrivileges<T>(root: string, work: () => Promise<T>): Promise<T> {
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
