/** A sweep of a small detector on bright squares: its space, its trials, its rounds and its files. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { configure, presets, readOverrides } from "../../src/config/index";
import type { Dataset } from "../../src/data/dataset";
import { bestTrial } from "../../src/experiments/sweep";
import { ranked, roundEpochs, survivorCount } from "../../src/experiments/sweep-rounds";
import { readSweepSpace } from "../../src/experiments/sweep-space";
import { drawTrials } from "../../src/experiments/sweep-trials";
import {
  SWEEP_FILES,
  sweepWithReport,
  type SweepReportOptions,
} from "../../src/report/sweep-report";
import { squares, squaresConfig } from "../training/squares";
import { crossValidateSquares, idle } from "./small-cross-validation";

let folder: string;
let dataset: Dataset;

before(async () => {
  const data = await squares();
  folder = data.folder;
  dataset = (await data.open()).withoutTest();
});
after(() => rmSync(folder, { recursive: true }));

function spaceOf(...lines: string[]) {
  const file = join(folder, "space.yaml");
  writeFileSync(file, lines.join("\n"));
  return readSweepSpace(file);
}

const base = { preset: presets.default, overrides: {} };
const trialsOf = (...lines: string[]) => drawTrials(spaceOf(...lines), base);

test("a grid has all combinations, in the order of the file", () => {
  const trials = trialsOf("settings:", "  seed: [1, 2]", "  rpn.boxLoss: [giou, smooth-l1]");
  assert.deepEqual(
    trials.map(({ number, settings }) => [number, ...Object.values(settings)]),
    [
      [1, 1, "giou"],
      [2, 1, "smooth-l1"],
      [3, 2, "giou"],
      [4, 2, "smooth-l1"],
    ],
  );
  assert.deepEqual(
    trials[3].config,
    configure(presets.default, { seed: 2, rpn: { boxLoss: "smooth-l1" } }),
  );
});

test("a random search is decided by its seed, repeats nothing, and stays in its ranges", () => {
  const lines = [
    ...["search: random", "trials: 30", "settings:", "  augmentation.copies: [0, 1, 2]"],
    "  training.learningRate: { low: 0.0001, high: 1, scale: log }",
  ];
  const rates = (...more: string[]) =>
    trialsOf(...more, ...lines).map(({ config }) => config.training.learningRate);
  assert.deepEqual(rates(), rates("seed: 1"));
  assert.notDeepEqual(rates(), rates("seed: 2"));
  assert.ok(rates().every((rate) => rate >= 0.0001 && rate <= 1));
  // With a linear scale, nearly all numbers would be above 0.01.
  const small = rates().filter((rate) => rate < 0.01).length;
  assert.ok(small > 8 && small < 22, `${small} of 30`);
  const few = trialsOf("search: random", "trials: 9", "settings: { augmentation.copies: [0, 1] }");
  assert.deepEqual(new Set(few.map(({ config }) => config.augmentation.copies)), new Set([0, 1]));
  assert.equal(few.length, 2);
});

test("whatever is wrong with a space is said with its line, before anything is trained", () => {
  const setting = (text: string) => ["settings:", "  seed: [1, 2]", `  ${text}`];
  for (const [lines, message] of [
    [["serch: grid"], /space\.yaml:1: unknown name 'serch': choose from search, trials/],
    [["search: best"], /:1: search must be grid or random, not 'best'/],
    [["search: random", ...setting("rpn.samples: [64]")], /:1: a random search needs a number of/],
    [["trials: 3", ...setting("rpn.samples: [64]")], /:1: a grid has no number of trials/],
    [["rounds: 0", ...setting("rpn.samples: [64]")], /:1: rounds must be a whole number from 1/],
    [["search: grid", "settings: []"], /:2: settings must name settings with their values/],
    [
      setting("rpn.sample: [64]"),
      /:3: unknown settings:\n- rpn\.sample .* did you mean rpn\.samples/,
    ],
    [setting("rpn.samples: 64"), /:3: rpn\.samples must be a list of values/],
    [setting("rpn.samples: { low: 1, high: 2 }"), /:3: rpn\.samples is a range: a grid needs/],
    [
      setting("rpn.samples: [64, -1]"),
      /:3: trial 2 \(seed = 1, rpn\.samples = -1\) cannot be used/,
    ],
    [setting("training.epochs: [1]"), /:3: training\.epochs cannot be varied/],
    [setting("training: [{ patience: 1 }]"), /:3: training\.patience cannot be varied/],
    [setting("rpn.samples: [64"), /:\d+:\d+: not valid YAML/],
  ] as const)
    assert.throws(() => trialsOf(...lines), message);
  const random = ["search: random", "trials: 2", "settings:"];
  for (const [range, message] of [
    ["{ low: 2, high: 1 }", /:4: training\.learningRate needs a number low and a larger/],
    ["{ low: 0, high: 1, scale: log }", /:4: training\.learningRate needs a low above 0/],
    ["{ low: 1, high: 2, scale: cubic }", /:4: the scale of training\.learningRate must be/],
    ["{ low: 1, hight: 2 }", /:4: unknown name 'hight': choose from low, high, scale/],
  ] as const)
    assert.throws(() => trialsOf(...random, `  training.learningRate: ${range}`), message);
});

test("rounds grow by the factor, and of each round one trial in so many goes on", () => {
  assert.deepEqual(roundEpochs(14, { rounds: 3, factor: 3 }), [2, 5, 14]);
  assert.deepEqual(roundEpochs(14, { rounds: 1, factor: 3 }), [14]);
  assert.deepEqual(roundEpochs(2, { rounds: 4, factor: 3 }), [1, 2]);
  assert.deepEqual(
    [9, 4, 1].map((count) => survivorCount(count, 3)),
    [3, 2, 1],
  );
  assert.deepEqual(
    ranked([
      { trial: 1, metrics: [] },
      { trial: 2, metrics: [] },
    ]).map(({ trial }) => trial),
    [1, 2],
  );
});

const overrides = configure(squaresConfig, { training: { epochs: 2 } });

/** Three trials in two rounds, on one of two folds; counts the steps that are trained. */
async function sweep(out: string, options: Partial<SweepReportOptions> = {}) {
  const space = spaceOf("settings:", "  training.learningRate: [0.003, 0.01, 0.03]");
  let steps = 0;
  const found = await sweepWithReport({
    ...{ dataset, folds: 2, only: [0], out: join(folder, out), signal: idle, seed: 1 },
    ...{ trials: drawTrials(space, { ...base, overrides }), epochs: [1, 2], factor: 3 },
    preset: "default",
    onEvent: ({ kind }) => (steps += Number(kind === "step")),
    ...options,
  });
  return { ...found, steps };
}

