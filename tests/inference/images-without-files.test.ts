/** Images of a data set that are not files of their own, such as slices of a scan. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { Dataset, openDataset } from "../../src/data/dataset";
import { decodeRecord } from "../../src/data/image";
import { detectDataset } from "../../src/inference/detect-dataset";
import { inspectImage } from "../../src/inference/inspection";
import * as figures from "../../src/plots/index";
import { gallery } from "../../src/report/gallery";
import { loadRun } from "../../src/runs/run-weights";
import { worstImages } from "../../src/metrics/worst-images";

const DATA = join(__dirname, "..", "..", "data");

test("detection, inspection, figures and the gallery decode images as their format says", async () => {
  const { detector } = await loadRun(join(DATA, "models", "accurate-sample"));
  const sample = (await openDataset(join(DATA, "sample"))).split("test");
  const files = sample.subset(({ annotations }) => annotations.length > 0);
  const two = new Dataset({ ...files, images: files.images.slice(0, 2) });
  const images = two.images.map((image) => ({
    ...image,
    path: "/missing/scan.nii",
    decode: () => decodeRecord(image),
  }));
  const slices = new Dataset({ ...two, images });
  const found = await detectDataset(detector, slices);
  assert.deepEqual(found, await detectDataset(detector, two));
  const { image, trace } = await inspectImage(detector, slices.images[0]);
  const expected = await inspectImage(detector, two.images[0]);
  assert.deepEqual(image.pixels, expected.image.pixels);
  assert.deepEqual(trace.proposals, expected.trace.proposals);
  await figures.letterboxStage(await inspectImage(detector, slices.images[0]));
  await figures.imageGrid(slices, slices.images);
  const errors = worstImages(slices.groundTruths(), found, { scoreThreshold: 0.5 });
  const { classNames } = slices;
  await gallery(errors, slices.images, { detections: found, classNames, scoreThreshold: 0.5 });
});
