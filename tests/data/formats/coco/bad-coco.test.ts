/**
 * Unusual, damaged and hostile COCO files: each is read or refused, and every fault is reported.
 */
import assert from "node:assert/strict";
import { mkdirSync } from "fs";
import { join } from "path";
import { test } from "node:test";
import { openDataset } from "../../../../src/data/dataset";
import { HEIGHT, picture, sharpOf, temporaryFolder, WIDTH, writeFiles } from "../../files";
import { type FormatCase, folderOf, type NamedBox, testFormat } from "../cases";
import { annotation, CATEGORIES, cocoFile, image } from "./files";

const FILE = "all.json";
const BOX: NamedBox = ["ring", 4, 6, 14, 26];
const ALL = [image(1, "1.png"), image(2, "2.png")];

/** Two images; the first has a valid annotation, and the second has what is given. */
function second(
  name: string,
  given: Readonly<Record<string, unknown>>,
  boxes: readonly NamedBox[] | null,
  ...problems: RegExp[]
): FormatCase {
  const text = cocoFile(ALL, [annotation(1, 1), annotation(2, 2, given)]);
  return {
    name,
    images: ["1.png", "2.png"],
    files: { [FILE]: text },
    boxes: { "1.png": [BOX], ...(boxes ? { "2.png": boxes } : {}) },
    problems,
  };
}

/** An annotation that cannot be used: its image is left out, for it would have no boxes. */
function fault(name: string, given: Readonly<Record<string, unknown>>, reason: string): FormatCase {
  return second(
    name,
    given,
    null,
    new RegExp(`^warning ${FILE}: annotation 2 \\(id 2\\) ${reason}: it was left out$`),
    /^warning all.json: annotations that were left out: 1$/,
    /^warning all.json: images were left out with all of their annotations.*: 1 \(2.png\)$/,
  );
}

/** A file that can be read in spite of what is unusual. */
function valid(name: string, text: string | Buffer, more: Partial<FormatCase> = {}): FormatCase {
  const boxes = { "1.png": [BOX], "2.png": [] };
  return { name, images: ["1.png", "2.png"], files: { [FILE]: text }, boxes, ...more };
}

const VALID = cocoFile(ALL, [annotation(1, 1)]);

