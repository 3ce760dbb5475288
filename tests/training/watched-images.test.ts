import assert from "node:assert/strict";
import test from "node:test";
import {
  requireValidationImages,
  watchedDetections,
  watchedImages,
} from "../../src/training/watched-images";
import type { Detection, ImageRecord } from "../../src/types";

const image = (id: string, patient: string, boxes: number): ImageRecord => ({
  id,
  path: id,
  labelPath: null,
  split: "val",
  patient,
  width: 10,
  height: 10,
  annotations: Array.from({ length: boxes }, (_, i) => ({
    classId: 0,
    box: [0, 0, 5, 5],
    line: i + 1,
  })),
});

test("the first image with boxes of each of the first four patients that have one is watched", () => {
  const images = [
    image("a0", "a", 0),
    image("a1", "a", 2),
    image("a2", "a", 1),
    image("b0", "b", 0),
  ];
  assert.deepEqual(watchedImages(images), ["a1"]);
  const more = ["c", "d", "e", "f"].map((patient) => image(`${patient}0`, patient, 1));
  assert.deepEqual(watchedImages([...images, ...more]), ["a1", "c0", "d0", "e0"]);
  assert.deepEqual(watchedImages([]), []);
});

test("chosen images have to be validation images", () => {
  assert.deepEqual(requireValidationImages(["a"], [image("a", "a", 1)]), ["a"]);
  assert.throws(
    () => requireValidationImages(["a", "z"], [image("a", "a", 1)]),
    /'z' cannot be watched.*1 validation images/,
  );
});

test("the records hold the six boxes of highest score of each image, rounded, in the given order", () => {
  const detection = (score: number): Detection => ({
    box: [1.234, 2, 3.3333, 4],
    score,
    classProbabilities: [2 / 3, 1 / 3],
    classId: 0,
  });
  const scores = [0.04, 0.11111, 0.2, 0.3, 0.9, 0.5, 0.6, 0.7];
  const records = watchedDetections(
    [
      { imageId: "a", detections: scores.map(detection) },
      { imageId: "b", detections: [] },
    ],
    ["b", "a", "c"],
  );
  assert.deepEqual(
    records.map(({ imageId }) => imageId),
    ["b", "a", "c"],
  );
  assert.deepEqual(
    records.map(({ detections }) => detections.map(({ score }) => score)),
    [[], [0.9, 0.7, 0.6, 0.5, 0.3, 0.2], []],
  );
  assert.deepEqual(records[1].detections[0].box, [1.2, 2, 3.3, 4]);
  assert.deepEqual(records[1].detections[0].classProbabilities, [0.667, 0.333]);
});
