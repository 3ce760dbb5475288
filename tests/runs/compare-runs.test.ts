import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { presets } from "../../src/config/index";
import { openDataset } from "../../src/data/dataset";
import { fingerprintText } from "../../src/data/fingerprint";
import { compareRuns, runsOn } from "../../src/runs/compare-runs";
import { loadHistory, readRunManifest } from "../../src/runs/run-manifest";
import type { ImageRecord } from "../../src/types";
import { tf } from "../../src/tensor/tensorflow";

const folder = mkdtempSync(join(tmpdir(), "compare-test-"));
after(() => rmSync(folder, { recursive: true }));

const MODEL = join(__dirname, "../../data/models/accurate-sample");
const SAMPLE = join(__dirname, "../../data/sample");

/** An image of a run: its id and its content. */
type TrainedImage = Pick<ImageRecord, "id" | "fingerprint">;

/** Makes a run folder that has only a manifest. */
function run(
  name: string,
  train: readonly TrainedImage[],
  classNames: readonly string[],
  config: object = presets.default,
): void {
  mkdirSync(join(folder, name));
  writeFileSync(
    join(folder, name, "run.json"),
    JSON.stringify({
      config,
      images: { train: train.map(({ id }) => id), validation: [] },
      fingerprints: {
        train: train.map(({ fingerprint }) => fingerprintText(fingerprint!)),
        validation: [],
      },
      classNames,
    }),
  );
}

test("only runs on the same data set are found, and only those not trained on the images", async () => {
  const dataset = await openDataset(SAMPLE);
  const { train, test: testPart } = dataset.partition({ seed: 1 });
  const { images } = train;
  const renamed = images.map((image, i) => ({ ...image, id: `${i}.jpg` }));
  const elsewhere = { id: images[0].id, fingerprint: { pixels: "0".repeat(32), look: null } };
  run("b-same", images, dataset.classNames);
  run("a-part", images.slice(0, 5), dataset.classNames);
  run("c-renamed", renamed, dataset.classNames);
  run("other-classes", images, ["x", "y"]);
  run("other-images", [...images, elsewhere], dataset.classNames);
  run("saw-them", [...images, testPart!.images[0]], dataset.classNames);
  run("other-version", images, dataset.classNames, { preset: "default" });
  mkdirSync(join(folder, "no-run"));
  assert.deepEqual(await runsOn(dataset, testPart!, folder), [
    join(folder, "a-part"),
    join(folder, "b-same"),
    join(folder, "c-renamed"),
  ]);
  assert.deepEqual(await runsOn(dataset, testPart!, join(folder, "nowhere")), []);
});

test("a folder without a run is named in the error", async () => {
  const dataset = await openDataset(SAMPLE);
  await assert.rejects(compareRuns([join(folder, "no-run")], dataset), /no-run: not a run folder/);
});

test("comparing reports the images of all runs together, and stops when the signal is aborted", async () => {
  const dataset = await openDataset(SAMPLE);
  const { test: testPart } = dataset.partition({ seed: 1 });
  const ids = new Set(testPart!.images.slice(0, 9).map(({ id }) => id));
  const part = testPart!.subset(({ id }) => ids.has(id));
  const controller = new AbortController();
  const reason = new Error("the user stopped it");
  const tensors = tf.memory().numTensors;
  const progress: number[][] = [];
  const options = {
    signal: controller.signal,
    onProgress: (done: number, total: number) => {
      progress.push([done, total]);
      if (done === 17) controller.abort(reason);
    },
  };
  await assert.rejects(compareRuns([MODEL, MODEL], part, options), reason);
  assert.deepEqual(progress, [
    [8, 18],
    [9, 18],
    [17, 18],
  ]);
  assert.equal(tf.memory().numTensors, tensors);
});

test("early files: an AP of -1, which stood for no boxes, is read as null", async () => {
  const path = join(folder, "early");
  const ap = { AP: -1, AP50: -1, AP75: -1 };
  const metrics = { classAgnostic: ap, classAware: ap, classes: [{ name: "a", boxes: 0, ...ap }] };
  mkdirSync(path);
  writeFileSync(
    join(path, "history.json"),
    JSON.stringify({ steps: [], validations: [{ epoch: 1, metrics }] }),
  );
  writeFileSync(
    join(path, "run.json"),
    JSON.stringify({
      ...{ config: presets.default, classNames: ["a"], images: { train: [], validation: [] } },
      best: { epoch: 1, metric: "class-agnostic AP on the validation part", value: -1 },
    }),
  );
  const { validations, speeds } = await loadHistory(path);
  const none = { AP: null, AP50: null, AP75: null };
  assert.deepEqual(validations[0].metrics, {
    classAgnostic: none,
    classAware: none,
    classes: [{ name: "a", boxes: 0, ...none }],
  });
  assert.deepEqual(speeds, []);
  assert.equal((await readRunManifest(path)).best, null);
});