const hashOf = (...path: string[]) =>
  createHash("sha256")
    .update(readFileSync(join(folder, ...path)))
    .digest("hex");
const tables = (out: string) =>
  Object.values(SWEEP_FILES).map((name) => readFileSync(join(folder, out, name), "utf8"));

test("the best of a round goes on, with the weights of a training without a stop, and is written as a file for --config", async () => {
  const found = await sweep("sweep");
  assert.ok(found.isDone);
  assert.deepEqual(
    found.results.map(({ rounds }) => rounds.length),
    [2, 1, 1],
  );
  const best = bestTrial(found)!;
  const config = configure(presets.default, readOverrides(join(folder, "sweep", "best.yaml")));
  assert.deepEqual(config, best.config);
  await crossValidateSquares({ folder, out: "whole", dataset, config, only: [0] });
  const weights = "weights.safetensors";
  assert.equal(
    hashOf("sweep", `trial-${best.number}`, "fold-0", weights),
    hashOf("whole", "seed-1-fold-0", weights),
  );
  const again = await sweep("sweep");
  assert.equal(again.steps, 0);
  const [csv] = tables("sweep");
  assert.match(csv, /^trial,training\.learningRate,AP after 1 epoch,AP after 2 epochs,AP50,/);
  assert.equal(csv.trim().split("\n").length, 4);
});

test("an interrupted sweep goes on, and ends with the same files", async () => {
  const controller = new AbortController();
  let steps = 0;
  const stopped = await sweep("stopped", {
    signal: controller.signal,
    onEvent: ({ kind }) => kind === "step" && ++steps === 3 && controller.abort(),
  });
  assert.equal(stopped.isDone, false);
  assert.equal(bestTrial(stopped), null);
  assert.ok(!existsSync(join(folder, "stopped", SWEEP_FILES.best)));
  const resumed = await sweep("stopped");
  assert.ok(resumed.isDone);
  assert.deepEqual(tables("stopped"), tables("sweep"));
});

test("a trial that fails takes no further part, and is the last of the table", async () => {
  const place = join(folder, "failed", "trial-2");
  mkdirSync(place, { recursive: true });
  // The run folder cannot be made.
  writeFileSync(join(place, "fold-0"), "");
  const failures: number[] = [];
  const found = await sweep("failed", {
    onFailure: ({ training }) => failures.push(training.trial.number),
  });
  assert.ok(found.isDone);
  assert.deepEqual(failures, [2]);
  assert.equal(found.results.at(-1)!.number, 2);
  assert.match(tables("failed")[1], /\| 2 \| 0\.01 \|.*\| failed: .*fold-0/);
});

test("a folder with another sweep is refused before anything is computed", async () => {
  const space = spaceOf("settings:", "  training.learningRate: [0.004]");
  const trials = drawTrials(space, { ...base, overrides });
  await assert.rejects(
    sweep("sweep", { trials }),
    /holds a run of another configuration \(training\.learningRate: 0\.003, here 0\.004\)/,
  );
});
