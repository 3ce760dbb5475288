/** Unusual, damaged and hostile tables: each is read or refused, and every fault is reported. */
import assert from "node:assert/strict";
import { HEIGHT, WIDTH } from "../../files";
import { type FormatCase, type NamedBox, testFormat } from "../cases";

const BOX: NamedBox = ["ring", 4, 6, 14, 26];
const HEADER = "file,x1,y1,x2,y2,class\n";
const FIRST = `${HEADER}1.png,4,6,14,26,ring\n`;

/** Two images: the first has a valid row, the second those given; null if it is left out. */
function second(
  name: string,
  rows: string,
  boxes: readonly NamedBox[] | null,
  ...problems: RegExp[]
): FormatCase {
  return {
    name,
    images: ["1.png", "2.png"],
    files: { "boxes.csv": FIRST + rows },
    boxes: { "1.png": [BOX], ...(boxes ? { "2.png": boxes } : {}) },
    problems,
  };
}

/** A row that cannot be used, beside one that can. */
function fault(name: string, row: string, reason: string): FormatCase {
  return second(
    name,
    `2.png,4,6,14,26,ring\n${row}\n`,
    [BOX],
    /^warning boxes.csv: rows that were left out: 1$/,
    new RegExp(`^warning boxes.csv:4: ${reason}: it was left out$`),
  );
}

/** A table that has another header. */
function table(
  name: string,
  text: string | Buffer,
  boxes: FormatCase["boxes"],
  ...problems: RegExp[]
): FormatCase {
  return { name, images: ["1.png", "2.png"], files: { "boxes.csv": text }, boxes, problems };
}

const LEFT_OUT =
  /^warning boxes.csv: images were left out with all of their annotations.*: 1 \(2.png\)$/;
const TARGET = "patientId,x,y,width,height,Target\n1,4,6,10,20,1\n";

