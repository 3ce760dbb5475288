/** The ways in which COCO data sets lie in folders. */
import assert from "node:assert/strict";
import { testFormat } from "../cases";
import { annotation, cocoFile, image } from "./files";

const BOX = ["ring", 4, 6, 14, 26] as const;
const one = (name: string, id = 1) => cocoFile([image(id, name)], [annotation(1, id)]);

testFormat("coco", [
  ...(["utf16le", "latin1"] as const).map((encoding) => ({
    name: encoding === "utf16le" ? "a file in UTF-16" : "a file in ASCII",
    images: ["images/1.png"],
    files: {
      "annotations/instances_train.json": Buffer.from(
        `${encoding === "utf16le" ? "\uFEFF" : ""}${one("1.png")}`,
        encoding,
      ),
    },
    boxes: { "images/1.png": [BOX] },
  })),
  {
    name: "a file for each split in annotations, beside the folders of the images",
    images: ["train2017/1.png", "val2017/1.png"],
    options: { patients: /\d+$/ },
    files: {
      "annotations/instances_train2017.json": one("1.png"),
      "annotations/instances_val2017.json": one("1.png"),
    },
    boxes: { "train2017/1.png": [BOX], "val2017/1.png": [BOX] },
    splits: { train: ["train2017/1.png"], val: ["val2017/1.png"] },
    problems: [/^error .*patient 1 is in the splits/],
  },
  {
    name: "images below images, annotations for other tasks are not read twice",
    images: ["images/train/1.png", "images/test/2.png"],
    files: {
      "annotations/instances_train.json": one("1.png"),
      "annotations/person_keypoints_train.json": one("1.png"),
      "annotations/captions_train.json": '{"images": [], "annotations": [{"caption": "a"}]}',
      "annotations/instances_test.json": one("2.png"),
    },
    boxes: { "images/train/1.png": [BOX], "images/test/2.png": [BOX] },
    splits: { train: ["images/train/1.png"], test: ["images/test/2.png"] },
  },
  {
    name: "Roboflow: a file in each split's folder; the group of the categories is not a class",
    images: ["train/1.png", "valid/2.png", "test/3.png"],
    files: Object.fromEntries(
      ["train/1.png", "valid/2.png", "test/3.png"].map((path) => [
        path.replace(/[^/]+$/, "_annotations.coco.json"),
        cocoFile(
          [image(0, path.replace(/.*\//, ""))],
          [annotation(0, 0, { category_id: 1 })],
          [
            { id: 0, name: "tumors", supercategory: "none" },
            { id: 1, name: "ring", supercategory: "tumors" },
            { id: 2, name: "solid", supercategory: "tumors" },
          ],
        ),
      ]),
    ),
    boxes: { "train/1.png": [BOX], "valid/2.png": [BOX], "test/3.png": [BOX] },
    splits: { train: ["train/1.png"], valid: ["valid/2.png"], test: ["test/3.png"] },
    problems: ["test", "train", "valid"].map(
      (split) => new RegExp(`^warning ${split}/_annotations.coco.json: .*'tumors' is the group`),
    ),
    check: ({ classNames }) => assert.deepEqual(classNames, ["ring", "solid"]),
  },
  {
    name: "sizes that are texts are sizes: the boxes are scaled to the image",
    images: ["1.png"],
    files: {
      "instances.json": cocoFile(
        [image(1, "1.png", { width: "80", height: "60" })],
        [annotation(1, 1, { bbox: [8, 12, 20, 40] })],
      ),
    },
    boxes: { "1.png": [BOX] },
    problems: [/the image is 40 x 30 pixels, and the annotations are for 80 x 60: its boxes were/],
  },
  {
    name: "one file for all images, without splits",
    images: ["pictures/1.png", "pictures/2.png"],
    files: {
      "labels.json": cocoFile([image(1, "1.png"), image(2, "2.png")], [annotation(1, 2)]),
    },
    boxes: { "pictures/1.png": [], "pictures/2.png": [BOX] },
    splits: { train: ["pictures/1.png", "pictures/2.png"] },
  },
  {
    name: "one file for all images, with the splits in the folders of the file names",
    images: ["train/1.png", "val/2.png"],
    files: {
      "all.json": cocoFile([image(1, "train/1.png"), image(2, "val/2.png")], [annotation(1, 2)]),
    },
    boxes: { "train/1.png": [], "val/2.png": [BOX] },
    splits: { train: ["train/1.png"], val: ["val/2.png"] },
  },
  {
    name: "file names with folders, also those of another computer and with backslashes",
    images: ["images/p1/1.png", "images/p2/1.png", "images/p2/2.png"],
    files: {
      "all.json": cocoFile(
        [
          image(1, "/home/data/p1/1.png"),
          image(2, "C:\\mine\\p2\\1.png"),
          image(3, "/home/data/p2/2.png"),
        ],
        [annotation(1, 1), annotation(2, 2, { bbox: [1, 2, 3, 4] })],
      ),
    },
    boxes: {
      "images/p1/1.png": [BOX],
      "images/p2/1.png": [["ring", 1, 2, 4, 6]],
      "images/p2/2.png": [],
    },
  },
  {
    name: "several files whose names are no splits are splits of their own",
    images: ["a/1.png", "a/2.png"],
    files: { "fold1.json": one("1.png"), "fold2.json": one("2.png") },
    boxes: { "a/1.png": [BOX], "a/2.png": [BOX] },
    splits: { fold1: ["a/1.png"], fold2: ["a/2.png"] },
  },
  {
    name: "classes of several files are matched by their names",
    images: ["train/1.png", "val/2.png"],
    files: {
      "train.json": one("1.png"),
      "val.json": cocoFile(
        [image(1, "2.png")],
        [
          annotation(1, 1, { category_id: 1 }),
          annotation(2, 1, { category_id: 2, bbox: [0, 0, 5, 5] }),
        ],
        [
          { id: 1, name: "solid" },
          { id: 2, name: "other" },
        ],
      ),
    },
    boxes: {
      "train/1.png": [BOX],
      "val/2.png": [
        ["solid", 4, 6, 14, 26],
        ["other", 0, 0, 5, 5],
      ],
    },
    check: ({ classNames }) => assert.deepEqual(classNames, ["ring", "solid", "other"]),
  },
  {
    name: "an image in two splits is kept from training",
    images: ["a/1.png", "a/2.png"],
    files: {
      "train.json": cocoFile([image(1, "1.png"), image(2, "2.png")], [annotation(1, 1)]),
      "test.json": one("1.png"),
    },
    boxes: { "a/1.png": [BOX], "a/2.png": [] },
    splits: { train: ["a/2.png"], test: ["a/1.png"] },
    problems: [
      /^warning train.json: images in the splits 'test' and 'train' are only in 'test' now: 1 .a.1.png.$/,
    ],
  },
  {
    name: "patients in the file",
    images: ["1.png", "2.png", "3.png"],
    files: {
      "all.json": cocoFile(
        [
          image(1, "1.png", { patient_id: 7 }),
          image(2, "2.png", { patient_id: "p_7" }),
          image(3, "3.png"),
        ],
        [annotation(1, 1)],
      ),
    },
    boxes: { "1.png": [BOX], "2.png": [], "3.png": [] },
    check: ({ images }) =>
      assert.deepEqual(
        images.map(({ patient }) => patient),
        ["7", "p_7", null],
      ),
  },
  {
    name: "class names that are chosen replace those of the file, or select some of them",
    images: ["1.png"],
    files: {
      "all.json": cocoFile(
        [image(1, "1.png")],
        [annotation(1, 1), annotation(2, 1, { category_id: 90, bbox: [0, 0, 5, 5] })],
      ),
    },
    options: { classNames: ["A", "B"] },
    boxes: {
      "1.png": [
        ["A", 4, 6, 14, 26],
        ["B", 0, 0, 5, 5],
      ],
    },
  },
  {
    name: "class names that are a selection",
    images: ["1.png"],
    files: {
      "all.json": cocoFile(
        [image(1, "1.png")],
        [annotation(1, 1), annotation(2, 1, { category_id: 90, bbox: [0, 0, 5, 5] })],
      ),
    },
    options: { classNames: ["solid"] },
    boxes: { "1.png": [["solid", 0, 0, 5, 5]] },
    problems: [
      /^warning all.json: boxes of the class 'ring', which is not among solid, were left out: 1$/,
    ],
  },
  {
    name: "class names that fit in no way",
    images: ["1.png"],
    files: { "all.json": one("1.png") },
    options: { classNames: ["A", "B", "C"] },
    refused: /the classes A, B, C were given, and the files have 2 others \(ring, solid\)/,
  },
]);
