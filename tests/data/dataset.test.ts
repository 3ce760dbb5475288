import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Dataset } from "../../src/data/dataset";
import { groupFolds } from "../../src/data/folds";
import type { ImageRecord } from "../../src/types";

function image(split: string, patient: string, slice: number, boxes: number): ImageRecord {
  const id = `images/${split}/${patient}_${slice}.jpg`;
  const annotations = Array.from({ length: boxes }, (_, i) => {
    const box = [10 * i, 5, 10 * i + 8, 15] as const;
    return { classId: i % 2, box, line: i + 1 };
  });
  return {
    id,
    path: `/data/${id}`,
    labelPath: null,
    split,
    patient,
    width: 64,
    height: 48,
    annotations,
  };
}

/** Patients with the given numbers of slices; every second slice has one more box. */
function cohort(slices: readonly number[], split = "train"): ImageRecord[] {
  return slices.flatMap((count, p) =>
    Array.from({ length: count }, (_, slice) =>
      image(split, String(p + 1).padStart(2, "0"), slice, 1 + (slice % 2)),
    ),
  );
}

const datasetOf = (images: readonly ImageRecord[]) =>
  new Dataset({ root: "/data/small", classNames: ["ring", "solid"], images });
const slicesOf = fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 5, maxLength: 25 });

test("each image is held out in one fold, and no patient is on both sides of a fold", () => {
  fc.assert(
    fc.property(slicesOf, fc.integer({ min: 2, max: 5 }), fc.nat(99), (slices, k, seed) => {
      const dataset = datasetOf(cohort(slices));
      const folds = dataset.foldsByPatient(k, { seed });
      assert.equal(folds.length, k);
      for (const { train, validation } of folds) {
        assert.equal(train.images.length + validation.images.length, dataset.images.length);
        assert.deepEqual(
          train.patients.filter((patient) => validation.patients.includes(patient)),
          [],
        );
        assert.ok(validation.images.length > 0 && train.images.length > 0);
      }
      const heldOut = folds.flatMap(({ validation }) => validation.images.map(({ id }) => id));
      assert.deepEqual(heldOut.sort(), dataset.images.map(({ id }) => id).sort());
    }),
  );
});

test("the same seed gives the same folds in any order of the images, and another seed gives others", () => {
  const images = cohort([3, 4, 2, 5, 3, 6, 4, 2, 3, 5, 4, 3]);
  assert.deepEqual(groupFolds(images, 4, 7), groupFolds([...images].reverse(), 4, 7));
  assert.notDeepEqual(groupFolds(images, 4, 7), groupFolds(images, 4, 8));
});

test("the folds have about the same number of boxes", () => {
  fc.assert(
    fc.property(slicesOf, fc.nat(99), (slices, seed) => {
      const images = cohort(slices);
      const load = (patients: string[]) =>
        images
          .filter(({ patient }) => patients.includes(patient!))
          .reduce((sum, i) => sum + 1 + i.annotations.length, 0);
      const loads = groupFolds(images, 4, seed).map(load);
      const heaviest = Math.max(...images.map(({ patient }) => load([patient!])));
      assert.ok(Math.max(...loads) - Math.min(...loads) <= heaviest, `${loads}`);
    }),
  );
});

test("more folds than patients are refused", () => {
  assert.throws(
    () => datasetOf(cohort([2, 2])).foldsByPatient(3, { seed: 1 }),
    /3 folds need at least 3 patients, there are 2/,
  );
});

test("partition uses the data set's own splits", () => {
  const images = [...cohort([2, 2]), image("valid", "08", 1, 1), image("test", "09", 1, 1)];
  const {
    train,
    validation,
    test: testPart,
    description,
  } = datasetOf(images).partition({ seed: 1 });
  assert.deepEqual(
    [train.patients, validation.patients, testPart?.patients],
    [["01", "02"], ["08"], ["09"]],
  );
  assert.match(description, /own splits: train, valid, test/);
});

test("all splits with a name of validation or test images are kept apart from training", () => {
  const names = ["train", "val", "valid", "validation", "Eval", "test", "Test", "holdout"];
  const dataset = datasetOf(names.map((name, i) => image(name, String(i), 1, 1)));
  const { train, validation, test: testPart } = dataset.partition({ seed: 1 });
  assert.deepEqual(train.splits, ["train"]);
  assert.deepEqual(validation.splits, ["val", "valid", "validation", "Eval"]);
  assert.deepEqual(testPart?.splits, ["test", "Test", "holdout"]);
  assert.deepEqual(dataset.withoutTest().splits, [...train.splits, ...validation.splits]);
});

test("without a validation split, partition holds out a fifth of the training patients, and no test patients", () => {
  const images = [...cohort(Array<number>(20).fill(3)), image("test", "99", 1, 1)];
  const {
    train,
    validation,
    test: testPart,
    description,
  } = datasetOf(images).partition({ seed: 1 });
  assert.equal(validation.patients.length, 4);
  assert.equal(train.patients.length, 16);
  assert.deepEqual(testPart?.patients, ["99"]);
  assert.match(description, /no validation split: 4 of its 20 training patients/);
  const without = datasetOf(cohort([3, 3, 3, 3, 3])).partition({ seed: 1 });
  assert.equal(without.test, null);
  assert.match(without.description, /no test split/);
});

test("split returns the images of a split; for an unknown name it throws with the known ones", () => {
  const dataset = datasetOf([...cohort([2]), image("val", "09", 1, 0)]);
  assert.deepEqual(
    dataset.split("val").images.map(({ id }) => id),
    ["images/val/09_1.jpg"],
  );
  assert.throws(() => dataset.split("valid"), /no split 'valid', only train, val/);
});

test("the ground truth is in pixels of the original image", () => {
  const [groundTruth] = datasetOf([image("train", "01", 1, 2)]).groundTruths();
  assert.deepEqual(groundTruth, {
    imageId: "images/train/01_1.jpg",
    patient: "01",
    width: 64,
    height: 48,
    boxes: [
      [0, 5, 8, 15],
      [10, 5, 18, 15],
    ],
    classIds: [0, 1],
  });
});
