/** A cross-validation reads a result back only if everything that decides it is the same. */
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { configure } from "../../src/config/index";
import { type Dataset, openDataset } from "../../src/data/dataset";
import type { CrossValidationOptions } from "../../src/experiments/cross-validation";
import { evaluateRun } from "../../src/report/evaluate-run";
import { compactRun } from "../../src/runs/compact-run";
import { planResumed, requireNoRun } from "../../src/training/plan-training";
import { trainRun } from "../../src/training/train-run";
import { PROJECT_VERSION } from "../../src/util/version";
import { squares } from "../training/squares";
import { config, crossValidateSquares } from "./small-cross-validation";

const ROOT = join(__dirname, "../..");
let folder: string;
let dataset: Dataset;
let straight: Awaited<ReturnType<typeof validate>>;

before(async () => {
  const data = await squares();
  folder = data.folder;
  dataset = (await data.open()).withoutTest();
  straight = await validate("folds");
});
after(() => rmSync(folder, { recursive: true }));

const validate = (out: string, options: Partial<CrossValidationOptions> = {}) =>
  crossValidateSquares({ folder, out, dataset, ...options });
const runOf = (out: string, fold: number) => join(folder, out, `seed-1-fold-${fold}`);

/** The results without the durations. */
const metricsOf = ({ results }: typeof straight) =>
  results.map(({ seed, fold, result }) => ({ seed, fold, ...result, minutes: 0 }));

test("evaluating and copying the runs of a cross-validation changes none of its results", async () => {
  const run = runOf("folds", 0);
  await evaluateRun({ run, dataset });
  await compactRun(run, join(folder, "copy"));
  const again = await validate("folds");
  assert.equal(again.steps, 0);
  assert.deepEqual(again.results, straight.results);
});

test("`train --resume` finishes an interrupted fold with the same metrics, and changes no finished one", async () => {
  const controller = new AbortController();
  await validate("resumed", {
    signal: controller.signal,
    onEvent: ({ kind }) => kind === "step" && controller.abort(),
  });
  const run = runOf("resumed", 0);
  const plan = await planResumed(run);
  assert.ok((await trainRun({ ...plan, out: run, resume: true })).isDone);
  const { results, steps } = await validate("resumed", { only: [0] });
  assert.equal(steps, 0);
  assert.deepEqual(metricsOf({ ...straight, results }), metricsOf(straight).slice(0, 1));
  await assert.rejects(planResumed(run), /holds no unfinished run: its run is finished/);
  assert.throws(() => requireNoRun(run), /holds a run: name another --out/);
});

test("more seeds are added to the results that are there", async () => {
  const { results } = await validate("folds", { only: [0], seeds: 2 });
  assert.deepEqual(results[0], straight.results[0]);
  assert.deepEqual(
    results.map(({ seed, fold }) => [seed, fold]),
    [
      [1, 0],
      [2, 0],
    ],
  );
});

test("a fold of other data, classes, patients, folds, seeds, settings or versions is refused before anything is trained", async () => {
  // The first fold is not there: without the check it would be trained first.
  const out = "refused";
  await validate(out, { only: [1] });
  const manifest = join(runOf(out, 1), "run.json");
  const recorded = JSON.parse(readFileSync(manifest, "utf8")) as Record<string, unknown>;
  const open = async (options: Parameters<typeof openDataset>[1]) =>
    (await openDataset(folder, options)).withoutTest();
  const byPatient = { patients: /^(\d+)_/ };
  const cases: [Partial<CrossValidationOptions>, RegExp, Record<string, unknown>?][] = [
    [{ config: configure(config, { training: { epochs: 2 } }) }, /training\.epochs: 1, here 2/],
    [{ folds: 4 }, /fold-1 holds a run of other images/],
    [{ config: configure(config, { seed: 0 }), seeds: 2 }, /fold-1 holds a run of other images/],
    [
      { dataset: await open({ classNames: ["a", "c"] }) },
      /fold-1 holds a run of other classes \(a, b, here a, c\)/,
    ],
    [
      { dataset: await open({ classNames: ["a", "b"], ...byPatient }) },
      /fold-1 holds a run of other patients \(--patients not given, here \^\(\\d\+\)_\)/,
    ],
    [
      {},
      /fold-1 holds a run whose labels were read with other options/,
      { source: { folder, patients: null, reading: { overlap: "last" } } },
    ],
    [
      {},
      /fold-1 holds a run that started from the weights of runs\/other/,
      { initial: { run: "runs/other", sha256: "0", fingerprints: [] } },
    ],
    [{}, /fold-1 holds a run of images or labels that have changed/, { dataHash: "0" }],
    [{}, /of an early version, which does not record the content/, { dataHash: undefined }],
    [
      {},
      /fold-1 holds a run of faster-rcnn-notebooks 0\.0\.1, and this is faster-rcnn-notebooks/,
      { software: { project: "faster-rcnn-notebooks 0.0.1" } },
    ],
  ];
  for (const [options, message, changes = {}] of cases) {
    writeFileSync(manifest, JSON.stringify({ ...recorded, ...changes }));
    const events: string[] = [];
    await assert.rejects(
      validate(out, { ...options, onEvent: ({ kind }) => events.push(kind) }),
      (error: Error) => {
        assert.match(error.message, message);
        assert.match(error.message, /: name another --out, or remove it$/);
        return true;
      },
    );
    assert.deepEqual(events, [], `${message} came after something was computed`);
  }
  assert.deepEqual(readdirSync(join(folder, out)), ["seed-1-fold-1"]);
});

test("an unfinished fold of other settings is refused before another fold is trained", async () => {
  const controller = new AbortController();
  await validate("unfinished", {
    only: [1],
    signal: controller.signal,
    onEvent: ({ kind }) => kind === "step" && controller.abort(),
  });
  assert.ok(!existsSync(join(runOf("unfinished", 1), "run.json")));
  const changed = configure(config, { training: { learningRate: 1e-3 } });
  await assert.rejects(
    validate("unfinished", { config: changed }),
    /fold-1 holds a run of another configuration \(training\.learningRate/,
  );
  assert.deepEqual(readdirSync(join(folder, "unfinished")), ["seed-1-fold-1"]);
});

test("a result of another version of Node or TensorFlow is read back, and the user is told", async () => {
  const manifest = join(runOf("folds", 0), "run.json");
  const recorded = JSON.parse(readFileSync(manifest, "utf8")) as Record<string, unknown>;
  const software = { ...(recorded.software as object), tensorflow: "TensorFlow 2.0 on GPU" };
  writeFileSync(manifest, JSON.stringify({ ...recorded, software }));
  const { messages, steps } = await validate("folds");
  assert.equal(steps, 0);
  assert.match(
    messages.join("\n"),
    /^\S+fold-0 was written under TensorFlow 2\.0 on GPU, but this is TensorFlow .*: last digits may differ\.$/,
  );
  writeFileSync(manifest, JSON.stringify(recorded));
});

test("run folders record the version of package.json", () => {
  const { name, version } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as {
    readonly name: string;
    readonly version: string;
  };
  assert.equal(PROJECT_VERSION, `${name} ${version}`);
});
