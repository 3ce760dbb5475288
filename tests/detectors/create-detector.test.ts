import assert from "node:assert/strict";
import { test } from "node:test";
import { presets } from "../../src/config/index";
import { createDetector } from "../../src/detectors/create-detector";

test("a detector needs class names, and each of them once", async () => {
  await assert.rejects(createDetector(presets.default, []), /there are no class names/);
  await assert.rejects(
    createDetector(presets.default, ["tumor", "edema", "tumor"]),
    /two classes have the name 'tumor'/,
  );
});
