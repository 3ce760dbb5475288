/** `npm run detect` with a run whose channels are sequences. */
import assert from "node:assert/strict";
import { cpSync, existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { detectInputs } from "../../src/report/detect-inputs";
import { temporaryFolder } from "../data/files";

const ROOT = join(__dirname, "..", "..");
const PATIENTS = join(ROOT, "tests", "reference", "label-maps", "patients");

/** The bundled run, as if it had been trained on sequences. */
function runOfSequences(): string {
  const run = join(temporaryFolder(), "run");
  cpSync(join(ROOT, "data", "models", "accurate-sample"), run, { recursive: true });
  const file = join(run, "run.json");
  const manifest = JSON.parse(readFileSync(file, "utf8")) as { config: { data: object } };
  Object.assign(manifest.config.data, { channels: ["t1ce", "flair"], scanPercentiles: [2, 98] });
  writeFileSync(file, JSON.stringify(manifest));
  return run;
}

interface Results {
  volumes: {
    name: string;
    notes: string[];
    slices: { file: string; window: { source: string } }[];
  }[];
}

const settings = { minScore: 0, pictures: true, html: true, volume: { slices: [7, 8] as const } };

test("detection finds the run's sequences of each patient, with the run's percentiles", async () => {
  const folder = temporaryFolder();
  for (const name of ["Case_000", "Case_001"])
    cpSync(join(PATIENTS, name), join(folder, name), { recursive: true });
  rmSync(join(folder, "Case_001", "Case_001_flair.nii.gz"));
  const [weights, out] = [runOfSequences(), temporaryFolder()];
  const result = await detectInputs({ ...settings, weights, out, paths: [folder] });
  assert.ok(result.isComplete);
  assert.equal(result.failed.length, 1);
  assert.match(result.failed[0], /Case_001: no sequence is called 'flair'/);
  const { volumes } = JSON.parse(readFileSync(join(out, "detections.json"), "utf8")) as Results;
  assert.deepEqual(
    volumes.map(({ name }) => name),
    [join(folder, "Case_000")],
  );
  const [{ slices, notes }] = volumes;
  assert.equal(slices.length, 2);
  assert.ok(slices.every(({ file }) => file.endsWith("_t1ce.nii.gz")));
  assert.ok(slices.every(({ window }) => window.source === "percentiles 2 and 98"));
  assert.match(
    notes[0],
    /the channels are the sequences t1ce, flair, .* third is the mean of both/,
  );
  assert.ok(existsSync(join(out, "Case_000.html")));
  // Percentiles of the command line replace those of the run.
  const given = { ...settings.volume, percentiles: [1, 99] as const };
  await detectInputs({ ...settings, volume: given, weights, out, paths: [folder] });
  assert.match(readFileSync(join(out, "detections.json"), "utf8"), /percentiles 1 and 99/);
});

test("detection refuses files without sequences, and names the channels", async () => {
  const image = join(ROOT, "data", "sample", "images", "test", "030_110.jpg");
  const scan = join(PATIENTS, "Case_000", "Case_000_t1ce.nii.gz");
  const weights = runOfSequences();
  const { failed } = await detectInputs({
    ...settings,
    ...{ weights, out: temporaryFolder(), paths: [image] },
  });
  assert.match(failed[0], /030_110\.jpg: .* the channels are the sequences t1ce, flair/);
  await assert.rejects(
    detectInputs({ ...settings, weights, out: temporaryFolder(), paths: [scan] }),
    /no sequence is called 'flair'/,
  );
});
