/** Tables with the columns of several boxes: one box a row is read, and the others are reported. */
import { type FormatCase, testFormat } from "../cases";

const BOX = ["ring", 4, 6, 14, 26] as const;

/** A table of two images. */
function table(
  name: string,
  text: string,
  problems: readonly RegExp[],
  options?: FormatCase["options"],
): FormatCase {
  const images = ["1.png", "2.png"];
  return {
    name,
    images,
    files: { "boxes.csv": text },
    boxes: { "1.png": [BOX], "2.png": [BOX] },
    problems,
    options,
  };
}

const error = (names: string) => [
  new RegExp(
    `^error boxes\\.csv: one box is read from each row, and the columns ${names} seem to have more: write a row for each box`,
  ),
];
const HEADER = "file,class,xmin,ymin,xmax,ymax";
const rows = (first: string, second: string) =>
  `1.png,ring,4,6,14,26,${first}\n2.png,ring,4,6,14,26,${second}\n`;

testFormat("csv", [
  table(
    "the columns of the box twice",
    `${HEADER},xmin,ymin,xmax,ymax\n${rows("1,2,3,4", ",,,")}`,
    error("xmin, ymin, xmax, ymax"),
  ),
  table(
    "the columns of further boxes with a number, as pandas writes them",
    `${HEADER},xmin.1,ymin.1,xmax.1,ymax.1\n${rows(",,,", "1,2,3,4")}`,
    error("xmin\\.1, ymin\\.1, xmax\\.1, ymax\\.1"),
  ),
  table(
    "the same box twice in each row",
    `${HEADER},xmin,ymin,xmax,ymax\n${rows("4,6,14,26", "4,6,14,26")}`,
    [],
  ),
  table(
    "columns of further boxes without any",
    `${HEADER},xmin2,ymin2,xmax2,ymax2\n${rows(",,,", ",,,")}`,
    [],
  ),
  table(
    "the corners and sizes of two boxes, which are not two corners",
    "file,class,x1,y1,w1,h1,x2,y2,w2,h2\n1.png,ring,4,6,,,14,26,,\n2.png,ring,4,6,1,1,14,26,1,1\n",
    error("w1, h1, w2, h2"),
  ),
  table(
    "the columns of the box twice, and the user names one of them",
    `${HEADER},xmin.1,ymin.1,xmax.1,ymax.1\n${rows("1,2,3,4", ",,,")}`,
    [],
    { columns: { x1: "xmin", y1: "ymin", x2: "xmax", y2: "ymax" } },
  ),
]);
