/**
 * Label files as people, programs and broken disks leave them; each fault is told once, with file
 * and line.
 */
import assert from "node:assert/strict";
import { mkdirSync, rmSync } from "fs";
import { join } from "path";
import { execFileSync } from "child_process";
import type { Dataset } from "../../../../src/data/dataset";
import type { Box } from "../../../../src/types";
import { BadInput, Files, forbid, imageOf, testBadInput } from "../../bad-input";
import { HEIGHT, LABEL, WIDTH } from "../../files";

const FILE = "labels/train/01_1.txt";
/** LABEL in pixels. */
const BOX: Box = [0.375 * WIDTH, 0.25 * HEIGHT, 0.625 * WIDTH, 0.75 * HEIGHT];

function boxes(...expected: Box[]): (dataset: Dataset) => void {
  return (dataset) => {
    const { annotations } = imageOf(dataset, "images/train/01_1.png");
    assert.deepEqual(
      annotations.map(({ box }) => box),
      expected,
    );
  };
}

/** A file of one sound line and one with a fault. */
function line(name: string, bad: string, problem: string, severity = "error"): BadInput {
  const told = [new RegExp(`^${severity} ${FILE}:2: ${problem}`)];
  return { name, files: { [FILE]: `${LABEL}${bad}\n` }, told, check: boxes(BOX) };
}

/** A file that is no text of boxes at all: no box is taken from it. */
function file(name: string, content: string | Buffer, problem: string): BadInput {
  return {
    name,
    files: { [FILE]: content },
    told: [new RegExp(`^error ${FILE}${problem}`)],
    check: boxes(),
  };
}

/** A file that is unusual and sound. */
function sound(name: string, content: string | Buffer, ...expected: Box[]): BadInput {
  return { name, files: { [FILE]: content }, told: [], check: boxes(...expected) };
}

function utf16(text: string, order: "little" | "big"): Buffer {
  const bytes = Buffer.from(`\uFEFF${text}`, "utf16le");
  return order === "little" ? bytes : bytes.swap16();
}

const REPLACE = "write them anew, or remove the file";
const instead = (prepare: (path: string) => void) => (root: string) => {
  rmSync(join(root, FILE));
  prepare(join(root, FILE));
};
const repeated = (count: number, text: string): Files => ({ [FILE]: text.repeat(count) });

