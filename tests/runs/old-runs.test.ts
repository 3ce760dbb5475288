/**
 * Run folders written before the rooms were renamed still load, and detect what they detected then.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { presetByName, presets } from "../../src/config/index";
import { checkConfig } from "../../src/detectors/check-config";
import { detectImages } from "../../src/inference/detect-dataset";
import { loadRun } from "../../src/runs/run-weights";
import { readCheckpoint } from "../../src/training/checkpoint";
import { assertClose } from "../assertions";

const RUNS = join(__dirname, "../reference/runs");

interface Written {
  readonly box: number[];
  readonly score: number;
  readonly class: string;
}

for (const [old, preset, architecture] of [
  ["default", "default", "cascade-rcnn"],
  ["seed", "original", "original"],
] as const) {
  test(`a run of the preset '${old}' loads with today's names and detects the same boxes`, async () => {
    const folder = join(RUNS, `before-rooms-${old}`);
    const { detector, manifest } = await loadRun(folder);
    assert.equal(detector.config.preset, preset);
    assert.equal(detector.config.architecture, architecture);
    assert.ok("cropToHead" in detector.config.data);
    const [{ detections }] = await detectImages(detector, [join(RUNS, "slice.jpg")]);
    const written = JSON.parse(readFileSync(join(folder, "detections.json"), "utf8")) as Written[];
    assert.equal(detections.length, written.length);
    detections.forEach(({ box, score, classId }, i) => {
      assertClose([...box], written[i].box, 1e-2);
      assertClose([score], [written[i].score], 1e-4);
      assert.equal(manifest.classNames[classId], written[i].class);
    });
    detector.dispose();
  });
}

test("a checkpoint of an unfinished run is read with today's names", async () => {
  const { config, state } = await readCheckpoint(
    join(RUNS, "before-rooms-unfinished", "checkpoint-1.safetensors"),
  );
  checkConfig(config, "checkpoint");
  assert.equal(config.head.jitteredGroundTruth, 2);
  assert.equal(state.epoch, 5);
});

test("the preset's old name still works and says the new one", (context) => {
  const warn = context.mock.method(console, "warn", () => undefined);
  assert.equal(presetByName("seed"), presets.original);
  assert.equal((presets as unknown as Record<string, unknown>).seed, presets.original);
  assert.deepEqual(
    warn.mock.calls.map((call) => call.arguments[0] as string),
    [
      "The preset 'seed' was renamed to 'original'.",
      "The preset 'seed' was renamed to 'original'.",
    ],
  );
  assert.deepEqual(Object.keys(presets), ["default", "accurate", "original"]);
});
