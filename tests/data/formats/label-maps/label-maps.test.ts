/** Scans with label maps, against boxes that SciPy finds in the same files. */
import assert from "node:assert/strict";
import { cpSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { gunzipSync } from "node:zlib";
import { openDataset } from "../../../../src/data/dataset";
import { decodeRecord } from "../../../../src/data/image";
import type { ReadOptions } from "../../../../src/data/read-dataset";
import { PLANES } from "../../../../src/data/volumes/geometry";
import { openVolume } from "../../../../src/data/volumes/open-volumes";
import { slicePicture } from "../../../../src/data/volumes/volume";
import { temporaryFolder, writeFiles } from "../../files";

const REFERENCE = join(__dirname, "..", "..", "..", "reference");
const FILES = join(REFERENCE, "label-maps");

interface ExpectedBox {
  classId: number;
  box: number[];
  area: number;
}
type ExpectedCase = Record<string, Record<string, ExpectedBox[]>>;

const expected = JSON.parse(readFileSync(join(REFERENCE, "label-maps.json"), "utf8")) as {
  patients: Record<string, ExpectedCase>;
  paired: Record<string, ExpectedCase>;
};

const open = (name: string, options: ReadOptions = {}) => openDataset(join(FILES, name), options);

/** All slices, also of the smallest lesions. */
const ALL = { every: 1, lesionFree: 1000, minArea: 1 };

/** Boxes in a fixed order, for comparison. */
const sorted = (boxes: { classId: number; box: readonly number[] }[]) =>
  boxes.map(({ classId, box }) => [classId, ...box]).sort((a, b) => (a.join() < b.join() ? -1 : 1));

for (const plane of PLANES) {
  test(`the boxes of every ${plane} slice are those of SciPy`, async () => {
    const dataset = (await open("patients", { ...ALL, plane })).requireValid();
    // The voxels are 2 mm high: slices along that axis are enlarged, which moves them by half a
    // pixel.
    const isEnlarged = plane !== "axial";
    let compared = 0;
    for (const { id, patient, annotations } of dataset.images) {
      const index = String(Number(/-(\d+)$/.exec(id)![1]));
      const boxes = (expected.patients[patient!][plane][index] ?? []).map(({ classId, box }) => {
        const [x1, y1, x2, y2] = box;
        const down = (y: number) => Math.min(2 * 16, 2 * y + 0.5);
        const width = plane === "sagittal" ? 20 : 24;
        const across = (x: number) => Math.min(width, x + 0.5);
        return isEnlarged
          ? { classId, box: [across(x1), down(y1), across(x2), down(y2)] }
          : { classId, box };
      });
      assert.deepEqual(sorted([...annotations]), sorted(boxes), id);
      compared += boxes.length;
    }
    const total = Object.values(expected.patients)
      .flatMap((planes) => Object.entries(planes[plane]))
      // Slices without a lesion near the ends of the scan are not images; lesions always are.
      .reduce((sum, [, boxes]) => sum + boxes.length, 0);
    assert.equal(compared, total);
  });
}

test("a slice with a part of a lesion that is too small for a box is not one without a lesion", async () => {
  const { images } = await open("patients", { every: 1, lesionFree: 1000, minArea: 1000 });
  assert.ok(images.length);
  for (const { id, patient, annotations } of images) {
    const index = String(Number(/-(\d+)$/.exec(id)![1]));
    assert.deepEqual(annotations, []);
    assert.deepEqual(expected.patients[patient!].axial[index] ?? [], [], id);
  }
});

test("a lesion keeps its name through its slices, and different lesions have different names", async () => {
  const { images } = await open("patients", ALL);
  for (const [patient, { axial }] of Object.entries(expected.patients)) {
    const names = images
      .filter((image) => image.patient === patient)
      .flatMap(({ annotations }) => annotations.map(({ lesion }) => lesion!));
    const most = Math.max(...Object.values(axial).map((boxes) => boxes.length));
    assert.equal(names.length, Object.values(axial).flat().length);
    assert.ok(new Set(names).size >= most);
    assert.ok(names.every((name) => name.startsWith(`${patient}/${patient}_seg.nii.gz#`)));
  }
});

test("lesions that cover too few voxels of a slice have no box there, and are counted", async () => {
  const dataset = await open("patients", { every: 1, minArea: 10 });
  const all = Object.values(expected.patients).flatMap(({ axial }) => Object.values(axial).flat());
  assert.equal(dataset.boxCount, all.filter(({ area }) => area >= 10).length);
  const small = all.filter(({ area }) => area < 10).length;
  assert.ok(small > 0);
  assert.match(dataset.notes.join(" "), new RegExp(`fewer than 10 voxels .* left out: ${small};`));
});

test("images are the slices that detection in the same scan sees", async () => {
  const { images } = await open("patients", { ...ALL, sequence: "flair" });
  const image = images.find(({ annotations }) => annotations.length)!;
  const { pixels } = await decodeRecord(image);
  const volume = await openVolume(image.path);
  const pictures = await Promise.all(volume.slices.map((slice) => slicePicture(volume, slice)));
  assert.match(image.path, /_flair\.nii\.gz$/);
  const equal = pictures.filter((picture) =>
    Buffer.from(picture.pixels).equals(Buffer.from(pixels)),
  );
  assert.equal(equal.length, 1);
});

test("the scan and its label map are aligned by their positions: bright voxels are in the boxes", async () => {
  const { images } = await open("patients", ALL);
  for (const image of images) {
    const { pixels, width } = await decodeRecord(image);
    for (const [i, value] of pixels.entries()) {
      const [x, y] = [i % width, Math.floor(i / width)];
      const inside = image.annotations.some(
        ({ box }) => x >= box[0] && x < box[2] && y >= box[1] && y < box[3],
      );
      // The lesions have values of 1 and more, and the noise a standard deviation of 0.2.
      if (value > 200) assert.ok(inside, `${image.id}: ${x}, ${y}`);
    }
  }
});

test("imagesTr and labelsTr are read with the classes and channels of dataset.json", async () => {
  const dataset = (await open("paired", ALL)).requireValid();
  assert.deepEqual(dataset.classNames, ["tumor", "core"]);
  assert.deepEqual(dataset.splits, ["train", "test"]);
  assert.deepEqual(dataset.patients, ["brain_00", "brain_01"]);
  // Contrast-enhanced T1 is channel 1.
  assert.ok(dataset.images.every(({ path }) => path.endsWith("_0001.nii.gz")));
  for (const { id, patient, annotations } of dataset.images) {
    const index = String(Number(/-(\d+)$/.exec(id)![1]));
    assert.deepEqual(
      sorted([...annotations]),
      sorted(expected.paired[patient!].axial[index] ?? []),
      id,
    );
  }
});

test("options choose the sequence and the classes", async () => {
  const options = { ...ALL, sequence: "FLAIR", labels: { ring: [2], core: [1, 4] } };
  const dataset = (await open("patients", options)).requireValid();
  assert.deepEqual(dataset.classNames, ["ring", "core"]);
  assert.ok(dataset.images.every(({ path }) => path.endsWith("_flair.nii.gz")));
  const found = new Set(
    dataset.images.flatMap(({ annotations }) => annotations.map((a) => a.classId)),
  );
  assert.deepEqual([...found].sort(), [0, 1]);
  const { notes } = await open("patients", { ...ALL, labels: { core: [4] } });
  assert.match(notes.join(" "), /belong to no class were ignored: 1, 2\./);
});

test("a sequence that a patient lacks leaves the patient out, with the names that there are", async () => {
  const { problems, images } = await open("patients", { sequence: "dwi" });
  assert.equal(images.length, 0);
  assert.match(
    problems.map(({ message }) => message).join("\n"),
    /Case_000: no sequence is called 'dwi'; the sequences are flair, t1ce/,
  );
});

test("files in one folder belong together by their names; a scan without a label map is told", async () => {
  const { patients, problems } = await open("one-folder");
  assert.deepEqual(patients, ["007"]);
  assert.match(problems.map(({ message }) => message).join("\n"), /008\.nii\.gz has no label map/);
});

test("every n-th slice is read, with the chosen number of slices without a lesion", async () => {
  const { images, notes } = await open("patients", { every: 3, lesionFree: 1, minArea: 1 });
  assert.ok(images.every(({ id }) => Number(/-(\d+)$/.exec(id)![1]) % 3 === 0));
  for (const name of Object.keys(expected.patients)) {
    const without = images.filter(
      ({ patient, annotations }) => patient === name && !annotations.length,
    );
    assert.ok(without.length <= 1);
  }
  assert.match(notes.join(" "), new RegExp(`^.*${images.length} axial slices with`));
});

test("a label map of another grid, one that is a scan, and a broken one leave their patient out", async () => {
  const folder = temporaryFolder();
  cpSync(join(FILES, "patients"), folder, { recursive: true });
  const file = (patient: string, kind: string) =>
    join(folder, patient, `${patient}_${kind}.nii.gz`);
  cpSync(join(FILES, "one-folder", "007_seg.nii.gz"), file("Case_001", "seg"));
  cpSync(file("Case_000", "t1ce"), file("Case_000", "seg"));
  writeFiles(folder, { "Case_002/Case_002_seg.nii.gz": "no scan" });
  rmSync(file("Case_003", "seg"));
  cpSync(join(REFERENCE, "scans", "type-u1.nii"), join(folder, "Case_004", "t1.nii"));
  cpSync(file("Case_001", "seg"), join(folder, "Case_004", "seg.nii.gz"));
  const { problems, patients } = await openDataset(folder);
  const text = problems.map((problem) => problem.message).join("\n");
  assert.deepEqual(patients, ["Case_001"]);
  assert.match(text, /Case_000: .*the value -?\d+ is not a label|Case_000: .*not a label/);
  assert.match(text, /Case_002: .*Case_002_seg\.nii\.gz/);
  assert.match(text, /Case_003_t1ce\.nii\.gz has no label map/);
  assert.match(text, /Case_004: .* voxels.*the label map must have the voxels of the scan/);
});

test("a folder with scans alone says how a label map is named", async () => {
  const folder = temporaryFolder();
  cpSync(join(FILES, "one-folder", "007.nii.gz"), join(folder, "a", "t1.nii.gz"));
  cpSync(join(FILES, "one-folder", "007_seg.nii.gz"), join(folder, "a", "verdict.nii.gz"));
  await assert.rejects(
    openDataset(folder),
    /It has NIfTI scans, such as a\/t1\.nii\.gz, and no file .* --label-map/,
  );
  const { patients, boxCount } = await openDataset(folder, {
    format: "label-maps",
    labelMap: "verdict",
    every: 1,
  });
  assert.deepEqual(patients, ["a"]);
  assert.ok(boxCount > 0);
});

test("a folder with the files of several patients is read like the data set's own folder", async () => {
  const folder = temporaryFolder();
  cpSync(join(FILES, "one-folder"), join(folder, "scans"), { recursive: true });
  const { patients, problems } = await openDataset(folder);
  assert.deepEqual(patients, ["007"]);
  assert.match(problems.map(({ message }) => message).join("\n"), /scans\/008\.nii\.gz has no/);
});

test("without an option, images are about 5 mm apart", async () => {
  const { images } = await open("patients", { minArea: 1 });
  // Axial slices are 2 mm apart: every third one is the nearest.
  const indices = images.map(({ id }) => Number(/-(\d+)$/.exec(id)![1]));
  assert.ok(indices.every((index) => index % 3 === 0));
});

test("a scan belongs to the label map with the longest equal beginning of the name", async () => {
  const folder = temporaryFolder();
  const names = ["p_1", "p_1_b", "p_2"];
  for (const [i, name] of names.entries())
    for (const part of ["flair", "seg"])
      cpSync(
        join(FILES, "patients", `Case_00${i}`, `Case_00${i}_${part}.nii.gz`),
        join(folder, `${name}_${part}.nii.gz`),
      );
  const { images } = await openDataset(folder, ALL);
  for (const name of names) {
    const paths = images.filter(({ patient }) => patient === name).map(({ path }) => path);
    assert.deepEqual([...new Set(paths)], [join(folder, `${name}_flair.nii.gz`)]);
  }
});

test("labels above 255 are different labels", async () => {
  const folder = temporaryFolder();
  const FACTOR = 300;
  const SLOPE_OFFSET = 112;
  for (const name of ["imagesTr/brain_00_0001", "labelsTr/brain_00"]) {
    const bytes = gunzipSync(readFileSync(join(FILES, "paired", `${name}.nii.gz`)));
    if (name.startsWith("labels")) bytes.writeFloatLE(FACTOR, SLOPE_OFFSET);
    writeFiles(folder, { [`${name}.nii`]: bytes });
  }
  const small = JSON.parse(readFileSync(join(FILES, "paired", "dataset.json"), "utf8")) as {
    labels: Record<string, number | number[]>;
  };
  const labels = Object.fromEntries(
    Object.entries(small.labels)
      .filter(([name]) => name !== "background")
      .map(([name, values]) => [name, [values].flat().map((value) => value * FACTOR)]),
  );
  const { images } = await openDataset(folder, { ...ALL, labels });
  assert.ok(images.some(({ annotations }) => annotations.length));
  for (const { id, patient, annotations } of images) {
    const index = String(Number(/-(\d+)$/.exec(id)![1]));
    assert.deepEqual(
      sorted([...annotations]),
      sorted(expected.paired[patient!].axial[index] ?? []),
      id,
    );
  }
});

test("--classes names each class of the label maps, and another number of names is refused", async () => {
  const labels = { core: [1, 4], edema: [2] };
  await assert.rejects(open("patients", { labels, classNames: ["tumor"] }), /give a name for each/);
  const { classNames } = await open("patients", { labels, classNames: ["a", "b"] });
  assert.deepEqual(classNames, ["a", "b"]);
});

test("of two label maps of the same scans, the first is used, with a warning", async () => {
  const folder = temporaryFolder();
  cpSync(join(FILES, "patients"), folder, { recursive: true });
  const name = join(folder, "Case_000", "Case_000_seg");
  cpSync(`${name}.nii.gz`, `${name}_rater2.nii.gz`);
  const { images, problems } = await openDataset(folder, ALL);
  const alone = await open("patients", ALL);
  assert.equal(images.length, alone.images.length);
  assert.deepEqual(
    problems.filter(({ message }) => /another label map/.test(message)).map(({ file }) => file),
    ["Case_000/Case_000_seg_rater2.nii.gz"],
  );
  const second = await openDataset(folder, { ...ALL, labelMap: "rater2" });
  assert.ok(second.images.every(({ labelPath }) => labelPath!.includes("rater2")));
});
