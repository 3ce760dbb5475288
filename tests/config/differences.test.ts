import assert from "node:assert/strict";
import { test } from "node:test";
import { configure, presets } from "../../src/config/index";
import { configDifferences } from "../../src/config/differences";

test("the settings that differ are listed, with a list as one value", () => {
  const other = configure(presets.default, {
    training: { epochs: 3 },
    anchors: { sizes: [8] },
    data: { cropToHead: null },
  });
  assert.deepEqual(configDifferences([presets.default, other, presets.default]), [
    { field: "data.cropToHead.threshold", values: ["20", "", "20"] },
    { field: "data.cropToHead.margin", values: ["1.06", "", "1.06"] },
    { field: "anchors.sizes", values: ["[28,42,60,84,112]", "[8]", "[28,42,60,84,112]"] },
    { field: "training.epochs", values: ["14", "3", "14"] },
    { field: "data.cropToHead", values: ["", "null", ""] },
  ]);
  assert.deepEqual(configDifferences([presets.default, { ...presets.default }]), []);
  assert.deepEqual(configDifferences([]), []);
});
