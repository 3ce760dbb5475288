/** Unusual and damaged label files: each fault is reported once, with its file and line. */
import assert from "node:assert/strict";
import { mkdirSync, rmSync } from "fs";
import { join } from "path";
import { execFileSync } from "child_process";
import type { Dataset } from "../../../../src/data/dataset";
import type { ImageBox } from "../../../../src/types";
import { BadInput, Files, forbid, imageOf, testBadInput } from "../../bad-input";
import { HEIGHT, LABEL, WIDTH } from "../../files";

const FILE = "labels/train/01_1.txt";
/** LABEL in pixels. */
const BOX: ImageBox = [0.375 * WIDTH, 0.25 * HEIGHT, 0.625 * WIDTH, 0.75 * HEIGHT];

function boxes(...expected: ImageBox[]): (dataset: Dataset) => void {
  return (dataset) => {
    const { annotations } = imageOf(dataset, "images/train/01_1.png");
    assert.deepEqual(
      annotations.map(({ box }) => box),
      expected,
    );
  };
}

/** A file with a valid line and a faulty one. */
function line(name: string, bad: string, problem: string, severity = "error"): BadInput {
  const problems = [new RegExp(`^${severity} ${FILE}:2: ${problem}`)];
  return { name, files: { [FILE]: `${LABEL}${bad}\n` }, problems, check: boxes(BOX) };
}

/** A file that is not text: no box is read from it. */
function file(name: string, content: string | Buffer, problem: string): BadInput {
  return {
    name,
    files: { [FILE]: content },
    problems: [new RegExp(`^error ${FILE}${problem}`)],
    check: boxes(),
  };
}

/** A file that is unusual and valid. */
function valid(name: string, content: string | Buffer, ...expected: ImageBox[]): BadInput {
  return { name, files: { [FILE]: content }, problems: [], check: boxes(...expected) };
}

function utf16(text: string, order: "little" | "big"): Buffer {
  const bytes = Buffer.from(`\uFEFF${text}`, "utf16le");
  return order === "little" ? bytes : bytes.swap16();
}

const REPLACE = "write the file again, or remove it";
const instead = (prepare: (path: string) => void) => (root: string) => {
  rmSync(join(root, FILE));
  prepare(join(root, FILE));
};
const repeated = (count: number, text: string): Files => ({ [FILE]: text.repeat(count) });

