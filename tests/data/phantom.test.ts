import assert from "node:assert/strict";
import { readFileSync, readdirSync, statSync } from "fs";
import { join } from "path";
import { test } from "node:test";
import { gunzipSync } from "zlib";
import { openDataset } from "../../src/data/dataset";
import { decodeImage } from "../../src/data/image";
import { PHANTOM_CLASSES, PhantomImage, renderCohort } from "../../src/data/phantom/cohort";
import { drawPatient, type Patient } from "../../src/data/phantom/patient";
import { EXACT_READER } from "../../src/data/phantom/reader";
import { renderScan } from "../../src/data/phantom/scan";
import { renderSlice } from "../../src/data/phantom/slice";
import type { TumorKind } from "../../src/data/phantom/tumor";
import { openVolume } from "../../src/data/volumes/open-volumes";
import { slicePicture } from "../../src/data/volumes/volume";
import { formatLabels } from "../../src/data/formats/yolo/labels";
import { Random } from "../../src/util/random";
import type { ImageBox } from "../../src/types";

const SAMPLE = join(__dirname, "..", "..", "data", "sample");
/** The default of `npm run sample`. */
const SEED = "sample-63";
const MEGABYTE = 1e6;

function firstSlices(seed: string, count: number): PhantomImage[] {
  const slices: PhantomImage[] = [];
  for (const slice of renderCohort(seed)) {
    slices.push(slice);
    if (slices.length === count) break;
  }
  return slices;
}

/** A patient with one clear tumor, whose boxes are exact. */
function patientWithOne(id: string, kind: TumorKind, seed: string): Patient {
  return drawPatient(
    { id, reader: EXACT_READER, plan: { arrangement: "one", kind, look: "clear" } },
    new Random(seed),
  );
}

function sizeOf(path: string): number {
  if (!statSync(path).isDirectory()) return statSync(path).size;
  return readdirSync(path).reduce((sum, name) => sum + sizeOf(join(path, name)), 0);
}

test("the bundled sample is a valid data set with everything that the notebooks need", async () => {
  const sample = (await openDataset(SAMPLE)).requireValid();
  assert.deepEqual(sample.problems, []);
  assert.deepEqual(sample.classNames, [...PHANTOM_CLASSES]);
  assert.deepEqual(sample.splits.sort(), ["test", "train", "val"]);
  assert.ok(sizeOf(SAMPLE) < 2 * MEGABYTE);
  for (const name of sample.splits) {
    const part = sample.split(name);
    const counts = part.images.map(({ annotations }) => annotations.length);
    assert.ok(
      counts.includes(0) && counts.includes(1) && counts.includes(2),
      `${name}: slices with no, one and two boxes`,
    );
    assert.ok(part.images.length >= 3 * part.patients.length, `${name}: several slices a patient`);
    const classes = part.images.flatMap(({ annotations }) =>
      annotations.map(({ classId }) => classId),
    );
    assert.deepEqual(Array.from(new Set(classes)).sort(), [0, 1], name);
  }
});

test("in the bundled sample, each field of view occurs with both classes", async () => {
  const { images } = await openDataset(SAMPLE);
  const classesOf = new Map<string, Set<number>>();
  for (const { width, height, annotations } of images) {
    const shape = `${width}x${height}`;
    if (!classesOf.has(shape)) classesOf.set(shape, new Set());
    for (const { classId } of annotations) classesOf.get(shape)!.add(classId);
  }
  assert.ok(classesOf.size >= 3, "several fields of view");
  for (const [shape, classes] of classesOf) assert.equal(classes.size, 2, `${shape} has one class`);
});

test("the bundled sample is equal to the images that the seed renders", async () => {
  const slices = firstSlices(SEED, 12);
  assert.ok(slices.some(({ boxes }) => boxes.length > 0));
  for (const { split, name, pixels, width, height, boxes } of slices) {
    const label = readFileSync(join(SAMPLE, "labels", split, `${name}.txt`), "utf8");
    assert.equal(label, formatLabels(boxes, { width, height }), name);
    const file = await decodeImage(join(SAMPLE, "images", split, `${name}.jpg`));
    assert.deepEqual([file.width, file.height], [width, height], name);
    const difference =
      pixels.reduce((sum, value, i) => sum + Math.abs(value - file.pixels[i]), 0) / pixels.length;
    assert.ok(difference < 4, `${name}: ${difference} more than JPEG changes`);
  }
});

