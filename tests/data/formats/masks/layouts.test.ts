/** Masks in the usual layouts, in several kinds of files, and with several classes. */
import assert from "node:assert/strict";
import { type NamedBox, testFormat } from "../cases";
import { HEIGHT, sharpOf, WIDTH } from "../../files";
import { greyOf, mask, maskValues, type Rectangle } from "./files";

const RECTANGLE: Rectangle = [255, 4, 6, 14, 26];
const BOX: NamedBox = ["lesion", 4, 6, 14, 26];
const OTHER: Rectangle = [255, 20, 0, 25, 5];
const OTHER_BOX: NamedBox = ["lesion", 20, 0, 25, 5];

testFormat("masks", [
  {
    name: "beside the images, as in the LGG set: name_mask",
    images: ["TCGA_1/TCGA_1_2.png", "TCGA_1/TCGA_1_3.png", "TCGB_1/TCGB_1_3.png"],
    files: async () => ({
      "TCGA_1/TCGA_1_2_mask.tif": await greyOf(maskValues([RECTANGLE]))
        .tiff({ compression: "lzw" })
        .toBuffer(),
      "TCGA_1/TCGA_1_3_mask.tif": await greyOf(maskValues([]))
        .tiff({ compression: "lzw" })
        .toBuffer(),
      "TCGB_1/TCGB_1_3_mask.tif": await greyOf(maskValues([OTHER, RECTANGLE]))
        .tiff({ compression: "lzw" })
        .toBuffer(),
    }),
    boxes: {
      "TCGA_1/TCGA_1_2.png": [BOX],
      "TCGA_1/TCGA_1_3.png": [],
      "TCGB_1/TCGB_1_3.png": [OTHER_BOX, BOX],
    },
    check: ({ notes }) =>
      assert.deepEqual(notes.slice(0, 2), [
        "Read as masks: TCGA_1/TCGA_1_2_mask.tif is a mask.",
        "The masks have 3 regions, the smallest of 25 pixels.",
      ]),
  },
  {
    name: "several masks of an image, as in the breast ultrasound set: name_mask_1",
    images: ["benign/benign (1).png", "normal/normal (1).png"],
    files: async () => ({
      "benign/benign (1)_mask.png": await mask([RECTANGLE]),
      "benign/benign (1)_mask_1.png": await mask([OTHER]),
      "normal/normal (1)_mask.png": await mask([]),
    }),
    boxes: { "benign/benign (1).png": [BOX, OTHER_BOX], "normal/normal (1).png": [] },
  },
  {
    name: "a folder of masks with the names of the images, as in Kvasir-SEG, with JPEG masks",
    images: ["images/a.png", "images/b.png"],
    files: async () => ({
      "masks/a.jpg": await greyOf(maskValues([[255, 8, 8, 24, 24]]))
        .jpeg({ quality: 90 })
        .toBuffer(),
      "masks/b.jpg": await greyOf(maskValues([])).jpeg().toBuffer(),
    }),
    boxes: { "images/a.png": [["lesion", 8, 8, 24, 24]], "images/b.png": [] },
  },
  {
    name: "a folder of masks for each split, with a suffix, as in ISIC",
    images: ["ISIC_Training_Data/ISIC_1.png", "ISIC_Validation_Data/ISIC_2.png"],
    files: async () => ({
      "ISIC_Training_Part1_GroundTruth/ISIC_1_segmentation.png": await mask([RECTANGLE]),
      "ISIC_Validation_Part1_GroundTruth/ISIC_2_segmentation.png": await mask([OTHER]),
    }),
    options: { patients: /\d+/ },
    boxes: {
      "ISIC_Training_Data/ISIC_1.png": [BOX],
      "ISIC_Validation_Data/ISIC_2.png": [OTHER_BOX],
    },
    splits: {
      train: ["ISIC_Training_Data/ISIC_1.png"],
      validation: ["ISIC_Validation_Data/ISIC_2.png"],
    },
  },
  {
    name: "splits with one name for different images",
    images: ["train/images/1.png", "test/images/1.png"],
    files: async () => ({
      "train/masks/1.png": await mask([RECTANGLE]),
      "test/masks/1.png": await mask([OTHER]),
    }),
    options: { patients: /\d+$/ },
    boxes: { "train/images/1.png": [BOX], "test/images/1.png": [OTHER_BOX] },
    splits: { train: ["train/images/1.png"], test: ["test/images/1.png"] },
    problems: [/patient 1 is in the splits/],
  },
  {
    name: "a folder of labels without label files is no YOLO data set",
    images: ["images/train/1.png"],
    files: async () => ({ "labels/train/1.png": await mask([[1, 4, 6, 14, 26]]) }),
    boxes: { "images/train/1.png": [BOX] },
  },
  {
    name: "values are classes, and regions that touch stay apart by class",
    images: ["images/1.png", "images/2.png"],
    files: async () => ({
      "masks/1.png": await mask([
        [1, 0, 0, 10, 10],
        [3, 10, 0, 20, 10],
        [1, 30, 20, 31, 21],
        [1, 31, 21, 32, 22],
      ]),
      "masks/2.png": await mask([[2, 0, 0, 5, 5]]),
    }),
    boxes: {
      "images/1.png": [
        ["class 1", 0, 0, 10, 10],
        ["class 3", 10, 0, 20, 10],
        ["class 1", 30, 20, 32, 22],
      ],
      "images/2.png": [["class 2", 0, 0, 5, 5]],
    },
  },
  {
    name: "classes that the user names, in the order of their values",
    images: ["images/1.png"],
    files: async () => ({
      "masks/1.png": await mask([
        [4, 0, 0, 10, 10],
        [1, 20, 0, 30, 10],
      ]),
    }),
    options: { classNames: ["edema", "tumor"] },
    boxes: {
      "images/1.png": [
        ["tumor", 0, 0, 10, 10],
        ["edema", 20, 0, 30, 10],
      ],
    },
  },
  {
    name: "16 bits, and masks of 8 bits beside them",
    images: ["images/1.png", "images/2.png"],
    files: async () => ({
      "masks/1.tif": await sharpOf(
        Uint16Array.from(maskValues([[7, 4, 6, 14, 26]]), (value) => 100 * value),
      )
        .toColourspace("grey16")
        .tiff({ compression: "lzw" })
        .toBuffer(),
      "masks/2.png": await mask([[7, 20, 0, 25, 5]]),
    }),
    boxes: {
      "images/1.png": [["class 700", 4, 6, 14, 26]],
      "images/2.png": [["class 7", 20, 0, 25, 5]],
    },
  },
  {
    name: "one bit, a palette of grey, and opaque colors that are all grey",
    images: ["images/1.png", "images/2.png", "images/3.png"],
    files: async () => {
      const values = maskValues([RECTANGLE]);
      const rgba = Uint8Array.from({ length: 4 * values.length }, (_, i) =>
        i % 4 === 3 ? 255 : values[Math.floor(i / 4)],
      );
      return {
        "masks/1.tif": await greyOf(values).tiff({ bitdepth: 1, compression: "none" }).toBuffer(),
        "masks/2.png": await greyOf(values).png({ palette: true, colors: 2 }).toBuffer(),
        "masks/3.png": await sharpOf(rgba, WIDTH, HEIGHT, 4).png().toBuffer(),
      };
    },
    boxes: { "images/1.png": [BOX], "images/2.png": [BOX], "images/3.png": [BOX] },
  },
  {
    name: "colors are classes",
    images: ["images/1.png", "images/2.png"],
    files: async () => ({
      "masks/1.png": await colored([
        [0x800000, 0, 0, 10, 10],
        [0x008000, 20, 0, 30, 10],
      ]),
      "masks/2.png": await mask([[255, 0, 0, 5, 5]]),
    }),
    boxes: {
      "images/1.png": [
        ["#800000", 0, 0, 10, 10],
        ["#008000", 20, 0, 30, 10],
      ],
      "images/2.png": [["#ffffff", 0, 0, 5, 5]],
    },
    check: ({ classNames }) => assert.deepEqual(classNames, ["#008000", "#800000", "#ffffff"]),
  },
  {
    name: "soft edges: what is brighter than the middle is a lesion",
    images: ["images/1.png", "images/2.png"],
    files: async () => ({
      "masks/1.png": await greyOf(maskValues([[255, 8, 8, 28, 24]]))
        .blur(0.7)
        .png()
        .toBuffer(),
      "masks/2.png": await mask([RECTANGLE, [254, 30, 20, 35, 25]]),
    }),
    boxes: {
      "images/1.png": [["lesion", 8, 8, 28, 24]],
      "images/2.png": [BOX, ["lesion", 30, 20, 35, 25]],
    },
    problems: [/^warning \.: the masks have soft edges and are read as black and white: /],
  },
  {
    name: "the smallest area",
    images: ["images/1.png", "images/2.png", "images/3.png"],
    files: async () => ({
      "masks/1.png": await mask([RECTANGLE, [255, 30, 20, 32, 22], [255, 0, 0, 1, 5]]),
      "masks/2.png": await mask([[255, 30, 20, 32, 22]]),
      "masks/3.png": await mask([]),
    }),
    options: { minArea: 5 },
    boxes: { "images/1.png": [["lesion", 0, 0, 1, 5], BOX], "images/3.png": [] },
    problems: [
      /^warning masks: images were left out with all of their annotations, .*: 1 \(images\/2.png\)$/,
    ],
    check: ({ notes }) =>
      assert.match(
        notes[1],
        /^The masks have 4 regions, the smallest of 4 pixels; 2 of them have fewer than 5 and were left out\.$/,
      ),
  },
]);

/** A PNG with rectangles in colors `0xRRGGBB`. */
function colored(rectangles: readonly Rectangle[]): Promise<Buffer> {
  const values = new Uint8Array(3 * WIDTH * HEIGHT);
  for (const [color, x1, y1, x2, y2] of rectangles)
    for (let y = y1; y < y2; y++)
      for (let x = x1; x < x2; x++)
        values.set([color >> 16, (color >> 8) & 255, color & 255], 3 * (y * WIDTH + x));
  return sharpOf(values, WIDTH, HEIGHT, 3).png().toBuffer();
}
