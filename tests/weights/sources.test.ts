import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { efficientNetLite0 } from "../../src/backbones/efficientnet-lite";
import { resNet50, RESNET50_FILE } from "../../src/backbones/resnet";
import { readWeights } from "../../src/weights/sources";
import { hasSha256 } from "../../src/weights/fetch";
import { assertExpectedWeights, reference } from "./reference";

const folder = mkdtempSync(join(tmpdir(), "sources-test-"));
after(() => rmSync(folder, { recursive: true }));

test("EfficientNet-Lite0's weights are those of the installed Python package, read to the last tensor", async () => {
  const path = await efficientNetLite0.weights.locate({ environment: {} });
  assert.ok(await hasSha256(path, /-([0-9a-f]{8})\.pth$/.exec(path)![1]));
  const weights = await readWeights(path);
  assert.deepEqual(weights.get("_conv_stem.weight")!.shape, [32, 3, 3, 3]);
  assert.deepEqual(weights.get("_fc.weight")!.shape, [1000, 1280]);
  // Variances are positive, which they would hardly be if tensors were read from the wrong place.
  for (const [name, { data }] of weights) {
    assert.ok(
      data.every(
        (value) => Number.isFinite(value) && (!name.endsWith("running_var") || value >= 0),
      ),
      name,
    );
  }
});

test("an environment variable's file is used in place of any other, in either format", async () => {
  for (const name of ["zip.pth", "legacy.pth", "sound.safetensors"]) {
    assertExpectedWeights(
      await readWeights(
        await resNet50.weights.locate({
          environment: { [resNet50.weights.variable]: reference(name) },
        }),
      ),
    );
  }
});

test("when ResNet-50 can't be had, the message names every way to provide it", async () => {
  // A file of the right name but not the right content keeps this test off the network.
  const cached = join(folder, RESNET50_FILE.fileName);
  writeFileSync(cached, "not weights");
  await assert.rejects(
    resNet50.weights.locate({ environment: {}, cacheFolder: folder }),
    (error: Error) => {
      assert.equal(error.name, "WeightsUnavailableError");
      for (const part of [
        RESNET50_FILE.url,
        cached,
        "FRCNN_RESNET50",
        "HTTPS_PROXY",
        "efficientnet-lite0",
        "102.5 MB",
      ]) {
        assert.ok(error.message.includes(part), `${part} is not in: ${error.message}`);
      }
      return true;
    },
  );
});

test("the announced file keeps PyTorch's rule: its name has the start of its SHA-256", () => {
  assert.ok(RESNET50_FILE.url.endsWith(RESNET50_FILE.fileName));
  assert.ok(RESNET50_FILE.fileName.endsWith(`-${RESNET50_FILE.sha256.slice(0, 8)}.pth`));
});
