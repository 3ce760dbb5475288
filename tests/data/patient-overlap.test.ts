import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { openDataset } from "../../src/data/dataset";
import { patientOverlap } from "../../src/data/patient-overlap";

test("the overlap is by patient, not by image; it is unknown when training images are not in the data set", async () => {
  const dataset = await openDataset(join(__dirname, "../../data/sample"));
  const { train, test: evaluated } = dataset.partition({ seed: 1 });
  const ids = train.images.map(({ id }) => id);
  assert.deepEqual(patientOverlap(dataset, evaluated!, ids).patients, []);
  assert.equal(patientOverlap(dataset, evaluated!, ids).kind, "known");
  const unknown = patientOverlap(dataset, evaluated!, [...ids, "elsewhere/1.png"]);
  assert.equal(unknown.kind, "unknown");
  assert.match(unknown.text, /patient overlap unknown/);
  // The detector was trained on another slice of an evaluated patient.
  const [first, ...others] = evaluated!.images;
  const rest = evaluated!.subset(({ id }) => others.some((other) => other.id === id));
  assert.ok(rest.patients.includes(first.patient));
  const known = patientOverlap(dataset, rest, [...ids, first.id]);
  assert.deepEqual([known.kind, known.patients], ["known", [first.patient]]);
  assert.match(known.text, /1 of these patients were trained on .*too good/);
});
