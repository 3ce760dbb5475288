import assert from "node:assert/strict";
import { test } from "node:test";
import { annotationTable, imageTable, planTable } from "../../src/display/tables";
import type { ImageRecord } from "../../src/types";

/** An image of 64 x 48 pixels; its boxes are of the two classes in turn. */
function image(split: string, patient: string, slice: number, boxes: number): ImageRecord {
  const id = `images/${split}/${patient}_${slice}.jpg`;
  const annotations = Array.from({ length: boxes }, (_, i) => ({
    classId: i % 2,
    box: [10 * i, 5, 10 * i + 8, 15] as const,
    line: i + 1,
  }));
  return {
    id,
    path: `/data/small/${id}`,
    labelPath: null,
    split,
    patient,
    width: 64,
    height: 48,
    annotations,
  };
}

const tables = (images: readonly ImageRecord[]) => ({ images, classNames: ["ring", "solid"] });

test("tables have a row for each image, and a row for each box", () => {
  const dataset = tables([image("train", "01", 1, 2), image("val", "02", 5, 0)]);
  const images = imageTable(dataset);
  assert.deepEqual(images.columns, ["image", "split", "patient", "width", "height", "boxes"]);
  assert.deepEqual(images.values, [
    ["images/train/01_1.jpg", "train", "01", 64, 48, 2],
    ["images/val/02_5.jpg", "val", "02", 64, 48, 0],
  ]);
  const boxes = annotationTable(dataset);
  assert.deepEqual(boxes.columns, [
    "image",
    "split",
    "patient",
    "class",
    "x",
    "y",
    "width",
    "height",
  ]);
  assert.deepEqual(boxes.values, [
    ["images/train/01_1.jpg", "train", "01", "ring", 0, 5, 8, 10],
    ["images/train/01_1.jpg", "train", "01", "solid", 10, 5, 8, 10],
  ]);
});

test("a data set without boxes has an empty table", () => {
  const dataset = tables([image("train", "01", 1, 0)]);
  assert.deepEqual(annotationTable(dataset).shape, [0, 8]);
});

test("the table of a plan has a row for each choice, with its settings and its reason", () => {
  const choices = [
    {
      what: "anchors",
      settings: { "anchors.sizes": [20, 40.5], "anchors.ratios": [1] },
      reason: "They fit.",
    },
    { what: "crop", settings: { "data.cropToHead": null }, reason: "There is no border." },
  ];
  const { columns, values } = planTable({ choices });
  assert.deepEqual(columns, ["choice", "settings", "reason"]);
  assert.deepEqual(values, [
    ["anchors", "anchors.sizes 20, 40.5; anchors.ratios 1", "They fit."],
    ["crop", "data.cropToHead null", "There is no border."],
  ]);
});
