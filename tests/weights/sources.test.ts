import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { efficientNetLite0 } from "../../src/backbones/efficientnet-lite";
import { resNet50, RESNET50_FILE } from "../../src/backbones/resnet";
import { readWeights } from "../../src/weights/sources";
import { hasSha256 } from "../../src/weights/file-check";
import { assertExpectedWeights, reference } from "./reference";

const folder = mkdtempSync(join(tmpdir(), "sources-test-"));
after(() => rmSync(folder, { recursive: true }));

test("the weights of EfficientNet-Lite0 are read from the installed Python package", async () => {
  const path = await efficientNetLite0.weights.locate({ environment: {} });
  assert.ok(await hasSha256(path, /-([0-9a-f]{8})\.pth$/.exec(path)![1]));
  const weights = await readWeights(path);
  assert.deepEqual(weights.get("_conv_stem.weight")!.shape, [32, 3, 3, 3]);
  assert.deepEqual(weights.get("_fc.weight")!.shape, [1000, 1280]);
  // Variances are not negative. Tensors that are read from a wrong position would have negative
  // ones.
  for (const [name, { data }] of weights) {
    assert.ok(
      data.every(
        (value) => Number.isFinite(value) && (!name.endsWith("running_var") || value >= 0),
      ),
      name,
    );
  }
});

test("the file of the environment variable is used first, in both formats", async () => {
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

test("if ResNet-50 is not available, the message has every way to provide it", async () => {
  // With a file of the right name and another content, this test does not use the network.
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

test("the name of the file has the first digits of its SHA-256, as all of PyTorch's files", () => {
  assert.ok(RESNET50_FILE.url.endsWith(RESNET50_FILE.fileName));
  assert.ok(RESNET50_FILE.fileName.endsWith(`-${RESNET50_FILE.sha256.slice(0, 8)}.pth`));
});
