import assert from "node:assert/strict";
import { test } from "node:test";
import { Dataset } from "../../src/data/dataset";
import { measureTraining } from "../../src/planning/training-statistics";
import { planAutomatically } from "../../src/training/plan-automatically";
import type { Box, ImageRecord } from "../../src/types";

const SIDE = 100;

/** A dark image with a bright square from 20 to 80 pixels. */
function record(
  id: string,
  boxes: readonly Box[],
  changes: Partial<ImageRecord> = {},
): ImageRecord {
  const pixels = new Uint8Array(SIDE * SIDE);
  for (let y = 20; y < 80; y++) pixels.fill(200, y * SIDE + 20, y * SIDE + 80);
  return {
    id,
    path: id,
    labelPath: null,
    split: "train",
    patient: id,
    width: SIDE,
    height: SIDE,
    annotations: boxes.map((box, i) => ({ classId: i % 2, box, line: i + 1 })),
    decode: () => Promise.resolve({ pixels, width: SIDE, height: SIDE }),
    ...changes,
  };
}

const dataset = (images: readonly ImageRecord[], classNames = ["a", "b"]) =>
  new Dataset({ root: "/set", classNames, images });

test("images, boxes, classes, heads and cut boxes are counted", async () => {
  const measured = await measureTraining(
    dataset([
      record("1", [
        [30, 30, 50, 60],
        [60, 60, 95, 95],
      ]),
      record("2", []),
      record("images/left_3.png", [[40, 40, 60, 60]]),
    ]),
  );
  const { views, ...counts } = measured;
  assert.deepEqual(counts, {
    images: 3,
    emptyImages: 1,
    groups: 3,
    arePatientsKnown: true,
    classes: [
      { name: "a", boxes: 2 },
      { name: "b", boxes: 1 },
    ],
    mostBoxes: 2,
    sideClasses: [],
    sideFiles: 1,
  });
  // The square of 60 pixels, widened by 1.06.
  assert.ok(
    views.every(
      ({ headSide, longerSide }) => Math.abs(headSide - 63.6) < 1e-3 && longerSide === 100,
    ),
  );
  assert.deepEqual(views[0].boxes, [
    { width: 20, height: 30, isCut: false },
    { width: 35, height: 35, isCut: true },
  ]);
});

test("colors are found", async () => {
  const pixels = new Uint8Array(3 * SIDE * SIDE).fill(90);
  pixels[4] = 200;
  const raster = { values: pixels, width: SIDE, height: SIDE, channels: 3 } as const;
  const decode = () => Promise.resolve(raster);
  const { views } = await measureTraining(dataset([record("1", [[10, 10, 20, 20]], { decode })]));
  assert.equal(views[0].isColored, true);
});

test("where boxes are rare, images with boxes are decoded in addition", async () => {
  // The evenly spread images are those with an even number.
  const images = Array.from({ length: 800 }, (_, i) =>
    record(`${i}`, i < 60 && i % 2 ? [[30, 30, 50, 60]] : []),
  );
  const { views } = await measureTraining(dataset(images));
  assert.equal(views.length, 430);
  assert.equal(views.filter(({ boxes }) => boxes.length).length, 30);
  const full = images.map((image) => ({
    ...image,
    annotations: record("", [[1, 1, 9, 9]]).annotations,
  }));
  assert.equal((await measureTraining(dataset(full))).views.length, 400);
});

test("a training part may have more images than a function has arguments", async () => {
  const image = record("1", [[30, 30, 50, 60]]);
  const images = Array.from({ length: 200_000 }, (_, i) => ({
    ...image,
    id: `${i}`,
    patient: "p",
  }));
  assert.equal((await measureTraining(dataset(images))).mostBoxes, 1);
});

test("a training part without boxes cannot be planned", async () => {
  await assert.rejects(measureTraining(dataset([record("1", [])])), /1 images and no boxes/);
});

test("validation and test images are not looked at, and do not change the plan", async () => {
  const train = Array.from({ length: 12 }, (_, i) => record(`t${i}`, [[30, 30, 50 + i, 55]]));
  const refuse = () => assert.fail("decoded");
  const others = (boxes: readonly Box[]) => [
    record("v", boxes, { split: "val", decode: refuse }),
    record("x", boxes, { split: "test", decode: refuse }),
  ];
  const plans = await Promise.all(
    [[[1, 1, 3, 3]], [[0, 0, 99, 99]]].map((boxes) =>
      planAutomatically(dataset([...train, ...others(boxes as unknown as Box[])])),
    ),
  );
  assert.deepEqual(plans[0], plans[1]);
  assert.equal(plans[0].data.images, 12);
});

test("without a validation split, the plan is made from the part that is trained on", async () => {
  const images = Array.from({ length: 20 }, (_, i) => record(`t${i}`, [[30, 30, 50 + i, 55]]));
  const all = dataset(images);
  const plan = await planAutomatically(all, { fixed: { seed: 5 } });
  const { train } = all.partition(plan.config);
  assert.equal(plan.data.images, train.images.length);
  assert.ok(train.images.length < 20);
  const useAll = await planAutomatically(all, { useAll: true });
  assert.equal(useAll.data.images, 20);
});
