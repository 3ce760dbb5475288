import assert from "node:assert/strict";
import { test } from "node:test";
import { cocoResults, cocoGroundTruth } from "../../src/metrics/coco-json";
import { detection, groundTruth } from "./cases";

const GROUND_TRUTHS = [
  groundTruth("a_1", [[10, 20, 40, 80]], [1]),
  groundTruth("b_1", []),
  groundTruth("c_1", [
    [0, 0, 5, 5],
    [1, 2, 3, 5],
  ]),
];

test("ground truth: ids from 1, boxes as left, top, width and height", () => {
  const { images, annotations, categories, info } = cocoGroundTruth(
    GROUND_TRUTHS,
    ["ring", "solid"],
    "a set",
  );
  assert.deepEqual(images[1], { id: 2, file_name: "b_1", width: 100, height: 100 });
  assert.deepEqual(
    annotations.map(({ id, image_id, category_id }) => [id, image_id, category_id]),
    [
      [1, 1, 2],
      [2, 3, 1],
      [3, 3, 1],
    ],
  );
  assert.deepEqual(
    [annotations[0].bbox, annotations[0].area, annotations[0].iscrowd],
    [[10, 20, 30, 60], 1800, 0],
  );
  assert.deepEqual(categories, [
    { id: 1, name: "ring" },
    { id: 2, name: "solid" },
  ]);
  assert.equal(info.description, "a set");
});

test("results: one row for each class of a detection, or one row for each detection", () => {
  const found = [{ imageId: "c_1", detections: [detection([1, 2, 4, 8], 0.5, [0.25, 0.75])] }];
  assert.deepEqual(cocoResults(GROUND_TRUTHS, found, { classAware: true }), [
    { image_id: 3, category_id: 1, bbox: [1, 2, 3, 6], score: 0.125 },
    { image_id: 3, category_id: 2, bbox: [1, 2, 3, 6], score: 0.375 },
  ]);
  assert.deepEqual(cocoResults(GROUND_TRUTHS, found, { classAware: false }), [
    { image_id: 3, category_id: 2, bbox: [1, 2, 3, 6], score: 0.5 },
  ]);
  assert.throws(
    () => cocoResults(GROUND_TRUTHS.slice(0, 2), found, { classAware: true }),
    /'c_1', which has no ground truth/,
  );
});