testFormat("coco", [
  {
    name: "boxes that are fractions of the image",
    images: ["1.png", "2.png"],
    files: {
      [FILE]: cocoFile(ALL, [
        annotation(1, 1, { bbox: [0.1, 0.2, 0.25, 0.5] }),
        annotation(2, 2, { bbox: [0, 0, 1, 1] }),
      ]),
    },
    boxes: { "1.png": [["ring", 4, 6, 14, 21]], "2.png": [["ring", 0, 0, 40, 30]] },
    problems: [/^warning all.json: its boxes are below 1 and are read as fractions of the image$/],
  },
  second(
    "a box at an angle, as CVAT writes it, becomes the box around it",
    { bbox: [10, 10, 20, 10], attributes: { occluded: false, rotation: 90 } },
    [["ring", 15, 5, 25, 25]],
    /^warning all.json: boxes that are drawn at an angle became the boxes around them: 1$/,
  ),
  second("an angle of 0", { attributes: { rotation: 0.0 } }, [BOX]),
  fault("a box of three numbers", { bbox: [1, 2, 3] }, "has a bbox that is not a list of four .*"),
  fault("a box of texts", { bbox: ["1", "2", "3", "4"] }, "has a bbox that is not a list .*"),
  fault("a box that is a text", { bbox: "1 2 3 4" }, "has a bbox that is not a list .*"),
  fault("a box that is an object", { bbox: { x: 1 } }, "has a bbox that is not a list .*"),
  fault("a box with null", { bbox: [1, 2, null, 4] }, "has a bbox that is not a list .*"),
  fault("a box with a negative width", { bbox: [20, 10, -5, 5] }, "has a bbox with a negative .*"),
  fault("no box and no segmentation", { bbox: undefined }, "has neither a box nor a segmentation"),
  fault("an empty box", { bbox: [], segmentation: [] }, "has neither a box nor a segmentation"),
  fault("no category", { category_id: undefined }, "has no category_id"),
  fault("a category that is a list", { category_id: [3] }, "has no category_id"),
  fault(
    "an unknown category",
    { category_id: 4 },
    "has the category 4, which the file does not .*",
  ),
  fault(
    "a segmentation of two points",
    { bbox: null, segmentation: [[1, 2, 3, 4]] },
    "has no box, and a polygon of its segmentation is not a list of at least three points .*",
  ),
  fault(
    "a mask whose counts do not fit",
    { bbox: null, segmentation: { size: [HEIGHT, WIDTH], counts: [1, 2] } },
    "has no box, and the counts of its mask do not add up to 40 x 30 pixels",
  ),
  second(
    "a box without a size",
    { bbox: [5, 5, 0, 4] },
    null,
    /\(box left out\): annotation 2: the box is empty: 0 x 4 pixels inside the image; correct/,
    /2.png: none of its 1 annotations can be used, so the image was left out$/,
  ),
  second(
    "a box outside the image",
    { bbox: [50, 5, 10, 4] },
    null,
    /annotation 2: the box reaches 50.0 % beyond the image: it was clipped$/,
    /\(box left out\): annotation 2: the box is empty: 0 x 4 pixels inside the image; correct/,
    /2.png: none of its 1 annotations can be used/,
  ),
  second(
    "a box over the border",
    { bbox: [-4, 5, 10, 4] },
    [["ring", 0, 5, 6, 9]],
    /annotation 2: the box reaches 10.0 % beyond the image: it was clipped$/,
  ),
  second(
    "a box as large as numbers can be",
    { bbox: [-1e308, -1e308, 1.7e308, 1.7e308] },
    [["ring", 0, 0, WIDTH, HEIGHT]],
    /annotation 2: the box reaches .* beyond the image/,
  ),
  second(
    "a polygon without a box",
    { bbox: undefined, segmentation: [[2, 3, 12, 3, 12, 8, 2, 8]] },
    [["ring", 2, 3, 12, 8]],
  ),
  second(
    "a polygon and a box of zeros",
    { bbox: [0, 0, 0, 0], segmentation: [[2, 3, 12, 3, 12, 8, 2, 8]] },
    [["ring", 2, 3, 12, 8]],
  ),
  second(
    "a polygon that is not in a list",
    { bbox: null, segmentation: [2, 3, 12, 3, 12, 8, 2, 8] },
    [["ring", 2, 3, 12, 8]],
  ),
  second(
    "a mask without a box",
    { bbox: null, segmentation: { size: [HEIGHT, WIDTH], counts: [33, 4, HEIGHT * WIDTH - 37] } },
    [["ring", 1, 3, 2, 7]],
  ),
  second(
    "an empty mask",
    { bbox: null, segmentation: { size: [HEIGHT, WIDTH], counts: [HEIGHT * WIDTH] } },
    null,
    /annotation 2: its region is empty: it was left out$/,
    /2.png: none of its 1 annotations can be used/,
  ),
  second(
    "a mask of another shape than the image",
    { bbox: null, segmentation: { size: [9, 40], counts: [0, 360] } },
    null,
    /annotation 2: the image is 40 x 30 pixels, and the annotations are for 40 x 9: it was left out$/,
    /2.png: none of its 1 annotations can be used/,
  ),
  second(
    "a mask of twice the size",
    { bbox: null, segmentation: { size: [60, 80], counts: [0, 4800] } },
    [["ring", 0, 0, WIDTH, HEIGHT]],
  ),
  ...[1, true, "1"].map((iscrowd) =>
    second(
      `a crowd region (${JSON.stringify(iscrowd)}): its image has lesions that have no boxes`,
      { iscrowd },
      null,
      /^warning all.json: crowd regions \(iscrowd 1\), which are not single lesions, were left out: 1$/,
      /images were left out with all of their annotations/,
    ),
  ),
  valid(
    "a crowd region beside a box",
    cocoFile(ALL, [
      annotation(1, 1),
      annotation(2, 1, { iscrowd: 1, segmentation: { size: [30, 40], counts: [1200] } }),
    ]),
    {
      problems: [/crowd regions \(iscrowd 1\), which are not single lesions, were left out: 1$/],
    },
  ),
  valid("the same box twice", cocoFile(ALL, [annotation(1, 1), annotation(2, 1)]), {
    problems: [/\(box left out\): annotation 2: the same box as annotation 1: remove one of them$/],
  }),
  valid(
    "two annotations with one id",
    cocoFile(ALL, [annotation(1, 1), annotation(1, 1, { bbox: [1, 1, 2, 2] })]),
    {
      boxes: { "1.png": [BOX, ["ring", 1, 1, 3, 3]], "2.png": [] },
      problems: [/annotations with the id of another one, which were read like all others: 1$/],
    },
  ),
  valid(
    "ids that are texts in one place and numbers in the other",
    cocoFile([image("1", "1.png"), image(2, "2.png")], [annotation(1, 1, { category_id: "3" })]),
  ),
  valid(
    "annotations of an image that is not described",
    cocoFile(ALL, [annotation(1, 1), annotation(2, 77)]),
    {
      problems: [/annotations of images that it does not describe were left out: 1$/],
    },
  ),
  valid(
    "an annotation without an image, and one that is no object",
    cocoFile(ALL, [annotation(1, 1), annotation(2, null), 7, null, []]),
    {
      problems: [
        /annotation 2 \(id 2\) has no image_id/,
        /annotation 3 has no/,
        /annotation 4/,
        /annotation 5/,
        /annotations that were left out: 4$/,
      ],
    },
  ),
  valid(
    "images that are no objects, or have no id or no name",
    cocoFile(
      [...ALL, null, 5, { file_name: "3.png" }, { id: 9 }, { id: 10, file_name: 7 }],
      [annotation(1, 1)],
    ),
    {
      problems: [
        /image 3 has no id/,
        /image 4/,
        /image 5/,
        /image 6 \(id 9\) has no file_name/,
        /image 7/,
        /images that were left out: 5$/,
      ],
    },
  ),
  valid(
    "an image that is listed twice",
    cocoFile(
      [...ALL, image(1, "1.png"), image(3, "1.png")],
      [annotation(1, 1), annotation(2, 3, { bbox: [1, 1, 2, 2] })],
    ),
    {
      boxes: { "1.png": [BOX, ["ring", 1, 1, 3, 3]], "2.png": [] },
    },
  ),
  valid(
    "two images with one id: neither is used",
    cocoFile([...ALL, image(2, "3.png")], [annotation(1, 1), annotation(2, 2)]),
    {
      images: ["1.png", "2.png", "3.png"],
      boxes: { "1.png": [BOX] },
      problems: [
        /image 3 has the id 2 of 2.png, and it is not clear which of them has the annotations/,
        /images that were left out: 1$/,
      ],
    },
  ),
  valid(
    "an image that is missing",
    cocoFile([...ALL, image(3, "3.png")], [annotation(1, 1), annotation(2, 3)]),
    {
      problems: [
        /images that are annotated, and whose files are missing, were left out: 1 \(3.png\) of 3$/,
      ],
    },
  ),
  valid("an image that is not listed", VALID, {
    images: ["1.png", "2.png", "3.png"],
    problems: [/^warning \.: images that no annotation file names were left out .*: 1 \(3.png\)$/],
  }),
  valid("an image that is not listed and counts as one without boxes", VALID, {
    images: ["1.png", "2.png", "3.png"],
    options: { unlisted: "no-boxes" },
    boxes: { "1.png": [BOX], "2.png": [], "3.png": [] },
    problems: [
      /^warning \.: images that no annotation file names count as images without boxes: 1/,
    ],
  }),
  valid("a name that fits two files", cocoFile([...ALL, image(3, "3.png")], [annotation(1, 1)]), {
    images: ["1.png", "2.png", "a/3.png", "b/3.png"],
    options: { unlisted: "no-boxes" },
    problems: [
      /images were left out, because several files have their name .*: 1 \(3.png \(a\/3.png, b\/3.png\)\)/,
    ],
  }),
  valid(
    "names that differ in case and ending",
    cocoFile([image(1, "1.PNG"), image(2, "2.jpg")], [annotation(1, 1)]),
    {
      problems: [
        /images were found in files whose names differ in case or ending: 2 \(1.PNG \(1.png\), 2.jpg \(2.png\)\)/,
      ],
    },
  ),
  valid(
    "a file name that leads out of the folder",
    cocoFile([...ALL, image(3, "../../../../etc/passwd.png")], [annotation(1, 1)]),
    {
      problems: [/whose files are missing, were left out: 1/],
    },
  ),
  valid(
    "an image of a kind that is not read",
    cocoFile([...ALL, image(3, "3.heic")], [annotation(1, 1)]),
    {
      files: { [FILE]: cocoFile([...ALL, image(3, "3.heic")], [annotation(1, 1)]), "3.heic": "x" },
      problems: [
        /images of a kind that is not read were left out; convert them to PNG: 1 \(3.heic\)/,
      ],
    },
  ),
  valid(
    "a size that is not the image's, of the same shape",
    cocoFile([image(1, "1.png", { width: 80, height: 60 }), ALL[1]], [annotation(1, 1)]),
    {
      boxes: { "1.png": [["ring", 2, 3, 7, 13]], "2.png": [] },
      problems: [
        /1.png: the image is 40 x 30 pixels, and the annotations are for 80 x 60: its boxes were scaled to the image$/,
      ],
    },
  ),
  valid(
    "a size that is not the image's, of another shape",
    cocoFile([ALL[0], image(2, "2.png", { width: 30, height: 40 })], [annotation(1, 1)]),
    {
      boxes: { "1.png": [BOX] },
      problems: [
        /2.png: the image is 40 x 30 pixels after its EXIF rotation, and the annotations are for 30 x 40: it was left out/,
      ],
    },
  ),
  valid(
    "no sizes",
    cocoFile(
      [
        { id: 1, file_name: "1.png" },
        { id: 2, file_name: "2.png", width: 0, height: "x" },
      ],
      [annotation(1, 1)],
    ),
  ),
  valid("no categories", cocoFile(ALL, [annotation(1, 1)], null), {
    boxes: { "1.png": [["class 3", 4, 6, 14, 26]], "2.png": [] },
    problems: [/it has no 'categories': the classes are called by their numbers$/],
  }),
  valid(
    "categories without id or name, twice, and of other types",
    cocoFile(
      ALL,
      [annotation(1, 1)],
      [...CATEGORIES, { id: 5 }, { name: "x" }, 7, null, { id: 3, name: "y" }],
    ),
    {
      problems: [
        /category 3 \(id 5\) has no name/,
        /category 4 has no id/,
        /category 5/,
        /category 6/,
        /category 7 has the id 3 of the category 'ring'/,
        /categories that were left out: 5$/,
      ],
    },
  ),
  valid(
    "two categories of one name are one class",
    cocoFile(
      ALL,
      [annotation(1, 1), annotation(2, 1, { category_id: 4, bbox: [1, 1, 2, 2] })],
      [...CATEGORIES, { id: 4, name: "ring " }],
    ),
    {
      boxes: { "1.png": [BOX, ["ring", 1, 1, 3, 3]], "2.png": [] },
    },
  ),
  valid(
    "NaN and Infinity as Python writes them",
    VALID.replace('"area":200', '"area":NaN,"score":-Infinity,"note":"NaN, \\" Infinity"'),
  ),
  valid("a byte order mark", Buffer.from(`\uFEFF${VALID}`, "utf8")),
  valid(
    "keys that other objects have too",
    VALID.replace('"area":200', '"__proto__":{"bbox":[1]},"constructor":1,"toString":2'),
  ),
  valid("an annotation file that is named after nothing", VALID, {
    files: { "...json": "", "x.json": VALID, "package.json": '{"name": "images"}' },
  }),
  valid(
    "many faults of one kind",
    cocoFile(ALL, [
      annotation(1, 1),
      ...Array.from({ length: 500 }, (_, i) => annotation(i + 2, 1, { bbox: [1] })),
    ]),
    {
      problems: [
        ...Array.from({ length: 10 }, () => /has a bbox that is not a list/),
        /annotations that were left out: 500, of which the first 10 are listed$/,
      ],
    },
  ),
  valid(
    "lists a million levels deep",
    VALID.replace('"area":200', `"area":${"[".repeat(1e6)}${"]".repeat(1e6)}`),
  ),
  {
    name: "a second file that is not JSON is an error",
    images: ["1.png", "2.png"],
    files: {
      [FILE]: VALID,
      "val.json": `${VALID.slice(0, -20)}"images" "annotations" "categories"`,
    },
    boxes: { "1.png": [BOX], "2.png": [] },
    problems: [/^error val.json: it is not JSON \(.*\): write it again, or remove it$/],
  },
  {
    name: "a second file whose lists are objects is an error",
    images: ["1.png", "2.png"],
    files: { [FILE]: VALID, "val.json": '{"images": {}, "annotations": [], "categories": []}' },
    boxes: { "1.png": [BOX], "2.png": [] },
    problems: [/^error val.json: it is not a COCO file with annotations: it must have the lists/],
  },
  {
    name: "the only file is cut",
    images: ["1.png"],
    files: { [FILE]: VALID.slice(0, -1) },
    refused: /describe no images\nall.json: it is not JSON/,
  },
  {
    name: "none of the images is there",
    images: ["x.png"],
    files: { [FILE]: VALID },
    refused: /none of the 2 images .* is below this folder; they are called 1.png, 2.png/,
  },
  {
    name: "results of a detector are not a data set",
    images: ["1.png"],
    files: { [FILE]: '[{"image_id": 1, "category_id": 1, "bbox": [1, 2, 3, 4], "score": 0.5}]' },
    refused: /no images were found\. .*This folder has these files: 1 \.json, 1 \.png\./,
  },
]);

test("coco: the image is rotated by its EXIF data, and the file has the size before that", async () => {
  const root = temporaryFolder();
  const turned = await sharpOf(new Uint8Array(WIDTH * HEIGHT))
    .withMetadata({ orientation: 6 })
    .png()
    .toBuffer();
  writeFiles(root, { "1.png": turned, "2.png": await picture(1), [FILE]: VALID });
  const { images, problems } = await openDataset(root);
  assert.deepEqual(
    images.map(({ id }) => id),
    ["2.png"],
  );
  const messages = problems.map(({ message }) => message).join("\n");
  assert.match(messages, /1.png: the image is 30 x 40 pixels after its EXIF rotation/);
});

test("coco: a folder with the name of an annotation file is not one", async () => {
  const root = await folderOf({ images: ["1.png", "2.png"], files: { [FILE]: VALID } });
  mkdirSync(join(root, "other.json"));
  assert.equal((await openDataset(root)).images.length, 2);
});
