/** The ways in which Pascal VOC data sets lie in folders. */
import assert from "node:assert/strict";
import { testFormat } from "../cases";
import { object, vocFile } from "./files";

const BOX = ["ring", 4, 6, 14, 26] as const;
const FILE = vocFile(object());

testFormat("voc", [
  {
    name: "a box at an angle, as CVAT writes it, becomes the box around it",
    images: ["1.png"],
    files: {
      "1.xml": vocFile(
        object(
          "ring",
          [11, 11, 30, 20],
          "<attributes><attribute><name>occluded</name><value>False</value></attribute><attribute><name>rotation</name><value>90.0</value></attribute></attributes>",
        ) +
          object(
            "ring",
            [5, 7, 14, 26],
            "<attributes><attribute><name>rotation</name><value>0.0</value></attribute></attributes>",
          ),
      ),
    },
    boxes: {
      "1.png": [
        ["ring", 15, 5, 25, 25],
        ["ring", 4, 6, 14, 26],
      ],
    },
    problems: [/boxes that are drawn at an angle became the boxes around them: 1$/],
  },
  {
    name: "the folders of the original data set, below a folder of the year, with lists of splits",
    images: ["VOC2012/JPEGImages/1.png", "VOC2012/JPEGImages/2.png", "VOC2012/JPEGImages/3.png"],
    files: {
      "VOC2012/Annotations/1.xml": FILE,
      "VOC2012/Annotations/2.xml": FILE,
      "VOC2012/Annotations/3.xml": FILE,
      "VOC2012/ImageSets/Main/train.txt": "1\r\n",
      "VOC2012/ImageSets/Main/val.txt": "2\n\n",
      "VOC2012/ImageSets/Main/trainval.txt": "1\n2\n",
      "VOC2012/ImageSets/Main/test.txt": "3",
      "VOC2012/ImageSets/Main/ring_train.txt": "1 -1\n2  1\n3  1\n",
    },
    boxes: {
      "VOC2012/JPEGImages/1.png": [BOX],
      "VOC2012/JPEGImages/2.png": [BOX],
      "VOC2012/JPEGImages/3.png": [BOX],
    },
    splits: {
      train: ["VOC2012/JPEGImages/1.png"],
      val: ["VOC2012/JPEGImages/2.png"],
      test: ["VOC2012/JPEGImages/3.png"],
    },
  },
  {
    name: "lists with names that end with a blank and a number",
    images: ["JPEGImages/scan.png", "JPEGImages/scan 1.png", "JPEGImages/scan 0.png"],
    files: {
      "Annotations/scan.xml": FILE,
      "Annotations/scan 1.xml": FILE,
      "Annotations/scan 0.xml": FILE,
      "ImageSets/Main/train.txt": "scan\n",
      "ImageSets/Main/val.txt": "scan 1\n",
      "ImageSets/Main/test.txt": "scan 0.png\n",
    },
    boxes: {
      "JPEGImages/scan.png": [BOX],
      "JPEGImages/scan 1.png": [BOX],
      "JPEGImages/scan 0.png": [BOX],
    },
    splits: {
      train: ["JPEGImages/scan.png"],
      val: ["JPEGImages/scan 1.png"],
      test: ["JPEGImages/scan 0.png"],
    },
  },
  {
    name: "two years with the same names",
    images: ["VOC2007/JPEGImages/1.png", "VOC2012/JPEGImages/1.png"],
    files: {
      "VOC2007/Annotations/1.xml": FILE,
      "VOC2012/Annotations/1.xml": vocFile(object("solid")),
    },
    boxes: {
      "VOC2007/JPEGImages/1.png": [BOX],
      "VOC2012/JPEGImages/1.png": [["solid", 4, 6, 14, 26]],
    },
  },
  {
    name: "a list of training and validation together; names with endings, and names without a file",
    images: ["JPEGImages/1.png", "JPEGImages/2.png", "JPEGImages/3.png"],
    files: {
      "Annotations/1.xml": FILE,
      "Annotations/2.xml": FILE,
      "Annotations/3.xml": FILE,
      "ImageSets/Main/trainval.txt": "1.png\n7\n",
      "ImageSets/test.txt": "2\n",
    },
    boxes: { "JPEGImages/1.png": [BOX], "JPEGImages/2.png": [BOX] },
    splits: { train: ["JPEGImages/1.png"], test: ["JPEGImages/2.png"] },
    problems: [
      /^warning \.: XML files that no list in ImageSets has were left out: 1 \(Annotations\/3.xml\)$/,
      /^warning ImageSets\/Main\/trainval.txt: names that have no XML file were left out: 1 of 2$/,
    ],
  },
  {
    name: "an image in the lists of two splits is kept from training",
    images: ["JPEGImages/1.png", "JPEGImages/2.png"],
    files: {
      "Annotations/1.xml": FILE,
      "Annotations/2.xml": FILE,
      "ImageSets/Main/train.txt": "1\n2\n",
      "ImageSets/Main/val.txt": "2\n",
    },
    boxes: { "JPEGImages/1.png": [BOX], "JPEGImages/2.png": [BOX] },
    splits: { train: ["JPEGImages/1.png"], val: ["JPEGImages/2.png"] },
    problems: [/images in the splits 'val' and 'train' are only in 'val' now: 1/],
  },
  {
    name: "XML beside the images, in folders of splits, as Roboflow exports it",
    images: ["train/a.png", "valid/b.png", "test/c.png"],
    files: {
      "train/a.xml": vocFile(object(), "a.png"),
      "valid/b.xml": vocFile("", "b.png"),
      "test/c.xml": vocFile(object("solid"), "c.png"),
      "README.roboflow.txt": "text",
    },
    boxes: {
      "train/a.png": [BOX],
      "valid/b.png": [],
      "test/c.png": [["solid", 4, 6, 14, 26]],
    },
    splits: { train: ["train/a.png"], valid: ["valid/b.png"], test: ["test/c.png"] },
    check: ({ classNames }) => assert.deepEqual(classNames, ["ring", "solid"]),
  },
  {
    name: "XML beside the images in one folder",
    images: ["01_1.png", "02_1.png"],
    files: { "01_1.xml": FILE, "02_1.xml": FILE },
    boxes: { "01_1.png": [BOX], "02_1.png": [BOX] },
    options: { patients: /^\d+/ },
    check: ({ patients }) => assert.deepEqual(patients, ["01", "02"]),
  },
  {
    name: "folders images and annotations below each split, with the same names in both",
    images: ["train/images/1.png", "test/images/1.png"],
    options: { patients: /\d+$/ },
    files: {
      "train/annotations/1.xml": FILE,
      "test/annotations/1.xml": vocFile(object("solid")),
    },
    boxes: { "train/images/1.png": [BOX], "test/images/1.png": [["solid", 4, 6, 14, 26]] },
    problems: [/patient 1 is in the splits/],
  },
  {
    name: "folders of splits below images and labels, with the same names in both",
    images: ["images/train/1.png", "images/val/1.png"],
    options: { patients: /\d+$/ },
    files: { "labels/train/1.xml": FILE, "labels/val/1.xml": vocFile(object("solid")) },
    boxes: { "images/train/1.png": [BOX], "images/val/1.png": [["solid", 4, 6, 14, 26]] },
    splits: { train: ["images/train/1.png"], val: ["images/val/1.png"] },
    problems: [/patient 1 is in the splits/],
  },
  {
    name: "names with dots, and XML whose name has the ending of the image too",
    images: ["images/1.2.840.png", "images/b.png"],
    files: { "annotations/1.2.840.xml": FILE, "annotations/b.png.xml": FILE },
    boxes: { "images/1.2.840.png": [BOX], "images/b.png": [BOX] },
  },
]);