test("the bundled scan is equal to the one that the seed renders, and its tumors are in its boxes", async () => {
  const path = join(SAMPLE, "..", "scan", "031.nii.gz");
  const { file, boxes } = renderScan(SEED);
  assert.ok(gunzipSync(readFileSync(path)).equals(gunzipSync(file)));
  assert.ok(!(await openDataset(SAMPLE)).patients.includes("031"), "a patient of the data set");
  const volume = await openVolume(path);
  assert.deepEqual(
    [volume.slices.length, volume.plane, volume.space],
    [boxes.length, "axial", "RAS"],
  );
  const [i] = Array.from(boxes.keys()).filter((slice) => boxes[slice].length === 2);
  const { pixels, width } = await slicePicture(volume, volume.slices[i]);
  const mean = ([x1, y1, x2, y2]: ImageBox) => {
    let sum = 0;
    for (let y = y1; y < y2; y++) for (let x = x1; x < x2; x++) sum += pixels[y * width + x];
    return sum / ((x2 - x1) * (y2 - y1));
  };
  const overall = pixels.reduce((sum, value) => sum + value, 0) / pixels.length;
  for (const { box } of boxes[i]) assert.ok(mean(box) > 1.5 * overall, "its tumors are bright");
});

test("the same seed renders the same slices, another seed renders others", () => {
  const slices = firstSlices("a", 5);
  assert.deepEqual(slices, firstSlices("a", 5));
  assert.notDeepEqual(slices, firstSlices("b", 5));
});

test("boxes are tight around the pixels that the tumor brightens", () => {
  let seen = 0;
  for (let number = 0; number < 6; number++) {
    const patient = patientWithOne(`t${number}`, (number % 2) as TumorKind, `tight ${number}`);
    const z = patient.tumors[0].center[2];
    const { pixels, width, height, boxes } = renderSlice(patient, z, "tight");
    // The same head and the same noise, without the tumor.
    const healthy = renderSlice({ ...patient, tumors: [] }, z, "tight");
    assert.equal(healthy.boxes.length, 0);
    assert.equal(boxes.length, 1);
    const brightest = pixels.reduce(
      (most, value, i) => Math.max(most, value - healthy.pixels[i]),
      0,
    );
    let [x1, y1, x2, y2] = [width, height, 0, 0];
    pixels.forEach((value, i) => {
      if (value - healthy.pixels[i] < 0.3 * brightest) return;
      const [x, y] = [i % width, Math.floor(i / width)];
      [x1, y1, x2, y2] = [
        Math.min(x1, x),
        Math.min(y1, y),
        Math.max(x2, x + 1),
        Math.max(y2, y + 1),
      ];
    });
    const extent: ImageBox = [x1, y1, x2, y2];
    boxes[0].box.forEach((edge, i) => {
      assert.ok(
        Math.abs(edge - extent[i]) <= 2,
        `patient ${number}: ${boxes[0].box}, brightened ${extent}`,
      );
    });
    seen++;
  }
  assert.equal(seen, 6);
});

test("the middle of a ring is darker than its rim, the middle of a solid tumor is not", () => {
  for (const kind of [0, 1] as const) {
    for (let number = 0; number < 3; number++) {
      const patient = patientWithOne(`k${number}`, kind, `kind ${kind} ${number}`);
      const { pixels, width, boxes } = renderSlice(patient, patient.tumors[0].center[2], "kind");
      const [x1, y1, x2, y2] = boxes[0].box;
      const inside: number[] = [];
      const middle: number[] = [];
      for (let y = y1; y < y2; y++) {
        for (let x = x1; x < x2; x++) {
          const value = pixels[y * width + x];
          inside.push(value);
          const [u, v] = [(2 * x + 1 - x1 - x2) / (x2 - x1), (2 * y + 1 - y1 - y2) / (y2 - y1)];
          if (Math.hypot(u, v) < 0.3) middle.push(value);
        }
      }
      const rim = inside.sort((a, b) => a - b)[Math.floor(0.9 * inside.length)];
      const mean = middle.reduce((sum, value) => sum + value, 0) / middle.length;
      if (kind === 0) assert.ok(mean < 0.6 * rim, `ring: middle ${mean}, rim ${rim}`);
      else assert.ok(mean > 0.8 * rim, `solid: middle ${mean}, rim ${rim}`);
    }
  }
});