testBadInput([
  sound("empty: an image without boxes", ""),
  sound("blank lines only", " \n\t\r\n\n"),
  sound("CRLF", LABEL.replace("\n", "\r\n"), BOX),
  sound("line ends of old Macs", LABEL.replace("\n", "\r"), BOX),
  sound("tabs and several blanks", "0\t0.5  0.5\t\t0.25 0.5 \n", BOX),
  sound("no line end at the end", LABEL.trim(), BOX),
  sound("a plus sign, an exponent, a bare point", "+0 5e-1 .5 0.25 50E-2\n", BOX),
  sound("UTF-8 with byte order mark", `\uFEFF${LABEL}`, BOX),
  sound("UTF-16, little endian", utf16(LABEL, "little"), BOX),
  sound("UTF-16, big endian", utf16(LABEL, "big"), BOX),
  sound("the whole image", "0 0.5 0.5 1 1\n", [0, 0, WIDTH, HEIGHT]),

  line(
    "too few columns",
    "0 0.5 0.5 0.2",
    "expected 5 numbers .*found 4: complete or remove the line",
  ),
  line("a class alone", "1", "expected 5 numbers .*found 1"),
  line(
    "too many columns, such as a score",
    "0 0.5 0.5 0.2 0.2 0.9",
    "expected 5 numbers .*found 6",
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
    "no size",
    "0 0.5 0.5 0 0",
    "the box has no size \\(w 0, h 0\\): correct or remove the line",
  ),
  line("a size below every number", "0 0.5 0.5 1e-400 0.1", "the box has no size"),
  line(
    "beyond 1",
    "0 0.5 1.5 0.2 0.2",
    "1.5 is outside \\[0, 1\\]: coordinates are fractions of the image, not pixels",
  ),
  line("a huge number", "0 1e308 0.5 0.2 0.2", "1e308 is outside"),
  line("a number beyond all", "0 1e400 0.5 0.2 0.2", "1e400 is outside"),
  line(
    "unknown class",
    "2 0.5 0.5 0.2 0.2",
    "class 2 is unknown: the set has classes 0 to 1; name it in data.yaml",
  ),
  line(
    "fractional class",
    "0.5 0.5 0.5 0.2 0.2",
    "the class '0.5' is not a whole number from 0 up: correct the line",
  ),
  line("negative class", "-1 0.5 0.5 0.2 0.2", "the class '-1' is not a whole number"),
  line("class beyond all", "1e400 0.5 0.5 0.2 0.2", "the class '1e400' is not a whole number"),
  line("class name", "ring 0.5 0.5 0.2 0.2", "'ring' is not a number"),
  line(
    "polygon of three points",
    "0 0.1 0.1 0.3 0.1 0.2 0.4",
    "7 numbers look like a segmentation polygon: write its box",
  ),
  line(
    "polygon of five points",
    "0 .1 .1 .3 .1 .4 .2 .3 .4 .1 .3",
    "11 numbers look like a segmentation polygon",
  ),
  line("the same box", "0 .5 .5 .25 .5", "the same box as on line 1: remove one of them"),
  line(
    "the same box, other class",
    "1 .5 .5 .25 .5",
    "the same box as on line 1, of another class",
  ),
  line(
    "control characters, not sent to the terminal",
    "\u001b[2J .5 .5 .2 .2",
    "'\\\\u001b\\[2J' is not a number",
  ),
  {
    name: "a box over the border is clipped",
    files: { [FILE]: "0 0.95 0.5 0.2 0.5\n" },
    told: [
      new RegExp(`^warning ${FILE}:1: the box reaches 5.0 % beyond the image: it was clipped`),
    ],
    check: boxes([(0.95 - 0.2 / 2) * WIDTH, 0.25 * HEIGHT, WIDTH, 0.75 * HEIGHT]),
  },
  {
    name: "a class of billions where nothing names the classes",
    files: {
      "data.yaml": "train: images/train\nval: images/val\n",
      [FILE]: "4000000000 0.5 0.5 0.2 0.2\n",
    },
    told: [
      /^error labels\/train\/01_1\.txt:1: class 4000000000 is beyond 999/,
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
    `:3: the labels cannot be read \\(it holds a NUL byte, which no text does\\): ${REPLACE}`,
  ),
  file(
    "UTF-16 without byte order mark",
    utf16(LABEL, "little").subarray(2),
    ":1: the labels cannot be read \\(it holds a NUL byte",
  ),
  file(
    "UTF-16 cut in the middle of a character",
    utf16(LABEL, "little").subarray(0, -1),
    ": .*not text in UTF-16LE",
  ),
  {
    name: "a file of 50 MB is not even opened",
    files: () => repeated(50_000_000 / LABEL.length, LABEL),
    told: [
      /^error labels\/train\/01_1\.txt: the labels cannot be read \(it has 50 MB, more than the 1 MB that are read\)/,
    ],
    within: 3000,
  },
  {
    name: "a line of a million digits",
    files: () => repeated(1, `${"1".repeat(990_000)}x .5 .5 .2 .2`),
    told: [/^error labels\/train\/01_1\.txt:1: '11111111111111111111…' is not a number/],
    within: 3000,
  },
  {
    name: "a line of a hundred thousand columns",
    files: () => repeated(1, `0 ${"0.5 ".repeat(100_000)}`),
    told: [/^error labels\/train\/01_1\.txt:1: 100001 numbers look like a segmentation polygon/],
    within: 3000,
  },
  {
    name: "a text of another kind: twenty faults one by one, then how many more",
    files: () => repeated(5000, "this is prose\n"),
    told: [
      ...Array.from(
        { length: 20 },
        (_, i) => new RegExp(`^error ${FILE}:${i + 1}: expected 5 numbers.*found 3`),
      ),
      new RegExp(`^error ${FILE}:21: 4980 more problems from here on: is this a label file\\?`),
    ],
    check: boxes(),
  },
  {
    name: "a folder in a label's place",
    prepare: instead(mkdirSync),
    told: [
      /^error labels\/train\/01_1\.txt: the labels cannot be read \(it is a folder, not a file\)/,
    ],
    check: boxes(),
  },
  {
    name: "a pipe in a label's place is not waited for",
    prepare: instead((path) => execFileSync("mkfifo", [path])),
    told: [
      /^error labels\/train\/01_1\.txt: the labels cannot be read \(it is a device or a pipe, not a file\)/,
    ],
    check: boxes(),
    within: 3000,
  },
  {
    name: "a label that may not be read",
    prepare: (root) => forbid(join(root, FILE)),
    told: [
      /^error labels\/train\/01_1\.txt: the labels cannot be read \(there is no permission to read it\)/,
    ],
    check: boxes(),
  },
  {
    name: "a folder of labels that may not be listed",
    prepare: (root) => forbid(join(root, "labels/train")),
    told: [
      /^error labels\/train: the folder cannot be listed \(there is no permission to read it\): mend or remove it/,
    ],
  },
  {
    name: "no folder of labels: one warning, not one an image",
    without: ["labels/train"],
    told: [
      /^warning labels\/train: there is no such folder of labels: 2 images count as without boxes/,
    ],
    check: boxes(),
  },
]);
