import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { openDataset } from "../../src/data/dataset";
import { patientOverlap } from "../../src/data/patient-overlap";

test("overlap is by patient, not by image, and unknown when training images are not in the data set", async () => {
  const dataset = await openDataset(join(__dirname, "../../data/sample"));
  const { train, test: judged } = dataset.partition({ seed: 1 });
  const ids = train.images.map(({ id }) => id);
  assert.deepEqual(patientOverlap(dataset, judged!, ids).patients, []);
  assert.equal(patientOverlap(dataset, judged!, ids).kind, "known");
  const unknown = patientOverlap(dataset, judged!, [...ids, "elsewhere/1.png"]);
  assert.equal(unknown.kind, "unknown");
  assert.match(unknown.text, /patient overlap unknown/);
  // Another slice of a judged patient was trained on.
  const [first, ...others] = judged!.images;
  const rest = judged!.subset(({ id }) => others.some((other) => other.id === id));
  assert.ok(rest.patients.includes(first.patient));
  const known = patientOverlap(dataset, rest, [...ids, first.id]);
  assert.deepEqual([known.kind, known.patients], ["known", [first.patient]]);
  assert.match(known.text, /1 of these patients were trained on .*too good/);
});
