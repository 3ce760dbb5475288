import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { type Dataset, openDataset } from "../../src/data/dataset";
import { fingerprintText } from "../../src/data/fingerprint";
import { patientOverlap } from "../../src/data/patient-overlap";
import { RunImages } from "../../src/data/run-images";
import type { ImageRecord } from "../../src/types";

const SAMPLE = join(__dirname, "../../data/sample");

/** A run that was trained on some images. */
async function trainedOn(images: readonly ImageRecord[], dataset: Dataset): Promise<RunImages> {
  const run = await RunImages.of(
    {
      images: { train: images.map(({ id }) => id), validation: [] },
      fingerprints: {
        train: images.map(({ fingerprint }) => fingerprintText(fingerprint!)),
        validation: [],
      },
    },
    dataset,
  );
  return run!;
}

test("the overlap is by patient, not by image; it is unknown when training images are not in the data set", async () => {
  const dataset = await openDataset(SAMPLE);
  const { train, test: evaluated } = dataset.partition({ seed: 1 });
  const run = await trainedOn(train.images, dataset);
  assert.deepEqual(patientOverlap(dataset, evaluated!, run).patients, []);
  assert.equal(patientOverlap(dataset, evaluated!, run).kind, "known");
  const [image] = train.images;
  const elsewhere = { pixels: "0".repeat(32), look: null };
  const withOther = [...train.images, { ...image, id: "elsewhere/1.png", fingerprint: elsewhere }];
  const unknown = patientOverlap(dataset, evaluated!, await trainedOn(withOther, dataset));
  assert.equal(unknown.kind, "unknown");
  assert.match(unknown.text, /patient overlap unknown/);
  // The detector was trained on another slice of an evaluated patient.
  const [first, ...others] = evaluated!.images;
  const rest = evaluated!.subset(({ id }) => others.some((other) => other.id === id));
  assert.ok(rest.patients.includes(first.patient!));
  const known = patientOverlap(dataset, rest, await trainedOn([...train.images, first], dataset));
  assert.deepEqual([known.kind, known.patients], ["known", [first.patient]]);
  assert.match(known.text, /1 of these patients .* were trained on: .*too good/);
});

test("an image that was trained on is recognized under another name, and without patients", async () => {
  const dataset = await openDataset(SAMPLE, { patients: "none" });
  const { train, test: evaluated } = dataset.partition({ seed: 1 });
  const run = await trainedOn(
    train.images.map((image, i) => ({ ...image, id: `${i}.png` })),
    dataset,
  );
  const apart = patientOverlap(dataset, evaluated!, run);
  assert.deepEqual([apart.kind, apart.images], ["unknown", 0]);
  assert.match(apart.text, /^patients unknown: a leak cannot be excluded; none of these images/);
  const same = patientOverlap(dataset, train, run);
  assert.deepEqual([same.kind, same.images], ["known", train.images.length]);
  assert.match(same.text, /images were trained on: the metrics are too good/);
});

test("an early run without fingerprints is recognized if its images and labels have not changed", async () => {
  const dataset = await openDataset(SAMPLE);
  const { train, test: evaluated } = dataset.partition({ seed: 1 });
  const images = { train: train.images.map(({ id }) => id), validation: [] };
  assert.equal(await RunImages.of({ images, dataHash: "other" }, dataset), null);
  const text = patientOverlap(dataset, evaluated!, null).text;
  assert.match(text, /unknown whether these images were trained on/);
});
