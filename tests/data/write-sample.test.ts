import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "fs";
import { join } from "path";
import { test } from "node:test";
import { type PhantomSample, writeSample } from "../../src/data/phantom/write-sample";
import { ROOT, runCommand } from "../scripts/run-command";
import { temporaryFolder, writeFiles } from "./files";

const textOf = (...path: string[]) => readFileSync(join(...path), "utf8");
const filesIn = (folder: string) => readdirSync(folder, { recursive: true }).map(String).sort();

/** As small as can be: one image. */
const sample = (name: string): PhantomSample => ({
  dataset: new Map<string, string | Buffer>([
    [join("images", "train", `${name}.jpg`), Buffer.from(`pixels of ${name}`)],
    [join("labels", "train", `${name}.txt`), `labels of ${name}`],
    ["data.yaml", "names: [a]\n"],
  ]),
  scan: new Map([["031.nii.gz", Buffer.from(`scan of ${name}`)]]),
});

test("npm run sample writes the bundled bytes, and with --out the scan goes below that folder", () => {
  const out = join(temporaryFolder(), "sample");
  const { status, all } = runCommand("sample", "--out", out);
  assert.equal(status, 0, all);
  const bundled = join(ROOT, "data", "sample");
  for (const name of filesIn(bundled).filter((file) => /\.\w+$/.test(file)))
    assert.ok(readFileSync(join(out, name)).equals(readFileSync(join(bundled, name))), name);
  const scan = join(ROOT, "data", "scan", "031.nii.gz");
  assert.ok(readFileSync(join(out, "scan", "031.nii.gz")).equals(readFileSync(scan)));
});

test("another seed replaces all files of the first, and only them", async () => {
  const out = temporaryFolder();
  await writeSample(sample("first"), out, join(out, "scan"));
  writeFileSync(join(out, "notes.txt"), "my notes");
  await writeSample(sample("second"), out, join(out, "scan"));
  assert.deepEqual(
    filesIn(out).filter((name) => /\.\w{2,4}$/.test(name)),
    [
      "data.yaml",
      "images/train/second.jpg",
      "labels/train/second.txt",
      "notes.txt",
      "scan/031.nii.gz",
    ],
  );
  assert.equal(textOf(out, "scan", "031.nii.gz"), "scan of second");
});

test("a folder with other files is refused, and nothing in it changes", async () => {
  const cases: Record<string, [Record<string, string>, RegExp]> = {
    images: [
      { "images/train/mine.jpg": "mine", "labels/train/mine.txt": "mine" },
      /2 files that are not of the synthetic sample, for example images\/train\/mine\.jpg: name an empty folder/,
    ],
    labels: [{ "labels/train/first.txt": "mine" }, /did not write.*: labels\/train\/first\.txt/],
    description: [{ "data.yaml": "names: [mine]\n" }, /did not write.*: data\.yaml/],
    scan: [{ "scan/031.nii.gz": "mine" }, /did not write.*: 031\.nii\.gz/],
  };
  for (const [name, [files, message]] of Object.entries(cases)) {
    const out = join(temporaryFolder(), name);
    writeFiles(out, files);
    const before = filesIn(out);
    await assert.rejects(writeSample(sample("first"), out, join(out, "scan")), message);
    assert.deepEqual(filesIn(out), before);
    for (const [file, content] of Object.entries(files)) assert.equal(textOf(out, file), content);
  }
});

test("a file of the sample that was changed by hand stays, also when the seed changes", async () => {
  const out = temporaryFolder();
  await writeSample(sample("first"), out, join(out, "scan"));
  writeFileSync(join(out, "labels", "train", "first.txt"), "corrected");
  for (const name of ["first", "second"])
    await assert.rejects(writeSample(sample(name), out, join(out, "scan")), /were changed since/);
  assert.equal(textOf(out, "labels", "train", "first.txt"), "corrected");
  assert.ok(!existsSync(join(out, "images", "train", "second.jpg")));
});

test("the bundled files stay as they are when the same sample is written again", async () => {
  const out = temporaryFolder();
  writeFiles(out, { "images/train/first.jpg": "pixels of first", "data.yaml": "names: [a]\n" });
  await writeSample(sample("first"), out, join(out, "scan"));
  // The files were not written by the command: another sample does not replace them.
  await assert.rejects(
    writeSample(sample("second"), out, join(out, "scan")),
    /not of the synthetic/,
  );
});
