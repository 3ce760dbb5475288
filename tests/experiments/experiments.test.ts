/** Cross-validation and ablation of a small detector on bright squares. */
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { type Config, configure, type Overrides } from "../../src/config/index";
import type { Dataset } from "../../src/data/dataset";
import { runAblation } from "../../src/experiments/ablation";
import { ABLATION_ROWS, ablationRows } from "../../src/experiments/ablation-rows";
import { ablationTable } from "../../src/experiments/ablation-table";
import type { CrossValidationOptions } from "../../src/experiments/cross-validation";
import { spread } from "../../src/experiments/spread";
import type { Metrics } from "../../src/metrics/metrics";
import { type AutoPlan, planSummary } from "../../src/planning/auto-plan";
import { readRunManifest } from "../../src/runs/run-manifest";
import { loadRun } from "../../src/runs/run-weights";
import { squares } from "../training/squares";
import { config, crossValidateSquares, idle } from "./small-cross-validation";

let folder: string;
let dataset: Dataset;

before(async () => {
  const data = await squares();
  folder = data.folder;
  dataset = (await data.open()).withoutTest();
});
after(() => rmSync(folder, { recursive: true }));

const validate = (out: string, options: Partial<CrossValidationOptions> = {}) =>
  crossValidateSquares({ folder, out, dataset, ...options });

test("every fold is trained once; a second call reads the results back, whatever other commands wrote there", async () => {
  const first = await validate("folds");
  assert.ok(first.isDone && first.steps > 0);
  assert.deepEqual(
    first.results.map(({ seed, fold }) => [seed, fold]),
    [
      [config.seed, 0],
      [config.seed, 1],
    ],
  );
  for (const { result } of first.results) {
    assert.equal(result.images, 4);
    assert.ok(result.minutes > 0);
  }
  // Earlier versions took this name for the fold's result; `npm run evaluate` wrote it too.
  const other = { notice: "of another command", classAgnostic: { AP50: 0.123 } };
  for (const name of ["metrics.json", "evaluation.json"])
    writeFileSync(join(folder, "folds", "seed-1-fold-0", name), JSON.stringify(other));
  const second = await validate("folds");
  assert.equal(second.steps, 0);
  assert.deepEqual(second.results, first.results);
});

test("a fold that does not exist is refused before anything is computed", async () => {
  for (const [only, message] of [
    [[9], /there is no fold 9: with 2 folds their numbers are 0 to 1/],
    [[-1], /there is no fold -1/],
    [[NaN], /there is no fold NaN/],
    [[1, 1], /each only once/],
    [[], /name at least one/],
  ] as const)
    await assert.rejects(validate("refused", { only }), message);
  assert.ok(!existsSync(join(folder, "refused")));
});

test("an interrupted fold is resumed, and ends with the same metrics", async () => {
  const controller = new AbortController();
  const stopped = await validate("stopped", {
    only: [0],
    signal: controller.signal,
    onEvent: ({ kind }) => kind === "step" && controller.abort(),
  });
  assert.deepEqual([stopped.isDone, stopped.results], [false, []]);
  const resumed = await validate("stopped", { only: [0] });
  assert.match(
    resumed.messages.join(),
    /Training goes on from its checkpoint: epoch 1 of 1, step 2/,
  );
  const [{ result }] = resumed.results;
  const [{ result: straight }] = (await validate("folds", { only: [0] })).results;
  assert.deepEqual({ ...result, minutes: 0 }, { ...straight, minutes: 0 });
});

test("an interruption while features are computed trains nothing", async () => {
  const controller = new AbortController();
  const { isDone, steps } = await validate("early", {
    signal: controller.signal,
    onEvent: ({ kind }) => kind === "preparing" && controller.abort(),
  });
  assert.deepEqual([isDone, steps], [false, 0]);
  assert.ok(!existsSync(join(folder, "early")));
});

test("a folder with a run of another configuration, other folds or other labels is refused", async () => {
  const more = configure(config, { training: { learningRate: 1e-3 } });
  await assert.rejects(
    validate("folds", { config: more }),
    /of another configuration \(training\.learningRate: 0\.005, here 0\.001\): name another --out/,
  );
  await assert.rejects(validate("folds", { folds: 4 }), /fold-0 holds a run of other images/);
  const label = join(folder, "labels", "train", "0_1.txt");
  const content = readFileSync(label);
  writeFileSync(label, "0 0.5 0.5 0.2 0.2\n");
  await assert.rejects(validate("folds"), /of images or labels that have changed since/);
  writeFileSync(label, content);
  assert.deepEqual(readdirSync(join(folder, "folds")), ["seed-1-fold-0", "seed-1-fold-1"]);
});

test("a run that lost its last validation is trained again, and the user is told", async () => {
  const history = join(folder, "stopped", "seed-1-fold-0", "history.json");
  const content = JSON.parse(readFileSync(history, "utf8")) as object;
  writeFileSync(history, JSON.stringify({ ...content, validations: [] }));
  const { steps, messages } = await validate("stopped", { only: [0] });
  assert.ok(steps > 0);
  assert.match(messages.join(), /without its last validation: the fold is trained again/);
});

