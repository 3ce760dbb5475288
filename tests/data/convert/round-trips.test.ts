/**
 * Data sets of every format are converted and read again: nothing that YOLO or COCO hold is lost.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { convertDataset } from "../../../src/data/convert/convert-dataset";
import { type Dataset, openDataset } from "../../../src/data/dataset";
import { decodeRecord } from "../../../src/data/image";
import type { ReadOptions } from "../../../src/data/read-dataset";
import type { Files } from "../bad-input";
import { picture, temporaryFolder, writeFiles } from "../files";
import { annotation, cocoFile, image } from "../formats/coco/files";
import { mask } from "../formats/masks/files";
import { object, vocFile } from "../formats/voc/files";

/** Pixels; label files have 8 digits after the point, and images are at most 8,192 pixels wide. */
const PRECISION = 1e-4;

/** A data set with images of WIDTH x HEIGHT. */
interface Source {
  readonly images: readonly string[];
  readonly files: Files | (() => Promise<Files>);
  readonly options?: ReadOptions;
}

const SOURCES: Readonly<Record<string, Source>> = {
  yolo: {
    images: ["images/train/01_1.png", "images/train/01_2.png", "images/val/02_1.png"],
    files: {
      "data.yaml": "train: images/train\nval: images/val\nnames: [ring, solid, unused]\n",
      "labels/train/01_1.txt": "0 0.5 0.5 0.25 0.5\n1 0.123456 0.3 0.1 0.0333333\n",
      "labels/train/01_2.txt": "",
      "labels/val/02_1.txt": "1 0.5 0.5 1 1\n",
    },
  },
  coco: {
    images: ["a/1.png", "b/1.png", "b/2.png"],
    files: {
      "annotations/instances_train.json": cocoFile(
        [image(7, "a/1.png", { patient_id: "P 1" }), image(9, "b/2.png", { patient_id: "P_2" })],
        [
          annotation(1, 7, { bbox: [0.1, 0.2, 3.3, 4.7] }),
          annotation(5, 7, { bbox: [1, 2, 3, 4] }),
        ],
      ),
      "annotations/instances_test.json": cocoFile(
        [image(7, "b/1.png", { patient_id: 3 })],
        [annotation(1, 7)],
      ),
    },
  },
  voc: {
    images: ["JPEGImages/1.png", "JPEGImages/2.png", "JPEGImages/3.png"],
    files: {
      "Annotations/1.xml": vocFile(object()),
      "Annotations/2.xml": vocFile(""),
      "Annotations/3.xml": vocFile(object("solid", [1, 1, 40, 30]) + object("ring", [2, 2, 2, 2])),
      "ImageSets/Main/train.txt": "1\n2\n",
      "ImageSets/Main/val.txt": "3\n",
    },
  },
  csv: {
    images: ["train/1.png", "train/2.png", "val/1.png"],
    files: {
      "boxes.csv":
        "image,xmin,ymin,xmax,ymax,class,patient,split\ntrain/1.png,4.5,6.25,14,26,no,A,train\n" +
        "train/2.png,,,,,,A,train\nval/1.png,0,0,5,5,1e3,B,val\n",
    },
  },
};

const MASKS: Source = {
  images: ["images/train/a_1.png", "images/train/b_1.png", "images/test/c_1.png"],
  files: async () => ({
    "masks/train/a_1.png": await mask([
      [1, 4, 6, 14, 26],
      [2, 20, 0, 25, 5],
    ]),
    "masks/train/b_1.png": await mask([]),
    "masks/test/c_1.png": await mask([[2, 39, 29, 40, 30]]),
  }),
};

async function open({ images, files, options }: Source): Promise<Dataset> {
  const root = temporaryFolder();
  for (const [i, path] of images.entries()) writeFiles(root, { [path]: await picture(i) });
  writeFiles(root, typeof files === "function" ? await files() : files);
  return openDataset(root, options);
}

/** What every format holds: each image by its pixels, with its split, patient and boxes. */
async function contentOf(dataset: Dataset) {
  const images = await Promise.all(
    dataset.images.map(async (record) => {
      const { split, patient, width, height, annotations } = record;
      const { pixels } = await decodeRecord(record);
      const boxes = annotations.map(({ classId, box }) => ({ classId, box }));
      return { key: Buffer.from(pixels).toString("base64"), split, patient, width, height, boxes };
    }),
  );
  const sorted = images.sort((a, b) => (a.key < b.key ? -1 : 1));
  return { classNames: dataset.classNames, images: sorted };
}

/** Compares what was read before and after a conversion. */
async function assertSame(before: Dataset, after: Dataset): Promise<void> {
  const [expected, actual] = await Promise.all([contentOf(before), contentOf(after)]);
  for (const [i, { boxes }] of expected.images.entries())
    boxes.forEach(({ box }, k) =>
      box.forEach((edge, side) => {
        const other = actual.images[i].boxes[k].box[side];
        assert.ok(Math.abs(other - edge) < PRECISION, `${edge} became ${other}`);
      }),
    );
  const withoutEdges = ({ classNames, images }: typeof expected) => ({
    classNames,
    images: images.map(({ boxes, ...image }) => ({
      ...image,
      classes: boxes.map(({ classId }) => classId),
    })),
  });
  assert.deepEqual(withoutEdges(actual), withoutEdges(expected));
}

for (const [format, source] of Object.entries({ ...SOURCES, masks: MASKS }))
  for (const path of [["yolo"], ["coco"], ["yolo", "coco", "yolo"], ["coco", "yolo", "coco"]])
    test(`${format} to ${path.join(" to ")} loses nothing`, async () => {
      const original = await open(source);
      assert.deepEqual(
        original.problems.filter(({ severity }) => severity === "error"),
        [],
      );
      assert.match(original.notes[0], new RegExp(`^Read as ${format}: `));
      const folder = temporaryFolder();
      let dataset = original;
      for (const [step, to] of path.entries()) {
        const out = join(folder, `${step}-${to}`);
        const { images, boxes } = await convertDataset(dataset, { to, out });
        assert.deepEqual([images, boxes], [original.images.length, original.boxCount]);
        dataset = await openDataset(out);
        assert.match(dataset.notes[0], new RegExp(`^Read as ${to}: `));
        assert.deepEqual(dataset.problems, []);
      }
      await assertSame(original, dataset);
    });