testBadInput([
  valid("empty: an image without boxes", ""),
  valid("blank lines only", " \n\t\r\n\n"),
  valid("CRLF", LABEL.replace("\n", "\r\n"), BOX),
  valid("line ends of classic Mac OS", LABEL.replace("\n", "\r"), BOX),
  valid("tabs and several blanks", "0\t0.5  0.5\t\t0.25 0.5 \n", BOX),
  valid("no line end after the last line", LABEL.trim(), BOX),
  valid(
    "a plus sign, an exponent, a point without a leading digit",
    "+0 5e-1 .5 0.25 50E-2\n",
    BOX,
  ),
  valid("UTF-8 with byte order mark", `\uFEFF${LABEL}`, BOX),
  valid("UTF-16, little endian", utf16(LABEL, "little"), BOX),
  valid("UTF-16, big endian", utf16(LABEL, "big"), BOX),
  valid("the whole image", "0 0.5 0.5 1 1\n", [0, 0, WIDTH, HEIGHT]),

  line(
    "too few columns",
    "0 0.5 0.5 0.2",
    "expected 5 numbers .*found 4: complete or remove the line",
  ),
  line("only a class", "1", "expected 5 numbers .*found 1"),
  {
    name: "a sixth number, such as a score, is not used",
    files: { [FILE]: `${LABEL.trim()} 0.9\n` },
    problems: [new RegExp(`^warning ${FILE}:1: it has a sixth number, which is not used`)],
    check: boxes(BOX),
  },
  line(
    "eight numbers: neither a box nor pairs of coordinates",
    "0 0.5 0.5 0.2 0.2 0.9 0.9 0.9",
    "8 numbers are neither a box .* nor a polygon .*: complete or remove the line",
  ),
  line(
    "commas between columns",
    "0,0.5,0.5,0.2,0.2",
    "expected 5 numbers .*, separated by blanks, found 1",
  ),
  line("comma decimals", "0 0,5 0,5 0,2 0,2", "'0,5' is not a number: write a decimal point"),
  line("NaN", "0 0.5 nan 0.2 0.2", "'nan' is not a number"),
  line("infinity", "0 0.5 0.5 inf 0.2", "'inf' is not a number"),
  line("hexadecimal", "0 0x1 0.5 0.2 0.2", "'0x1' is not a number"),
  line(
    "negative width",
    "0 0.5 0.5 -0.2 0.2",
    "the width '-0.2' is negative: correct or remove the line",
  ),
  line("negative height", "0 0.5 0.5 0.2 -0.0001", "the height '-0.0001' is negative"),
  line(
    "an empty box",
    "0 0.5 0.5 0 0",
    "the box is empty: 0 x 0 pixels inside the image; correct or remove it",
  ),
  line("a width that rounds to 0", "0 0.5 0.5 1e-400 0.1", "the box is empty: 0 x 3 pixels"),
  line(
    "higher than 1",
    "0 0.5 1.5 0.2 0.2",
    "1.5 is outside \\[0, 1\\]: coordinates are fractions of the image, not pixels",
  ),
  line("a huge number", "0 1e308 0.5 0.2 0.2", "1e308 is outside"),
  line("higher than every number", "0 1e400 0.5 0.2 0.2", "1e400 is outside"),
  line(
    "unknown class",
    "2 0.5 0.5 0.2 0.2",
    "class 2 is unknown: the data set has the classes 0 to 1; name it in data.yaml",
  ),
  line(
    "fractional class",
    "0.5 0.5 0.5 0.2 0.2",
    "the class '0.5' is not a whole number from 0 up: correct the line",
  ),
  line("negative class", "-1 0.5 0.5 0.2 0.2", "the class '-1' is not a whole number"),
  line(
    "a class higher than every number",
    "1e400 0.5 0.5 0.2 0.2",
    "the class '1e400' is not a whole number",
  ),
  line("class name", "ring 0.5 0.5 0.2 0.2", "'ring' is not a number"),
  valid(
    "a polygon among boxes becomes its bounding box",
    `${LABEL}0 0.1 0.1 0.3 0.1 0.2 0.4\n`,
    BOX,
    [0.1 * WIDTH, 0.1 * HEIGHT, 0.3 * WIDTH, 0.4 * HEIGHT],
  ),
  valid("an oriented box becomes its bounding box", "0 .25 0 .5 .5 .25 1 0 .5\n", [
    0,
    0,
    0.5 * WIDTH,
    HEIGHT,
  ]),
  line(
    "a polygon in pixels",
    "0 10 10 30 10 20 40",
    "10 is outside \\[0, 1\\]: coordinates are fractions of the image, not pixels",
  ),
  line("a polygon without an area", "0 .1 .1 .2 .1 .3 .1", "the box is empty: 8 x 0 pixels"),
  line("a polygon with a word", "0 .1 .1 .2 .1 x .3", "'x' is not a number"),
  line("the same box", "0 .5 .5 .25 .5", "the same box as on line 1: remove one of them"),
  line(
    "the same box, other class",
    "1 .5 .5 .25 .5",
    "the same box as on line 1, of another class",
  ),
  line(
    "control characters are printed as escapes",
    "\u001b[2J .5 .5 .2 .2",
    "'\\\\u001b\\[2J' is not a number",
  ),
  {
    name: "a box that reaches beyond the image is clipped",
    files: { [FILE]: "0 0.95 0.5 0.2 0.5\n" },
    problems: [
      new RegExp(`^warning ${FILE}:1: the box reaches 5.0 % beyond the image: it was clipped`),
    ],
    check: boxes([(0.95 - 0.2 / 2) * WIDTH, 0.25 * HEIGHT, WIDTH, 0.75 * HEIGHT]),
  },
  {
    name: "a huge class number in a data set without class names",
    files: {
      "data.yaml": "train: images/train\nval: images/val\n",
      [FILE]: "4000000000 0.5 0.5 0.2 0.2\n",
    },
    problems: [
      /^error labels\/train\/01_1\.txt:1: class 4000000000 is higher than 999/,
      /^warning data\.yaml: it has no 'names'/,
    ],
    check: ({ classNames }) => assert.deepEqual(classNames, ["class 0"]),
  },

  file(
    "binary",
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0xff, 0, 1, 2]),
    `: the labels cannot be read \\(it is not text in UTF-8\\): ${REPLACE}`,
  ),
  file(
    "a trailing NUL",
    `${LABEL}${LABEL}\0`,
    `:3: the labels cannot be read \\(it contains a NUL byte, so it is not text\\): ${REPLACE}`,
  ),
  file(
    "UTF-16 without byte order mark",
    utf16(LABEL, "little").subarray(2),
    ":1: the labels cannot be read \\(it contains a NUL byte",
  ),
  file(
    "UTF-16 that ends within a character",
    utf16(LABEL, "little").subarray(0, -1),
    ": .*not text in UTF-16LE",
  ),
  {
    name: "a file of 50 MB is not read",
    files: () => repeated(50_000_000 / LABEL.length, LABEL),
    problems: [
      /^error labels\/train\/01_1\.txt: the labels cannot be read \(it has 50 MB, more than the limit of 1 MB\)/,
    ],
    within: 3000,
  },
  {
    name: "a line of a million digits",
    files: () => repeated(1, `${"1".repeat(990_000)}x .5 .5 .2 .2`),
    problems: [
      /^error labels\/train\/01_1\.txt: none of its lines can be used/,
      /^error labels\/train\/01_1\.txt:1: '11111111111111111111…' is not a number/,
    ],
    within: 3000,
  },
  {
    name: "a line of a hundred thousand columns",
    files: () => repeated(1, `0 ${"0.5 ".repeat(100_000)}`),
    problems: [
      /^error labels\/train\/01_1\.txt: none of its lines can be used/,
      /^error labels\/train\/01_1\.txt:1: the box is empty: 0 x 0 pixels/,
    ],
    within: 3000,
  },
  {
    name: "a text of another kind: twenty problems, and the number of the others",
    files: () => repeated(5000, "this is prose\n"),
    problems: [
      new RegExp(`^error \\.: 5000 of 5001 boxes have faults: .*probably of another kind`),
      new RegExp(`^error ${FILE}: none of its lines can be used`),
      ...Array.from(
        { length: 20 },
        (_, i) => new RegExp(`^error ${FILE}:${i + 1}: expected 5 numbers.*found 3`),
      ),
      new RegExp(`^error ${FILE}:21: 4980 more problems from here on: is this a file of labels\\?`),
    ],
    check: ({ images }) =>
      assert.ok(!images.some(({ id }) => id === "images/train/01_1.png"), "not without boxes"),
  },
  {
    name: "a folder instead of a label file",
    prepare: instead(mkdirSync),
    problems: [
      /^error labels\/train\/01_1\.txt: the labels cannot be read \(it is a folder, not a file\)/,
    ],
    check: boxes(),
  },
  {
    name: "a pipe instead of a label file is not read",
    prepare: instead((path) => execFileSync("mkfifo", [path])),
    problems: [
      /^error labels\/train\/01_1\.txt: the labels cannot be read \(it is a device or a pipe, not a file\)/,
    ],
    check: boxes(),
    within: 3000,
  },
  {
    name: "a label file without permission to read it",
    prepare: (root) => forbid(join(root, FILE)),
    problems: [
      /^error labels\/train\/01_1\.txt: the labels cannot be read \(there is no permission to read it\)/,
    ],
    check: boxes(),
  },
  {
    name: "a folder of labels without permission to list it",
    prepare: (root) => forbid(join(root, "labels/train")),
    problems: [
      /^error labels\/train: the folder cannot be listed \(there is no permission to read it\): make it readable or remove it/,
    ],
  },
  {
    name: "no folder of labels: one warning, not one for each image",
    without: ["labels/train"],
    problems: [
      /^warning labels\/train: the folder of labels does not exist: 2 images count as images without boxes/,
    ],
    check: boxes(),
  },
]);
