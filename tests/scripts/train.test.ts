import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { compactRun } from "../../src/runs/compact-run";
import { loadHistory } from "../../src/runs/run-manifest";
import { squares } from "../training/squares";
import { ROOT, runCommand } from "./run-command";

const train = (...parameters: string[]) => runCommand("train", ...parameters);

test("a data set of one's own is planned; the plan is saved beside the run, and repeated with it", async () => {
  const { folder } = await squares();
  const [first, again] = [join(folder, "first"), join(folder, "again")];
  const file = join(folder, "settings.yaml");
  writeFileSync(file, "data: { imageSize: 128 }\naugmentation: { copies: 0 }\n");
  const options = ["--data", folder, "--classes", "a,b", "--epochs", "1", "--config", file];
  const { status, all } = train(...options, "--out", first);
  assert.equal(status, 0, all);
  assert.match(all, /^image size: data\.imageSize 128\. Set by you\. The plan would be /m);
  assert.match(all, /^anchors: anchors\.sizes .* boxes have an anchor with an IoU of at least /m);
  const read = (run: string, name: string) =>
    JSON.parse(readFileSync(join(run, name), "utf8")) as { config: { preset: string } };
  assert.deepEqual(read(first, "plan.json").config, read(first, "run.json").config);
  assert.equal(read(first, "run.json").config.preset, "auto");
  const repeated = train("--from", first, "--out", again);
  assert.equal(repeated.status, 0, repeated.all);
  assert.deepEqual(read(again, "plan.json"), read(first, "plan.json"));
  assert.ok(
    readFileSync(join(first, "weights.safetensors")).equals(
      readFileSync(join(again, "weights.safetensors")),
    ),
  );
});

test("a run is repeated from its folder alone, to the bit; a compact copy keeps its history; and nothing is overwritten", async () => {
  const { folder } = await squares();
  const [first, again] = [join(folder, "first"), join(folder, "again")];
  const { status, all } = train(
    "--data",
    folder,
    "--classes",
    "a,b",
    "--preset",
    "default",
    "--epochs",
    "1",
    "--seed",
    "3",
    "--out",
    first,
  );
  assert.equal(status, 0, all);
  const repeated = train("--from", first, "--out", again);
  assert.equal(repeated.status, 0, repeated.all);
  const weights = (run: string) => readFileSync(join(run, "weights.safetensors"));
  assert.ok(weights(first).equals(weights(again)), "other weights");
  const names = ["best.safetensors", "history.json", "run.json", "validation-metrics.json"];
  assert.deepEqual(readdirSync(first).sort(), [...names, "weights.safetensors"]);
  const steps = (run: string) => JSON.parse(readFileSync(join(run, "history.json"), "utf8")).steps;
  assert.deepEqual(steps(again), steps(first));

  const compact = join(folder, "compact");
  await compactRun(first, compact);
  assert.deepEqual(readdirSync(compact).sort(), [
    "history.json",
    "run.json",
    "weights.safetensors",
  ]);
  assert.deepEqual(await loadHistory(compact), await loadHistory(first));
  await assert.rejects(compactRun(first, compact), /compact holds a run already \(weights/);

  const mine = join(folder, "mine");
  mkdirSync(mine);
  writeFileSync(join(mine, "history.json"), "mine");
  await assert.rejects(compactRun(first, mine), /mine holds a run already \(history\.json\)/);
  const refused: [string[], RegExp][] = [
    [
      ["--data", folder, "--out", mine],
      /mine holds a file history\.json, which the training would replace: name another --out/,
    ],
    [["--data", folder, "--out", first], /first holds a run: name another --out, or remove it/],
    [["--resume", "--out", first], /first holds no unfinished run: its run is finished/],
    [["--resume", "--out", join(folder, "nothing")], /nothing holds no unfinished run$/m],
    [
      ["--resume", "--out", first, "--epochs", "2"],
      /--resume takes everything from the run: leave --epochs out/,
    ],
    [
      ["--from", first, "--out", join(folder, "other"), "--data", join(ROOT, "data/sample")],
      /lacks 8 images of the run/,
    ],
  ];
  refused.push([
    ["--data", folder, "--preset", "default", "--minutes", "5", "--out", join(folder, "other")],
    /--minutes belongs to --preset auto/,
  ]);
  refused.push([
    ["--data", folder, "--classes", "a,", "--out", join(folder, "other")],
    /--classes must be different names/,
  ]);
  refused.push([
    ["--data", folder, "--patients", "(", "--out", join(folder, "other")],
    /--patients: Invalid regular expression/,
  ]);
  writeFileSync(join(folder, "labels/train/0_1.txt"), "0 0.5 0.5 0.2 0.2\n");
  refused.push([
    ["--from", first, "--out", join(folder, "other")],
    /images or labels in .* have changed since .*first was trained/,
  ]);
  for (const [parameters, message] of refused) {
    const { status, all } = train(...parameters);
    assert.equal(status, 1, all);
    assert.match(all, message);
  }
  assert.equal(readFileSync(join(mine, "history.json"), "utf8"), "mine");
  rmSync(folder, { recursive: true });
});
