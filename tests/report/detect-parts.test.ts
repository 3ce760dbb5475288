/** Detection in parts gives the same files as detection in all inputs at once. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, test } from "node:test";
import { type DetectOptions, detectInputs } from "../../src/report/detect-inputs";
import { type DetectPart, detectInParts, detectPart } from "../../src/report/detect-parts";
import { temporaryFolder } from "../data/files";

const ROOT = join(__dirname, "..", "..");
const PATIENTS = join(ROOT, "tests", "reference", "label-maps", "patients");
const IMAGES = join(ROOT, "data", "sample", "images", "val");

const home = temporaryFolder();
const inputs = join(home, "inputs");
const options: Omit<DetectOptions, "out"> = {
  ...{ paths: [inputs], weights: join(ROOT, "data", "models", "accurate-sample") },
  ...{ minScore: 0.05, pictures: true, html: true, volume: { slices: [7, 8] } },
};

before(async () => {
  // Equal names in two folders get numbers, which depend on all inputs.
  for (const folder of ["a", "b"]) {
    mkdirSync(join(inputs, folder), { recursive: true });
    for (const name of readdirSync(IMAGES).slice(0, 3))
      cpSync(join(IMAGES, name), join(inputs, folder, name));
  }
  writeFileSync(join(inputs, "b", "broken.png"), "no picture");
  const patient = join(PATIENTS, "Case_000");
  cpSync(join(patient, "Case_000_t1ce.nii.gz"), join(inputs, "a", "scan.nii.gz"));
  cpSync(join(patient, "Case_000_flair.nii.gz"), join(inputs, "b", "scan.nii.gz"));
  await detectInputs({ ...options, out: join(home, "whole") });
});

/** SHA-256 of every file of a folder. */
function hashes(folder: string): Record<string, string> {
  const hashOf = (name: string) =>
    createHash("sha256")
      .update(readFileSync(join(folder, name)))
      .digest("hex");
  const names = readdirSync(folder).filter((name) => !name.startsWith("."));
  return Object.fromEntries(names.sort().map((name) => [name, hashOf(name)]));
}

/** Runs parts in the order from the last to the first. */
const run = async (parts: readonly DetectPart[]) => {
  for (const { request } of [...parts].reverse()) assert.ok(await detectPart(request, {}));
};

test("the files are the same, and the parts are removed", async () => {
  const out = join(home, "parts");
  const whole = await detectInputs({ ...options, out: join(home, "whole") });
  const { isComplete, summary, notes, failed } = await detectInParts(
    { ...options, out },
    { size: 2, run },
  );
  assert.ok(isComplete);
  assert.deepEqual(hashes(out), hashes(join(home, "whole")));
  assert.deepEqual([summary, notes, failed], [whole.summary, whole.notes, whole.failed]);
  assert.equal(failed.length, 1);
});

test("finished parts are not run again, unless a file or an option has changed", async () => {
  const out = join(home, "again");
  const ran: string[][] = [];
  const runSome = (count: number) => async (parts: readonly DetectPart[]) => {
    ran.push(parts.map(({ name }) => name));
    await run(parts.slice(0, count));
  };
  const pictures = { ...options, html: false, paths: [join(inputs, "a")] };
  const first = await detectInParts({ ...pictures, out }, { size: 1, run: runSome(2) });
  assert.equal(first.isComplete, false);
  assert.match(first.summary, /in 2 images$/);
  const [image] = readdirSync(join(inputs, "a"));
  cpSync(join(IMAGES, image), join(inputs, "a", image));
  await detectInParts({ ...pictures, out }, { size: 1, run: runSome(1) });
  await detectInParts({ ...pictures, out, minScore: 0.06 }, { size: 1, run: runSome(9) });
  const all = ["part 1", "part 2", "part 3", "part 4"];
  assert.deepEqual(ran, [all, ["part 1", "part 3", "part 4"], all]);
  assert.ok(!readdirSync(out).includes("detect-parts"));
});

test("other files in the folder of the parts are left alone", async () => {
  const out = join(home, "other");
  mkdirSync(join(out, "detect-parts"), { recursive: true });
  writeFileSync(join(out, "detect-parts", "mine.txt"), "");
  await assert.rejects(
    detectInParts({ ...options, out }, { size: 2, run }),
    /detect-parts holds other files, such as mine\.txt: move them away/,
  );
});