testFormat("csv", [
  fault("no file", ",1,2,3,4,ring", "it names no image"),
  fault("a word for a number", "2.png,1,two,3,4,ring", "its y1 is 'two', which is not a number"),
  fault("an infinite number", "2.png,1,2,inf,4,ring", "its x2 is 'inf', which is not a number"),
  fault(
    "a number that is too large",
    "2.png,1,2,1e999,4,ring",
    "its x2 is '1e999', which is not a number",
  ),
  fault("a hexadecimal number", "2.png,0x1,2,3,4,ring", "its x1 is '0x1', which is not a number"),
  fault("two numbers in a cell", "2.png,1 2,2,3,4,ring", "its x1 is '1 2', which is not a number"),
  fault("a date", "2.png,1.2.2024,2,3,4,ring", "its x1 is '1.2.2024', which is not a number"),
  fault("a number is missing", "2.png,1,2,3,,ring", "its y2 is empty"),
  fault("a number that is NaN", "2.png,1,NaN,3,4,ring", "its y1 is empty"),
  fault("x1 and x2 in the wrong order", "2.png,9,2,3,4,ring", "its x1 is greater than its x2"),
  fault("y1 and y2 in the wrong order", "2.png,1,9,3,4,ring", "its y1 is greater than its y2"),
  fault("a box without a class", "2.png,1,2,3,4,", "it has a box, and no class"),
  fault("a class without a box", "2.png,,,,,ring", "it has the class 'ring', and no box"),
  fault("a row that is too short", "2.png,1,2", "its x2 is empty"),
  fault(
    "a decimal comma beside decimal points",
    '2.png,1.5,2,"3,5",4,ring',
    "its x2 is '3,5', of which the comma is not clear: write a decimal point",
  ),
  fault(
    "a comma that may separate thousands",
    '2.png,1,2,"3,500",4,ring',
    "its x2 is '3,500', of which the comma is not clear: write a decimal point",
  ),
  fault(
    "a point and a comma in one number",
    '2.png,1,2,"3.500,5",4,ring',
    "its x2 is '3.500,5', which is not a number",
  ),
  second(
    "an image of which no row can be used is left out",
    "2.png,1,2,,4,ring\n",
    null,
    /rows that were left out: 1/,
    LEFT_OUT,
    /its x2 is empty/,
  ),
  second(
    "images without boxes, in many forms",
    "2.png,,,,,\n2.png,NaN,nan,null,NA,\n2.png,None,,-,n/a,No finding\n2.png,0,0,1,1,no_finding\n2.png,0,0,0,0,Normal\n",
    [],
  ),
  second(
    "a class that is called like an image without boxes, with boxes",
    "2.png,1,2,3,4,negative\n",
    [["negative", 1, 2, 3, 4]],
  ),
  second("a box and a row without boxes", "2.png,,,,,\n2.png,1,2,3,4,ring\n", [
    ["ring", 1, 2, 3, 4],
  ]),
  second(
    "the same row twice",
    "2.png,1,2,3,4,ring\n2.png,1,2,3,4,ring\n",
    [["ring", 1, 2, 3, 4]],
    /^warning boxes.csv:4 \(box left out\): the same box as on line 3: remove one of them$/,
  ),
  second(
    "a box over the border",
    "2.png,30,7,50,26,ring\n",
    [["ring", 30, 7, WIDTH, 26]],
    /^warning boxes.csv:3: the box reaches 25.0 % beyond the image: it was clipped$/,
  ),
  second(
    "a box outside the image",
    "2.png,90,7,95,26,ring\n",
    null,
    /2.png: none of its 1 annotations can be used/,
    /boxes.csv:3: the box reaches/,
    /boxes.csv:3 \(box left out\): the box is empty/,
  ),
  second(
    "a box without a size",
    "2.png,3,7,3,9,ring\n",
    null,
    /2.png: none of its 1 annotations can be used/,
    /boxes.csv:3 \(box left out\): the box is empty: 0 x 2 pixels/,
  ),
  second("negative zero", "2.png,-0,-0.0,5,5,ring\n", [["ring", 0, 0, 5, 5]]),
  second(
    "an image that is missing",
    "2.png,,,,,\n3.png,1,2,3,4,ring\n",
    [],
    /^warning boxes.csv: images that are annotated, and whose files are missing, were left out: 1 \(3.png\) of 3$/,
  ),
  second(
    "a path out of the folder",
    "2.png,,,,,\n../../../etc/3.png,1,2,3,4,ring\n",
    [],
    /whose files are missing, were left out: 1/,
  ),
  second(
    "names that objects have",
    "2.png,1,2,3,4,__proto__\n2.png,1,2,3,5,constructor\nconstructor,1,2,3,4,ring\n",
    [
      ["__proto__", 1, 2, 3, 4],
      ["constructor", 1, 2, 3, 5],
    ],
    /whose files are missing, were left out: 1 \(constructor\)/,
  ),
  second(
    "names in another case and with another ending",
    "2.PNG,1,2,3,4,ring\n",
    [["ring", 1, 2, 3, 4]],
    /images were found in files whose names differ in case or ending: 1 \(2.PNG \(2.png\)\)/,
  ),
  second(
    "a quote that is not closed costs one line",
    '2.png,1,2,3,4,"ring\n2.png,1,2,3,5,ring\n',
    [["ring", 1, 2, 3, 5]],
    /rows that were left out: 1/,
    /^warning boxes.csv:3: its quotes are not in pairs/,
  ),
  second(
    "a quote in the middle of a cell costs one line",
    '2.png,1,2,3,4,ri"ng\n2.png,1,2,3,5,ring\n',
    [["ring", 1, 2, 3, 5]],
    /rows that were left out: 1/,
    /^warning boxes.csv:3: its quotes are not in pairs/,
  ),
  second(
    "a cell of a million characters",
    `2.png,1,2,3,4,${"x".repeat(1e6)}\n2.png,1,2,3,5,ring\n`,
    [
      ["x".repeat(1e6), 1, 2, 3, 4],
      ["ring", 1, 2, 3, 5],
    ],
  ),
  second("a row of a hundred thousand empty cells", `2.png,1,2,3,4,ring${",".repeat(1e5)}\n`, [
    ["ring", 1, 2, 3, 4],
  ]),
  fault(
    "a row of a hundred thousand cells",
    `2.png,1,2,3,4,ring${",x".repeat(1e5)}`,
    "it has 100006 cells, and the first row has 6: put quotes .*",
  ),
  fault(
    "decimal commas without quotes, which move the cells",
    "2.png,4,5,6,7,14,0,26,0,ring",
    "it has 10 cells, and the first row has 6: put quotes .*",
  ),
  second(
    "many faulty rows",
    "2.png,1,2,x,4,ring\n".repeat(5000) + "2.png,,,,,\n",
    null,
    /rows that were left out: 5000, of which the first 10 are listed$/,
    LEFT_OUT,
    ...Array.from({ length: 10 }, () => /its x2 is 'x'/),
  ),
  second("a split that leads out of the folder is only a name", "2.png,,,,,\n", []),
  {
    ...second("an image that no row names counts as one without boxes", "", []),
    options: { unlisted: "no-boxes" },
    problems: [/images that no annotation file names count as images without boxes: 1 \(2.png\)/],
  },
  {
    ...second(
      "an image whose rows are faulty never counts as one without boxes",
      "2.png,1,,3,4,ring\n",
      null,
      /rows that/,
      LEFT_OUT,
      /its y1/,
    ),
    options: { unlisted: "no-boxes" },
  },
  table(
    "target 0 with a box, target 1 without",
    `${TARGET}2,,,,,0\n2,1,2,3,4,0\n2,,,,,1\n`,
    { "1.png": [["lesion", 4, 6, 14, 26]] },
    /rows that were left out: 2/,
    LEFT_OUT,
    /boxes.csv:4: its target is 0, and it has a box/,
    /boxes.csv:5: it has the target '1', and no box/,
  ),
  table(
    "negative widths",
    `${TARGET}2,9,9,-5,5,1\n2,1,1,2,2,1\n`,
    { "1.png": [["lesion", 4, 6, 14, 26]], "2.png": [["lesion", 1, 1, 3, 3]] },
    /rows that were left out: 1/,
    /boxes.csv:3: its width or height is negative/,
  ),
  table(
    "sizes of another image",
    "filename,width,height,class,xmin,ymin,xmax,ymax\n1.png,80,60,ring,8,12,28,52\n2.png,99,60,ring,1,2,3,4\n",
    { "1.png": [BOX] },
    /1.png: the image is 40 x 30 pixels, and the annotations are for 80 x 60: its boxes were scaled/,
    /2.png: the image is 40 x 30 pixels, and the annotations are for 99 x 60: it was left out/,
  ),
  table(
    "sizes that are no numbers",
    "filename,width,height,class,xmin,ymin,xmax,ymax\n1.png,?,,ring,4,6,14,26\n2.png,0,-3,ring,4,6,14,26\n",
    { "1.png": [BOX], "2.png": [BOX] },
  ),
  table(
    "the same column twice",
    "file,x1,y1,x2,y2,class,class\n1.png,4,6,14,26,ring,solid\n2.png,,,,,,\n",
    { "1.png": [BOX], "2.png": [] },
  ),
  table(
    "an image in two splits",
    "file,x1,y1,x2,y2,class,split\n1.png,4,6,14,26,ring,train\n1.png,4,6,14,27,ring,test\n2.png,,,,,,train\n",
    { "1.png": [["ring", 4, 6, 14, 27]], "2.png": [] },
    /images in the splits 'test' and 'train' are only in 'test' now: 1 \(1.png\)/,
  ),
  table(
    "a split with the name of a path",
    "file,x1,y1,x2,y2,class,split\n1.png,4,6,14,26,ring,../../x\n2.png,,,,,,../../x\n",
    { "1.png": [BOX], "2.png": [] },
  ),
  {
    ...table(
      "two tables with the same images",
      FIRST + "2.png,,,,,\n",
      { "1.png": [BOX], "2.png": [] },
      /^warning old.csv: images in the splits 'boxes' and 'old' are only in 'boxes' now: 1 \(1.png\)$/,
    ),
    files: {
      "boxes.csv": FIRST + "2.png,,,,,\n",
      "old.csv": "file,x1,y1,x2,y2,class\n1.png,1,1,2,2,solid\n",
    },
    splits: { boxes: ["1.png", "2.png"] },
  },
  {
    ...table(
      "an unreadable table beside a valid one",
      "",
      { "1.png": [BOX], "2.png": [] },
      /^error empty.csv: it cannot be read \(it contains a NUL byte/,
    ),
    files: { "boxes.csv": FIRST + "2.png,,,,,\n", "empty.csv": Buffer.from("a,b\0\n\xff") },
  },
  {
    name: "an empty table",
    images: ["1.png"],
    files: { "boxes.csv": "" },
    refused: /This folder has these files: 1 \.csv, 1 \.png\.$/,
  },
  {
    name: "a header without rows",
    images: ["1.png"],
    files: { "boxes.csv": HEADER },
    options: { format: "csv" },
    refused: /its annotation files describe no images/,
  },
  {
    name: "none of the images is there",
    images: ["x.png"],
    files: { "boxes.csv": FIRST },
    refused:
      /none of the 1 images that its annotation files describe is below this folder; they are called 1.png/,
  },
  {
    name: "bytes that are no text",
    images: ["1.png"],
    files: { "boxes.csv": Buffer.from([0, 1, 2, 255]) },
    refused: /This folder has these files: 1 \.csv, 1 \.png\.$/,
  },
  {
    name: "bytes that are no text, as a table by choice",
    images: ["1.png"],
    files: { "boxes.csv": Buffer.from([0, 1, 2, 255]) },
    options: { format: "csv" },
    refused: /no table of boxes was found.*\nboxes.csv: it cannot be read/,
  },
  {
    name: "a table of many commas",
    images: ["1.png"],
    files: { "boxes.csv": ",".repeat(1e6) },
    refused: /no images were found/,
  },
  {
    name: "a table of many quotes",
    images: ["1.png"],
    files: { "boxes.csv": '"'.repeat(999_999) },
    refused: /no images were found/,
  },
]);

testFormat("csv", [
  {
    ...second(
      "rows without an image: no other image counts as one without boxes",
      ",1,2,3,4,ring\n",
      null,
      /^warning \.: images that no annotation file names were left out, because annotations .*: 1 \(2.png\)$/,
      /rows that were left out: 1/,
      /boxes.csv:3: it names no image/,
    ),
    options: { unlisted: "no-boxes" },
  },
  {
    name: "boxes that fill the image and are all 0 and 1 are pixels",
    images: ["1.png"],
    files: { "boxes.csv": "file,x1,y1,x2,y2,class\n1.png,0,0,1,1,ring\n" },
    boxes: { "1.png": [["ring", 0, 0, 1, 1]] },
  },
  {
    name: "a fraction beside pixels is a pixel",
    images: ["1.png"],
    files: {
      "boxes.csv": `file,x1,y1,x2,y2,class\n1.png,0.2,0.2,0.9,0.8,ring\n1.png,0,0,${WIDTH},${HEIGHT},ring\n`,
    },
    boxes: {
      "1.png": [
        ["ring", 0.2, 0.2, 0.9, 0.8],
        ["ring", 0, 0, WIDTH, HEIGHT],
      ],
    },
    problems: [
      /^warning boxes.csv:2: the box is smaller than a pixel: write it in pixels if it is a fraction of the image$/,
    ],
  },
  {
    name: "rows of one image with two sizes: each box is in the pixels of its row",
    images: ["1.png"],
    files: {
      "boxes.csv":
        "file,image width,image height,x1,y1,x2,y2,class\n" +
        `1.png,${WIDTH},${HEIGHT},4,6,14,26,ring\n1.png,${2 * WIDTH},${2 * HEIGHT},8,12,40,40,ring\n`,
    },
    boxes: {
      "1.png": [
        ["ring", 4, 6, 14, 26],
        ["ring", 4, 6, 20, 20],
      ],
    },
    problems: [/^warning boxes.csv: 1.png: the image is .*: its boxes were scaled to the image$/],
  },
  {
    name: "an image with two patients has none, so that patients are unknown",
    images: ["1.png", "2.png"],
    files: {
      "boxes.csv":
        "file,x1,y1,x2,y2,class,patient\n1.png,4,6,14,26,ring,A\n1.png,1,1,9,9,ring,B\n2.png,4,6,14,26,ring,A\n",
    },
    boxes: {
      "1.png": [BOX, ["ring", 1, 1, 9, 9]],
      "2.png": [BOX],
    },
    problems: [
      /^warning boxes.csv: the image 1.png has the patients 'A' and 'B', so its patient is unknown/,
    ],
    check: (dataset) => assert.equal(dataset.arePatientsKnown, false),
  },
]);
