/** Label maps, scans and descriptions with wrong bytes: refused or read, never a crash. */
import assert from "node:assert/strict";
import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { gunzipSync } from "node:zlib";
import { openDataset } from "../../../../src/data/dataset";
import { Random } from "../../../../src/util/random";
import { temporaryFolder, writeFiles } from "../../files";

const FILES = join(__dirname, "..", "..", "..", "reference", "label-maps", "paired");
const TRIALS = 60;
/** Errors of JavaScript that mean that the code did not expect the input. */
const CRASH = /TypeError|RangeError|undefined|null \(|is not a function|Maximum call stack/;

/** Opens a data set, and decodes nothing but what opening decodes. Fails if the code crashes. */
async function readOrRefused(folder: string, name: string): Promise<void> {
  try {
    const { images, problems } = await openDataset(folder);
    for (const { message } of problems) assert.doesNotMatch(message, CRASH, name);
    for (const { annotations, width, height } of images)
      for (const { box } of annotations) {
        assert.ok(box.every(Number.isFinite), name);
        assert.ok(box[0] >= 0 && box[1] >= 0 && box[2] <= width && box[3] <= height, name);
      }
  } catch (error) {
    assert.ok(error instanceof Error, name);
    assert.doesNotMatch(`${error.name} ${error.message}`, CRASH, name);
  }
}

/** A copy of the data set with files that are not packed. */
function copyOf(): string {
  const folder = temporaryFolder();
  cpSync(join(FILES, "dataset.json"), join(folder, "dataset.json"));
  for (const name of ["imagesTr/brain_00_0001", "labelsTr/brain_00"]) {
    const bytes = gunzipSync(readFileSync(join(FILES, `${name}.nii.gz`)));
    writeFiles(folder, { [`${name}.nii`]: bytes });
  }
  return folder;
}

test("files with wrong bytes are read or refused", async () => {
  const random = new Random("label maps");
  const files = ["dataset.json", "imagesTr/brain_00_0001.nii", "labelsTr/brain_00.nii"];
  for (let trial = 0; trial < TRIALS; trial++) {
    const folder = copyOf();
    const path = join(folder, files[trial % files.length]);
    let bytes = readFileSync(path);
    // Two of three trials change the header; the others cut the file.
    if (trial % 9 < 3) bytes = bytes.subarray(0, random.integer(bytes.length));
    else
      for (let i = 0; i < 4; i++)
        bytes[random.integer(Math.min(352, bytes.length))] = random.integer(256);
    writeFileSync(path, bytes);
    await readOrRefused(folder, `trial ${trial}: ${files[trial % files.length]}`);
  }
});

const DESCRIPTIONS: Readonly<Record<string, string>> = {
  "a list": "[]",
  null: "null",
  "a number": "7",
  "labels are a list": '{"labels": ["a", "b"]}',
  "labels are null": '{"labels": null, "channel_names": null}',
  "a label is an object": '{"labels": {"a": {"b": 1}, "c": 4}}',
  "a label is text": '{"labels": {"a": "b", "c": 4}}',
  "labels are negative or fractions": '{"labels": {"a": -1, "b": 0.5, "c": 1e300}}',
  "the prototype as a name": '{"labels": {"__proto__": 1, "constructor": 2, "toString": 4}}',
  "channels are numbers": '{"labels": {"c": 4}, "channel_names": {"0": 1, "1": ["x"]}}',
  "a channel with a large number": '{"labels": {"c": 4}, "channel_names": {"999": "x"}}',
  "a label in a list of lists": '{"labels": {"c": [[1], 2]}}',
  "an empty name": '{"labels": {"": 4}}',
  "lists a thousand levels deep": `{"labels": ${"[".repeat(1000)}${"]".repeat(1000)}}`,
  "not JSON": '{"labels": ',
  "bytes that are not text": "\u0000\u0001\uFFFD",
  nothing: "",
};

const READ: Readonly<Record<string, string | Buffer>> = {
  "a byte order mark": '\uFEFF{"labels": {"background": 0, "core": 1, "edema": [2, 4]}}',
  "UTF-16": Buffer.from('\uFEFF{"labels": {"core": 1, "edema": [2, 4]}}', "utf16le"),
  "numbers that are texts": '{"labels": {"background": "0", "core": "1", "edema": ["2", "4"]}}',
};

for (const [name, text] of Object.entries(READ))
  test(`dataset.json with ${name} names the classes`, async () => {
    const folder = copyOf();
    writeFiles(folder, { "dataset.json": text });
    assert.deepEqual((await openDataset(folder)).classNames, ["core", "edema"]);
  });

for (const [name, text] of Object.entries(DESCRIPTIONS))
  test(`dataset.json: ${name}`, async () => {
    const folder = copyOf();
    writeFiles(folder, { "dataset.json": text });
    await readOrRefused(folder, name);
    const { images } = await openDataset(folder);
    assert.ok(images.length > 0, "the slices are read all the same");
  });
