/**
 * Boxes that are fractions of the image, as tools write them: rounded, not clipped, or with a
 * faulty one among them.
 */
import { testFormat } from "./cases";
import { annotation, cocoFile, image } from "./coco/files";
import { object, vocFile } from "./voc/files";

const HEADER = "file,x1,y1,x2,y2,class\n";
const WARNING = /^warning \S+: its boxes are below 1 and are read as fractions of the image$/;
/** The names of the two images. */
const IMAGES = ["1.png", "2.png"];

testFormat("csv", [
  {
    name: "fractions that reach a little beyond the image",
    images: IMAGES,
    files: {
      "boxes.csv": `${HEADER}1.png,-0.0004,0.2,0.5,1.0000001,ring\n2.png,0.5,0.5,1.02,0.9,ring\n`,
    },
    boxes: { "1.png": [["ring", 0, 6, 20, 30]], "2.png": [["ring", 20, 15, 40, 27]] },
    problems: [WARNING, /^warning boxes.csv:3: the box reaches 2.0 % beyond the image: it was/],
  },
  {
    name: "fractions with decimal commas and three decimals",
    images: ["1.png"],
    files: { "boxes.csv": `${HEADER.replaceAll(",", ";")}1.png;0,125;0,200;0,500;0,900;ring\n` },
    boxes: { "1.png": [["ring", 5, 6, 20, 27]] },
    problems: [WARNING],
  },
  {
    name: "a box far outside beside fractions does not make pixels of them",
    images: ["1.png"],
    files: {
      "boxes.csv": `${HEADER}1.png,0.1,0.2,0.5,1,ring\n1.png,0.5,0.5,0.9,0.9,ring\n1.png,12,14,20,22,ring\n`,
    },
    boxes: {
      "1.png": [
        ["ring", 4, 6, 20, 30],
        ["ring", 20, 15, 36, 27],
      ],
    },
    problems: [
      WARNING,
      /^warning boxes.csv:4: the box reaches far beyond the image: it was clipped$/,
      /^warning boxes.csv:4 \(box left out\): the box is empty: 0 x 0 pixels inside the image; .*$/,
    ],
  },
]);

testFormat("coco", [
  {
    name: "the sum of a left edge and a width is a little more than 1",
    images: IMAGES,
    files: {
      "all.json": cocoFile(
        [image(1, "1.png"), image(2, "2.png")],
        [
          annotation(1, 1, { bbox: [0.5, 0.5, 0.5000001, 0.5] }),
          annotation(2, 2, { bbox: [-0.001, 0.1, 0.101, 0.2] }),
        ],
      ),
    },
    boxes: { "1.png": [["ring", 20, 15, 40, 30]], "2.png": [["ring", 0, 3, 4, 9]] },
    problems: [WARNING],
  },
]);

testFormat("voc", [
  {
    name: "a fraction that is a little more than 1",
    images: ["1.png"],
    files: { "1.xml": vocFile(object("ring", [0.1, 0.2, 0.5, 1.0005])) },
    boxes: { "1.png": [["ring", 4, 6, 20, 30]] },
    problems: [
      /^warning \.: files whose boxes are below 1 and are read as fractions of the image: 1$/,
    ],
  },
]);
