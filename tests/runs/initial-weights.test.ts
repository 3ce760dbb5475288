/** Trainings that start from another run, and manifests that were edited by hand. */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { openDataset } from "../../src/data/dataset";
import { patientOverlap } from "../../src/data/patient-overlap";
import { RunImages } from "../../src/data/run-images";
import { createDetector } from "../../src/detectors/create-detector";
import { initialWeights, startFrom } from "../../src/runs/initial-weights";
import { readRunManifest } from "../../src/runs/run-manifest";

const folder = mkdtempSync(join(tmpdir(), "initial-test-"));
after(() => rmSync(folder, { recursive: true }));

const MODEL = join(__dirname, "../../data/models/accurate-sample");
const SAMPLE = join(__dirname, "../../data/sample");

test("weights are taken by name; class layers are fitted by class name, and new classes are fresh", async () => {
  const { config } = await readRunManifest(MODEL);
  const initial = await initialWeights(MODEL);
  const names = ["solid enhancing", "cyst", "ring-enhancing"];
  const detector = await createDetector(config, names);
  const reference = await createDetector(config, ["ring-enhancing", "solid-enhancing"]);
  try {
    const before = classBias(detector);
    const text = await startFrom(detector, initial);
    await startFrom(reference, initial);
    assert.match(
      text,
      /weights are taken\. Classes that are taken: solid enhancing, ring-enhancing; fresh: cyst\.$/,
    );
    const [ring, solid] = classBias(reference);
    assert.deepEqual(classBias(detector), [solid, before[1], ring]);
    assert.notEqual(ring, solid);
    const { fresh } = { fresh: await createDetector(config, ["a", "b"]) };
    assert.match(
      await startFrom(fresh, initial),
      /fresh are .*classes\/kernel.* Classes that are taken: none; fresh: a, b\./,
    );
    fresh.dispose();
    await assert.rejects(
      startFrom(detector, { ...initial, sha256: "other" }),
      /weights\.safetensors has changed since the training that started from it/,
    );
  } finally {
    detector.dispose();
    reference.dispose();
  }
});

/** The bias of the first stage's class layer. */
function classBias(detector: Awaited<ReturnType<typeof createDetector>>): number[] {
  const [, bias] = Object.entries(detector.variables()).find(([name]) =>
    name.endsWith("classes/bias"),
  )!;
  return Array.from(bias.dataSync());
}

test("images that the first weights were trained on count as trained on", async () => {
  const dataset = await openDataset(SAMPLE);
  const { train, test: part } = dataset.partition({ seed: 1 });
  const { fingerprints } = await initialWeights(MODEL);
  const recorded = {
    images: { train: [], validation: [] },
    fingerprints: { train: [], validation: [] },
  };
  const run = await RunImages.of({ ...recorded, initial: { fingerprints } }, dataset);
  assert.equal(patientOverlap(dataset, train, run).images, train.images.length);
  assert.equal(patientOverlap(dataset, part!, run).text, "none of these patients was trained on");
  const unknown = await RunImages.of({ ...recorded, initial: { fingerprints: null } }, dataset);
  assert.match(
    patientOverlap(dataset, part!, unknown).text,
    /unknown whether .* started from weights/,
  );
});

test("a run.json that was edited by hand is refused with a sentence that names the part", async () => {
  const stored = JSON.parse(readFileSync(join(MODEL, "run.json"), "utf8")) as Record<
    string,
    unknown
  >;
  const cases: [string, unknown, RegExp][] = [
    ["images", undefined, /'images' is missing; it must be the lists 'train' and 'validation'/],
    ["images", { train: ["a"] }, /'images' has another content/],
    [
      "classNames",
      undefined,
      /'classNames' is missing; it must be a list of at least one class name/,
    ],
    ["classNames", [], /'classNames' has another content/],
    ["classNames", "ring", /'classNames' has another content/],
    ["config", undefined, /'config' is missing/],
    ["fingerprints", { train: [], validation: [] }, /'fingerprints' must have one entry for each/],
    ["source", 7, /'source' has another content/],
    ["initial", { run: 7 }, /'initial' has another content/],
  ];
  const path = join(folder, "edited");
  mkdirSync(path);
  for (const [name, value, message] of cases) {
    writeFileSync(join(path, "run.json"), JSON.stringify({ ...stored, [name]: value }));
    await assert.rejects(readRunManifest(path), message, name);
  }
  writeFileSync(join(path, "run.json"), "[]");
  await assert.rejects(readRunManifest(path), /it does not hold the manifest of a run/);
});
