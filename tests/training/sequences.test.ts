/** Training on sequences of a scan as channels. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { configure } from "../../src/config/index";
import { openDataset } from "../../src/data/dataset";
import { readRunManifest } from "../../src/runs/run-manifest";
import { openRunData } from "../../src/training/open-run-data";
import { RunFolder } from "../../src/training/run-folder";
import { Trainer } from "../../src/training/trainer";
import { withChannels } from "../../src/training/with-channels";
import { temporaryFolder } from "../data/files";
import { SIZE, smallDetector } from "../detectors/small-detector";
import { collect, squaresConfig, weightsOf } from "./squares";

const PAIRED = join(__dirname, "..", "reference", "label-maps", "paired");
const SEQUENCES = ["T1Gd", "FLAIR"];
const reading = { every: 4, lesionFree: 2 };

/** Trains an epoch on the lesions of one class. */
async function trained(sequence: string | readonly string[]) {
  const options = { ...reading, sequence, labels: { a: [1, 2], b: [4] } };
  const dataset = await openDataset(PAIRED, options);
  const config = withChannels(configure(squaresConfig, { training: { epochs: 1 } }), dataset);
  const run = join(temporaryFolder(), "run");
  const trainer = new Trainer({
    detector: smallDetector(config),
    train: dataset.split("train"),
    validation: dataset.split("test"),
    runFolder: new RunFolder(run, "scans"),
  });
  const { pixels } = await trainer.step();
  await collect(trainer.fit());
  return { pixels, weights: weightsOf(trainer), manifest: await readRunManifest(run) };
}

test("sequences are trained on as three channels, and the run stores what detection needs", async () => {
  const { pixels, weights, manifest } = await trained(SEQUENCES);
  assert.equal(pixels[0].length, 3 * SIZE * SIZE);
  assert.ok(pixels[0].some((value, i) => i % 3 === 0 && value !== pixels[0][i + 1]));
  const { config, source } = manifest;
  assert.deepEqual(config.data.channels, SEQUENCES);
  assert.deepEqual(config.data.scanPercentiles, [0.5, 99.5]);
  assert.deepEqual(source!.reading!.sequence, SEQUENCES);
  assert.deepEqual(source!.channelNames, ["FLAIR", "T1Gd"]);
  const again = await openRunData(manifest);
  assert.deepEqual(
    again.train.images.map(({ id }) => id),
    manifest.images.train,
  );
  const grey = await trained("T1Gd");
  assert.equal(grey.pixels[0].length, SIZE * SIZE);
  assert.equal(grey.manifest.config.data.channels, "grey");
  assert.notDeepEqual(grey.weights, weights);
  // The first sequence is the image by which a run recognizes its images.
  assert.deepEqual(grey.manifest.fingerprints, manifest.fingerprints);
});