test("with auto, each fold has a plan of its training part, saved beside its run; other plans are refused", async () => {
  const fixed: Overrides<Config> = {
    ...{ data: { imageSize: 64, cropToHead: null }, neck: { kind: "fused", channels: 16 } },
    ...{ augmentation: { copies: 0 }, backbone: { frozenBlocks: "all" } },
    ...{ anchors: { ratios: [1] }, training: { epochs: 1 } },
  };
  const planned: string[] = [];
  const options = {
    ...({ config: "auto", fixed, seeds: 2 } as const),
    onPlan: (fold: number, plan: AutoPlan) => planned.push(`${fold}: ${planSummary(plan)}`),
  };
  const first = await validate("auto", options);
  assert.ok(first.isDone && first.steps > 0);
  assert.equal(planned.length, 2);
  assert.match(planned[1], /^1: planned 64 px, not cropped; neck fused; anchors .* 1 epochs/);
  const folds = dataset.foldsByPatient(2, { seed: 1 });
  for (const { seed, fold } of first.results) {
    const run = join(folder, "auto", `seed-${seed}-fold-${fold}`);
    const plan = JSON.parse(readFileSync(join(run, "plan.json"), "utf8")) as AutoPlan;
    const boxes = folds[fold].train.boxCount;
    assert.equal(
      plan.data.classes.reduce((sum, count) => sum + count.boxes, 0),
      boxes,
      "made from the boxes of the training part alone",
    );
    const { config: used } = await readRunManifest(run);
    assert.equal(used.preset, "auto");
    assert.deepEqual([used.anchors, used.seed], [plan.config.anchors, seed]);
  }
  const second = await validate("auto", options);
  assert.deepEqual([second.steps, second.results], [0, first.results]);
  const other = { ...fixed, training: { epochs: 2 } };
  await assert.rejects(
    validate("auto", { ...options, fixed: other }),
    /of another configuration \(training\.epochs: 1, here 2\): name another --out/,
  );
});

const rows = [
  { name: "default", config },
  {
    name: "one stage",
    config: configure(config, { head: { stages: config.head.stages.slice(0, 1) } }),
  },
  {
    name: "NMS",
    config: configure(config, { inference: { fusion: "nms" } }),
    weightsOf: "default",
  },
  { name: "mean box", config, weightsOf: "default", meanBoxScore: 0.01 },
];

test("an ablation trains each row on each fold, evaluates weights with other inference, and writes the table", async () => {
  const out = join(folder, "ablation");
  const options = { dataset, rows, folds: 2, only: [1], epochs: 1, out, signal: idle };
  const { isDone, results, table } = await runAblation(options);
  assert.ok(isDone);
  assert.deepEqual(
    results.map(({ row, fold }) => [row, fold]),
    rows.map(({ name }) => [name, 1]),
  );
  assert.equal(readFileSync(join(out, "ablation.md"), "utf8"), table);
  assert.deepEqual(readdirSync(join(out, "default")), ["fold-1"]);
  const { detector } = await loadRun(join(out, "one-stage", "fold-1"));
  assert.equal(detector.config.head.stages.length, 1);
  detector.dispose();
  // Weights that are there already need no training in the same call.
  const again = await runAblation({ ...options, rows: [rows[2]] });
  assert.deepEqual(again.results[0].metrics, results[2].metrics);
  await assert.rejects(
    runAblation({ ...options, rows: [rows[2]], epochs: 2 }),
    /fold-1 holds a run of another configuration \(training\.epochs: 1, here 2\)/,
  );
  writeFileSync(join(out, "default", "fold-1", "checkpoint-0.safetensors"), "");
  await assert.rejects(
    runAblation({ ...options, rows: [rows[2]] }),
    /default\/fold-1 holds an unfinished training: finish it first/,
  );
});

test("an ablation is refused before anything is computed when weights are missing or a file would be replaced", async () => {
  const out = join(folder, "no-ablation");
  const options = { dataset, folds: 2, out, signal: idle };
  await assert.rejects(
    runAblation({ ...options, rows: [rows[2], rows[0]] }),
    /the row 'NMS' evaluates the weights of the row 'default': choose that row too/,
  );
  await assert.rejects(runAblation({ ...options, rows, only: [2] }), /there is no fold 2/);
  assert.ok(!existsSync(out));
  const table = join(folder, "ablation.md");
  writeFileSync(table, "mine");
  await assert.rejects(
    runAblation({ ...options, rows, out: folder }),
    /did not write.*ablation\.md/,
  );
  assert.equal(readFileSync(table, "utf8"), "mine");
});

test("the table compares rows fold by fold with the first row", () => {
  const ap = (AP: number) => ({ AP, AP50: AP, AP75: AP });
  const metrics = (AP: number) => ({ classAgnostic: ap(AP), classAware: ap(AP / 2) }) as Metrics;
  const table = ablationTable([
    { row: "default", fold: 0, metrics: metrics(0.5) },
    { row: "default", fold: 1, metrics: metrics(0.7) },
    { row: "one stage", fold: 1, metrics: metrics(0.6) },
    { row: "accurate", fold: 2, metrics: metrics(0.8) },
  ]);
  const [, , ...lines] = table.trim().split("\n");
  const gains = lines.map((line) => line.split("|").map((cell) => cell.trim())[5]);
  assert.deepEqual(gains, ["", "-0.100", "?"]);
  assert.match(lines[0], /^\| default \| 0\.600 ± 0\.141 \|/);
});

test("rows come in the order of the table, and unknown names are refused", () => {
  assert.deepEqual(
    ablationRows(["one stage", "default"]).map(({ name }) => name),
    ["default", "one stage"],
  );
  assert.throws(() => ablationRows(["two stages"]), /no row 'two stages': choose from default; /);
  const names = ABLATION_ROWS.map(({ name }) => name);
  assert.equal(new Set(names).size, names.length);
});

test("spread of none, one and several values; a metric that does not exist takes no part", () => {
  assert.deepEqual(
    [spread([]), spread([0.5]), spread([1, 3])],
    ["? ± ?", "0.500 ± ?", "2.000 ± 1.414"],
  );
  assert.deepEqual(
    [spread([null]), spread([null, 0.5]), spread([1, null, 3, null])],
    ["? ± ?", "0.500 ± ?", "2.000 ± 1.414"],
  );
});
