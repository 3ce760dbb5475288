import assert from "node:assert/strict";
import { test } from "node:test";
import { currentConfig, renamedSetting } from "../../src/config/migrate";
import { presets } from "../../src/config/index";
import { configProblems } from "../../src/detectors/check-config";

/** A configuration as an earlier version of the project wrote it. */
function oldConfig(): Record<string, unknown> {
  const { data, head, ...rest } = JSON.parse(JSON.stringify(presets.original)) as Record<
    string,
    Record<string, unknown>
  >;
  const { cropToHead, ...dataRest } = data;
  const { jitteredGroundTruth, ...headRest } = head;
  return {
    ...rest,
    preset: "seed",
    data: { ...dataRest, foregroundCrop: cropToHead },
    head: { ...headRest, jitteredTruth: jitteredGroundTruth },
  };
}

test("old names of settings and old values are replaced", () => {
  const old = oldConfig();
  const before = JSON.stringify(old);
  assert.deepEqual(currentConfig(old), presets.original);
  assert.equal(JSON.stringify(old), before, "the argument is not changed");
  const modern = { architecture: "modern", data: { foregroundCrop: { threshold: 20, margin: 1 } } };
  assert.deepEqual(currentConfig(modern), {
    architecture: "cascade-rcnn",
    data: {
      cropToHead: { threshold: 20, margin: 1 },
      channels: "grey",
      valueRange: null,
      scanPercentiles: [0.5, 99.5],
    },
  });
});

test("settings that an earlier version did not have do what it did", () => {
  const { data, head, inference, ...rest } = presets.default;
  const { imageSize, cropToHead } = data;
  const { classWeights: _, ...oldHead } = head;
  const { proposalsBeforeNms: before, proposalsAfterNms: after, ...oldInference } = inference;
  const old = { data: { imageSize, cropToHead }, head: oldHead, inference: oldInference };
  assert.deepEqual(currentConfig({ ...rest, ...old }), presets.default);
  assert.deepEqual([before, after], [null, null], "the numbers of rpn, as before");
  const newer = { data: { channels: "rgb", valueRange: [0, 9], scanPercentiles: [1, 99] } };
  assert.deepEqual(currentConfig(newer), newer);
});

test("current configurations, lists and other values are not changed", () => {
  for (const preset of Object.values(presets)) assert.deepEqual(currentConfig(preset), preset);
  for (const value of [null, undefined, 3, "seed", [1, { preset: "seed" }]])
    assert.deepEqual(currentConfig(value), value);
});

test("an old value is replaced only in its own setting", () => {
  const config = { backbone: { name: "modern", preset: "seed" }, seed: "seed", preset: 4 };
  assert.deepEqual(currentConfig(config), config);
});

test("names from the prototype of objects are not old names", () => {
  assert.equal(renamedSetting("constructor"), null);
  assert.equal(renamedSetting("data.foregroundCrop"), "cropToHead");
  assert.deepEqual(currentConfig({ preset: "toString" }), { preset: "toString" });
});

test("a check of an old configuration names the current settings", () => {
  const problems = configProblems(oldConfig());
  assert.ok(problems.includes("data.foregroundCrop was renamed to data.cropToHead"));
  assert.ok(problems.includes("head.jitteredTruth was renamed to head.jitteredGroundTruth"));
});
