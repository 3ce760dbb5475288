/**
 * Commands that are killed between two of their files. Each test runs a command once and copies its
 * folder before every file gets its name: these are all states that `kill -9` can leave. Then it
 * continues from each of them.
 */
import assert from "node:assert/strict";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import promises from "node:fs/promises";
import { join } from "node:path";
import { after, before, mock, test } from "node:test";
import { CHECKPOINT_FILES } from "../../src/runs/run-manifest";
import type { Dataset } from "../../src/data/dataset";
import { EVALUATION_FILES, evaluateRun } from "../../src/report/evaluate-run";
import { compactRun } from "../../src/runs/compact-run";
import { loadRun } from "../../src/runs/run-weights";
import { LOCK_FILE } from "../../src/util/folder-lock";
import { squares } from "../training/squares";
import { crossValidateSquares } from "./small-cross-validation";

let folder: string;
let dataset: Dataset;

before(async () => {
  const data = await squares();
  folder = data.folder;
  dataset = (await data.open()).withoutTest();
});
after(() => rmSync(folder, { recursive: true }));

/**
 * Runs `work`, and copies a folder before every file gets its name or is removed.
 * @returns the copies, and the file that came next in each
 */
async function interruptions(
  path: string,
  work: () => Promise<unknown>,
): Promise<{ readonly copy: string; readonly next: string }[]> {
  const states: { copy: string; next: string }[] = [];
  const { rename, rm } = promises;
  const snapshot = (file: string) => {
    if (!file.startsWith(path) || !existsSync(path)) return;
    const copy = `${path}-killed-${states.length}`;
    cpSync(path, copy, { recursive: true });
    states.push({ copy, next: file.slice(path.length + 1) });
  };
  const mocks = [
    mock.method(promises, "rename", (from: string, to: string) => {
      snapshot(to);
      return rename(from, to);
    }),
    mock.method(promises, "rm", (file: string, options: object) => {
      snapshot(file);
      return rm(file, options);
    }),
  ];
  try {
    await work();
  } finally {
    for (const { mock: replaced } of mocks) replaced.restore();
  }
  return states;
}

const validate = (out: string, only = [0, 1]) =>
  crossValidateSquares({ folder, out, dataset, only });

/** Everything that a fold leaves, except for how long it took. */
function outcome(path: string, fold: number) {
  const run = join(path, runOf(fold));
  const read = (name: string) => readFileSync(join(run, name), "utf8");
  const { steps, validations } = JSON.parse(read("history.json")) as Record<string, unknown>;
  const files = readdirSync(run).sort();
  const weights = readFileSync(join(run, "weights.safetensors"));
  return { steps, validations, weights, files, metrics: read("validation-metrics.json") };
}

const runOf = (fold: number) => `seed-1-fold-${fold}`;

test("a cross-validation that is killed before any of its files ends with the same files and metrics", async () => {
  const path = join(folder, "folds");
  const states = await interruptions(path, () => validate("folds"));
  const ofFirst = states.findIndex(({ next }) => next.startsWith(runOf(1)));
  const names = states.slice(0, ofFirst).map(({ next }) => next.slice(runOf(0).length + 1));
  for (const name of ["run.json", "history.json", "weights.safetensors", ...CHECKPOINT_FILES])
    assert.ok(names.includes(name), `${name} is not among ${names.join()}`);
  // The states of the first fold, and that between the two folds.
  for (const { copy, next } of states.slice(0, ofFirst + 1)) {
    const first = join(copy, runOf(0));
    if (existsSync(join(first, "run.json"))) (await loadRun(first)).detector.dispose();
    else await assert.rejects(loadRun(first), /not a run folder/, next);
    const fold = next.startsWith(runOf(0)) ? 0 : 1;
    const { results, steps } = await validate(copy.slice(folder.length + 1), [fold]);
    assert.equal(results.length, 1);
    assert.ok(steps <= 2, `${steps} steps after it was killed before ${next}`);
    assert.deepEqual(outcome(copy, fold), outcome(path, fold), `killed before ${next}`);
  }
  const { copy } = states[ofFirst];
  assert.equal((await validate(copy.slice(folder.length + 1))).steps, 0);
});

test("a copy of a run that is killed before any of its files is not a run, or a complete one", async () => {
  const run = join(folder, "folds", "seed-1-fold-0");
  const out = join(folder, "copy");
  const states = await interruptions(out, () => compactRun(run, out));
  assert.deepEqual(
    states.map(({ next }) => next),
    ["weights.safetensors", "history.json", "run.json"],
  );
  for (const { copy } of states) {
    await assert.rejects(loadRun(copy), /not a run folder: it has no run\.json/);
    rmSync(join(copy, LOCK_FILE));
  }
  const { detector } = await loadRun(out);
  detector.dispose();
});

test("an evaluation that is killed leaves no file of an earlier evaluation beside its own", async () => {
  const run = join(folder, "folds", "seed-1-fold-0");
  const out = join(folder, "evaluation");
  await evaluateRun({ run, dataset, out, split: "train" });
  const earlier = contents(out);
  const states = await interruptions(out, () => evaluateRun({ run, dataset, out, split: "val" }));
  const later = contents(out);
  assert.ok(states.length >= 2 * Object.keys(EVALUATION_FILES).length, `${states.length} states`);
  for (const { copy, next } of states) {
    const found = contents(copy);
    const kinds = Object.keys(found).map((name) =>
      found[name] === later[name] ? "later" : found[name] === earlier[name] ? "earlier" : "broken",
    );
    assert.ok(new Set(kinds).size <= 1, `killed before ${next}: ${kinds.join()}`);
  }
  // The next evaluation replaces what is left.
  const { copy } = states.at(-2)!;
  await evaluateRun({ run, dataset, out: copy, split: "val" });
  assert.deepEqual(contents(copy), later);
});

/** The result files of an evaluation. */
function contents(out: string): Record<string, string> {
  mkdirSync(out, { recursive: true });
  return Object.fromEntries(
    Object.values(EVALUATION_FILES)
      .filter((name) => existsSync(join(out, name)))
      .map((name) => [name, readFileSync(join(out, name), "utf8")]),
  );
}
