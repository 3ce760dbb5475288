/** Several sequences of a patient as the channels of an image, in training and in detection. */
import assert from "node:assert/strict";
import { cpSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { configure, presets } from "../../../../src/config/index";
import { openDataset } from "../../../../src/data/dataset";
import { decodeRecord, decodeToShow } from "../../../../src/data/image";
import { loadRecordImage, toNetworkImage } from "../../../../src/data/sample";
import { scansIn } from "../../../../src/data/volumes/open-volumes";
import { detectorImage, slicePicture, type Volume } from "../../../../src/data/volumes/volume";
import { openSequences } from "../../../../src/inference/find-sequences";
import { withChannels } from "../../../../src/training/with-channels";
import type { ImageRecord } from "../../../../src/types";
import { temporaryFolder } from "../../files";

const FILES = join(__dirname, "..", "..", "..", "reference", "label-maps");
/** All slices, also of the smallest lesions. */
const ALL = { every: 1, lesionFree: 1000, minArea: 1 };
const CHANNELS = ["t1ce", "flair"];

const withLesion = (images: readonly ImageRecord[]) =>
  images.find(({ annotations }) => annotations.length)!;

/** The channel of an image as grey pixels. */
const channel = (pixels: Uint8Array, index: number) => pixels.filter((_, i) => i % 3 === index);

test("two names make two channels of the sequences in their order, and their mean the third", async () => {
  const both = (
    await openDataset(join(FILES, "patients"), { ...ALL, sequence: CHANNELS })
  ).requireValid();
  const flair = await openDataset(join(FILES, "patients"), { ...ALL, sequence: "flair" });
  assert.equal(both.images.length, flair.images.length);
  // Files of the patients store their axes in different directions.
  for (const [i, image] of both.images.entries()) {
    const { pixels } = await decodeRecord(image, { channels: CHANNELS });
    const first = (await decodeRecord(image)).pixels;
    const second = (await decodeRecord(flair.images[i])).pixels;
    assert.deepEqual(channel(pixels, 0), first, image.id);
    assert.deepEqual(channel(pixels, 1), second, image.id);
    const mean = first.map((value, pixel) => Math.round((value + second[pixel]) / 2));
    assert.deepEqual(channel(pixels, 2), mean, image.id);
  }
  const [image] = both.images;
  const turned = await decodeRecord(image, { channels: ["FLAIR", "t1ce"] });
  assert.deepEqual(
    channel(turned.pixels, 0),
    channel((await decodeRecord(image, { channels: CHANNELS })).pixels, 1),
  );
});

test("pictures for people show the first sequence in grey", async () => {
  const { images } = await openDataset(join(FILES, "patients"), { ...ALL, sequence: CHANNELS });
  const image = withLesion(images);
  const shown = await decodeToShow(image);
  assert.equal("channels" in shown, false);
  assert.deepEqual(shown.pixels, (await decodeRecord(image)).pixels);
  assert.match(image.path, /_t1ce\.nii\.gz$/);
});

test("channels are found by the names of dataset.json: numbered files, and volumes of one file", async () => {
  const paired = await openDataset(join(FILES, "paired"), { ...ALL, sequence: ["T1Gd", "FLAIR"] });
  assert.deepEqual(paired.patients, ["brain_00", "brain_01"]);
  assert.deepEqual(paired.channelNames, ["FLAIR", "T1Gd"]);
  const decathlon = await openDataset(join(FILES, "decathlon"), {
    ...ALL,
    sequence: ["gd", "flair"],
  });
  for (const { images, channelNames } of [paired, decathlon]) {
    const sequences = [channelNames[1], channelNames[0]];
    const image = withLesion(images);
    const { pixels } = await decodeRecord(image, { channels: sequences });
    // FLAIR is the negative of T1 in these files: both have a difference of grey values.
    const [t1, flair] = [channel(pixels, 0), channel(pixels, 1)];
    const brightest = t1.indexOf(Math.max(...t1));
    assert.ok(flair[brightest] < 50);
  }
});

test("a patient who lacks a sequence, or has it in other voxels, is left out with the reason", async () => {
  const folder = temporaryFolder();
  cpSync(join(FILES, "patients"), folder, { recursive: true });
  rmSync(join(folder, "Case_001", "Case_001_flair.nii.gz"));
  const lacking = await openDataset(folder, { ...ALL, sequence: CHANNELS });
  assert.deepEqual(lacking.patients, ["Case_000", "Case_002", "Case_003"]);
  assert.match(
    lacking.problems.map(({ message }) => message).join("\n"),
    /Case_001: no sequence is called 'flair'; the sequences are t1ce/,
  );
  const shifted = await openDataset(join(FILES, "other-grid"), { ...ALL, sequence: CHANNELS });
  assert.deepEqual(shifted.patients, ["Case_1"]);
  assert.match(
    shifted.problems.map(({ message }) => message).join("\n"),
    /Case_0: .* up to 1\.50 mm apart: the sequence flair must have the voxels of the others/,
  );
});

test("a channel of nnU-Net whose file is missing is not read from the file of another channel", async () => {
  const folder = temporaryFolder();
  cpSync(join(FILES, "paired"), folder, { recursive: true });
  rmSync(join(folder, "imagesTr", "brain_00_0001.nii.gz"));
  for (const sequence of ["T1Gd", ["FLAIR", "T1Gd"]]) {
    const { patients, problems } = await openDataset(folder, { ...ALL, sequence });
    assert.deepEqual(patients, ["brain_01"]);
    assert.match(
      problems.map(({ message }) => message).join("\n"),
      /brain_00: no sequence is called 'T1Gd'; the sequences are FLAIR/,
    );
  }
});

test("a file of the Decathlon with another number of volumes than channels is left out", async () => {
  const folder = temporaryFolder();
  cpSync(join(FILES, "decathlon"), folder, { recursive: true });
  const description = JSON.parse(readFileSync(join(folder, "dataset.json"), "utf8"));
  description.modality["2"] = "T2";
  writeFileSync(join(folder, "dataset.json"), JSON.stringify(description));
  const { images, problems } = await openDataset(folder, { ...ALL, sequence: "gd" });
  assert.equal(images.length, 0);
  assert.match(
    problems.map(({ message }) => message).join("\n"),
    /it has 2 volumes, and dataset\.json names 3 channels/,
  );
});

test("names that mean the same sequence, and channels of images without sequences, are refused", async () => {
  const same = await openDataset(join(FILES, "patients"), { sequence: ["t1", "t1ce"] });
  assert.match(
    same.problems.map(({ message }) => message).join("\n"),
    /'t1' and 't1ce' both mean the sequence t1ce/,
  );
  const sample = await openDataset(join(__dirname, "..", "..", "..", "..", "data", "sample"));
  await assert.rejects(
    decodeRecord(sample.images[0], { channels: CHANNELS }),
    /it has no sequences to choose from, and the channels are the sequences t1ce, flair/,
  );
});

test("the configuration takes the sequences of the data set, and refuses others", async () => {
  const dataset = await openDataset(join(FILES, "patients"), { ...ALL, sequence: CHANNELS });
  const config = withChannels(presets.default, dataset);
  assert.deepEqual(config.data.channels, CHANNELS);
  assert.deepEqual(withChannels(config, dataset), config);
  const other = configure(presets.default, { data: { channels: ["flair", "t2"] } });
  assert.throws(
    () => withChannels(other, dataset),
    /names the sequences flair, t2, .* t1ce, flair/,
  );
  const one = await openDataset(join(FILES, "patients"), { ...ALL, sequence: "flair" });
  assert.equal(withChannels(presets.default, one), presets.default);
});

/** What the network gets of each slice of a volume. */
async function networkPixels(volume: Volume, data: typeof presets.default.data) {
  const images = volume.slices.map(async (slice) =>
    toNetworkImage(await detectorImage(volume, slice, await slicePicture(volume, slice)), data),
  );
  return (await Promise.all(images)).map(({ pixels }) => Buffer.from(pixels).toString("hex"));
}

for (const { set, sequence } of [
  { set: "patients", sequence: ["t1ce", "flair"] },
  { set: "paired", sequence: ["T1Gd", "FLAIR"] },
  { set: "decathlon", sequence: ["t1gd", "FLAIR"] },
])
  test(`detection in scans gives the network the pixels of training: ${set}`, async () => {
    const dataset = await openDataset(join(FILES, set), { ...ALL, sequence });
    const { data } = configure(presets.default, { data: { imageSize: 64, channels: sequence } });
    const { channelNames } = dataset;
    const wanted = { sequences: sequence, channelNames };
    // A new patient's scans lie in a folder without dataset.json.
    for (const patient of dataset.patients) {
      const folder = temporaryFolder();
      const images = dataset.images.filter((image) => image.patient === patient);
      for (const path of await scansIn(join(FILES, set)))
        if (path.includes(`${patient}`) && !path.includes("labels"))
          cpSync(path, join(folder, path.slice(path.lastIndexOf("/") + 1)));
      const { volumes, failed } = await openSequences(await scansIn(folder), wanted);
      assert.deepEqual(failed, []);
      assert.equal(volumes.length, 1);
      assert.equal(volumes[0].slices.length, 16);
      const seen = await networkPixels(volumes[0], data);
      for (const image of images) {
        const { pixels } = await loadRecordImage(image, data);
        assert.ok(seen.includes(Buffer.from(pixels).toString("hex")), image.id);
      }
    }
  });

test("detection names the patient who lacks a sequence, or has it in other voxels", async () => {
  const wanted = { sequences: CHANNELS, channelNames: [] };
  const folder = temporaryFolder();
  cpSync(join(FILES, "patients"), folder, { recursive: true });
  rmSync(join(folder, "Case_001", "Case_001_flair.nii.gz"));
  const { volumes, failed } = await openSequences(await scansIn(folder), wanted);
  assert.deepEqual(
    volumes.map(({ name }) => name),
    ["Case_000", "Case_002", "Case_003"].map((name) => join(folder, name)),
  );
  assert.equal(failed.length, 1);
  assert.match(
    failed[0],
    /Case_001: no sequence is called 'flair'; the sequences are .*t1ce\. The detector was trained on the channels t1ce, flair and needs all of them/,
  );
  const shifted = await openSequences(await scansIn(join(FILES, "other-grid")), wanted);
  assert.equal(shifted.volumes.length, 1);
  assert.match(
    shifted.failed[0],
    /Case_0: slice 0 of t1ce .* the sequences must have the same voxels/,
  );
});

test("several patients in one folder are told apart by the beginnings of their names", async () => {
  const folder = temporaryFolder();
  for (const name of ["Case_000", "Case_001"])
    cpSync(join(FILES, "patients", name), folder, { recursive: true });
  const wanted = { sequences: CHANNELS, channelNames: [] };
  const { volumes, failed } = await openSequences(await scansIn(folder), wanted);
  assert.deepEqual(failed, []);
  assert.deepEqual(
    volumes.map(({ name }) => name),
    [join(folder, "Case_000"), join(folder, "Case_001")],
  );
});

test("a patient who lacks a sequence does not get that of a patient with a longer name", async () => {
  const folder = temporaryFolder();
  for (const name of ["t1ce", "flair"])
    for (const [i, patient] of ["p_1", "p_1_b"].entries())
      cpSync(
        join(FILES, "patients", `Case_00${i}`, `Case_00${i}_${name}.nii.gz`),
        join(folder, `${patient}_${name}.nii.gz`),
      );
  rmSync(join(folder, "p_1_flair.nii.gz"));
  const wanted = { sequences: CHANNELS, channelNames: [] };
  const { volumes, failed } = await openSequences(await scansIn(folder), wanted);
  assert.deepEqual(
    volumes.map(({ name }) => name),
    [join(folder, "p_1_b")],
  );
  assert.match(failed.join("\n"), /^\S+p_1: no sequence is called 'flair'/);
});
