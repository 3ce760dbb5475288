import assert from "node:assert/strict";
import { test } from "node:test";
import { Config, configure, presetByName, presets } from "../../src/config/index";
import { checkConfig } from "../../src/detectors/check-config";

test("overrides replace settings at any depth, and do not change the preset", () => {
  const before = JSON.stringify(presets.default);
  const changed = configure(presets.default, {
    training: { epochs: 3 },
    anchors: { sizes: [8] },
    data: { cropToHead: null },
  });
  assert.deepEqual(
    [changed.training.epochs, changed.anchors.sizes, changed.data.cropToHead],
    [3, [8], null],
  );
  assert.equal(changed.training.batchSize, presets.default.training.batchSize);
  assert.equal(JSON.stringify(presets.default), before);
  assert.deepEqual(configure(presets.default, { seed: undefined }), presets.default);
});

test("every preset has its name, can be saved as JSON, and is complete", () => {
  for (const [name, preset] of Object.entries(presets)) {
    assert.equal(preset.preset, name);
    const read = JSON.parse(JSON.stringify(preset)) as Config;
    assert.deepEqual(read, preset);
    assert.equal(checkConfig(read, name), read);
  }
});

test("an unknown preset is refused with all names", () => {
  assert.throws(
    () => presetByName("best"),
    /unknown preset 'best': choose one of auto, default, accurate, original/,
  );
  assert.throws(
    () => presetByName("auto"),
    /'auto' is made for a data set: call planAutomatically/,
  );
});
