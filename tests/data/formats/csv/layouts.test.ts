/** Tables as RetinaNet, Roboflow and challenges have them, and others whose columns are named. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { formatProblem } from "../../../../src/data/checks";
import { openDataset } from "../../../../src/data/dataset";
import { decodeRecord } from "../../../../src/data/image";
import { openVolume } from "../../../../src/data/volumes/open-volumes";
import { slicePicture } from "../../../../src/data/volumes/volume";
import { temporaryFolder, writeFiles } from "../../files";
import { fixture } from "../../volumes/reference";
import { type NamedBox, testFormat } from "../cases";

const BOX: NamedBox = ["ring", 4, 6, 14, 26];
const SOLID: NamedBox = ["solid", 0, 0, 5, 5];

testFormat("csv", [
  {
    name: "RetinaNet: without a header, with images without boxes, and the order of the classes",
    images: ["images/1.png", "images/2.png", "images/3.png"],
    files: {
      "annotations.csv":
        "images/1.png,4,6,14,26,ring\nimages/1.png,0,0,5,5,solid\nimages/2.png,,,,,\nimages/3.png,0,0,5,5,solid\n",
      "classes.csv": "solid,0\nring,1\n",
    },
    boxes: { "images/1.png": [BOX, SOLID], "images/2.png": [], "images/3.png": [SOLID] },
    check: ({ classNames, notes }) => {
      assert.deepEqual(classNames, ["solid", "ring"]);
      assert.match(
        notes[1],
        /^annotations.csv was read with file = column 1, x1 = column 2, .* class = column 6\.$/,
      );
    },
  },
  {
    name: "RetinaNet: with a header, and a table for each split",
    images: ["images/1.png", "images/2.png"],
    files: {
      "train.csv": "path,x1,y1,x2,y2,class_name\nimages/1.png,4,6,14,26,ring\n",
      "val.csv": "path,x1,y1,x2,y2,class_name\nimages/2.png,0,0,5,5,solid\n",
    },
    boxes: { "images/1.png": [BOX], "images/2.png": [SOLID] },
    splits: { train: ["images/1.png"], val: ["images/2.png"] },
  },
  {
    name: "Roboflow: a table in the folder of each split, with Windows line ends",
    images: ["train/1.png", "valid/1.png", "test/3.png"],
    options: { patients: /\d+$/ },
    files: {
      "train/_annotations.csv":
        "filename,width,height,class,xmin,ymin,xmax,ymax\r\n1.png,40,30,ring,4,6,14,26\r\n",
      "valid/_annotations.csv":
        "filename,width,height,class,xmin,ymin,xmax,ymax\r\n1.png,40,30,solid,0,0,5,5\r\n",
      "test/_annotations.csv":
        "filename,width,height,class,xmin,ymin,xmax,ymax\r\n3.png,40,30,ring,4,6,14,26\r\n",
    },
    boxes: { "train/1.png": [BOX], "valid/1.png": [SOLID], "test/3.png": [BOX] },
    splits: { train: ["train/1.png"], valid: ["valid/1.png"], test: ["test/3.png"] },
    problems: [/patient 1 is in the splits/],
  },
  {
    name: "RSNA pneumonia: images are named by their patients; target 0 is an image without boxes",
    images: [
      "stage_2_train_images/a-1.png",
      "stage_2_train_images/b_2.png",
      "stage_2_test_images/c.png",
    ],
    files: {
      "stage_2_train_labels.csv":
        "patientId,x,y,width,height,Target\na-1,4.0,6.0,10.0,20.0,1\na-1,0,0,5,5,1\nb_2,,,,,0\n",
      "stage_2_detailed_class_info.csv": "patientId,class\na-1,Lung Opacity\nb_2,Normal\n",
    },
    options: { classNames: ["Lung Opacity"] },
    boxes: {
      "stage_2_train_images/a-1.png": [
        ["Lung Opacity", 4, 6, 14, 26],
        ["Lung Opacity", 0, 0, 5, 5],
      ],
      "stage_2_train_images/b_2.png": [],
    },
    splits: { train: ["stage_2_train_images/a-1.png", "stage_2_train_images/b_2.png"] },
    problems: [
      /^warning \.: images that no annotation file names were left out .*: 1 \(stage_2_test_images\/c.png\)$/,
    ],
    check: ({ patients }) => assert.deepEqual(patients, ["a-1", "b_2"]),
  },
  {
    name: "VinDr: no finding is an image without boxes, classes have numbers, and readers are told",
    images: ["train/abc.png", "train/def.png"],
    files: {
      "train.csv":
        "image_id,class_name,class_id,rad_id,x_min,y_min,x_max,y_max\n" +
        "def,No finding,14,R1,,,,\ndef,No finding,14,R2,0,0,1,1\n" +
        "abc,solid,0,R1,0,0,5,5\nabc,ring,11,R2,4,6,14,26\nabc,No finding,14,R3,,,,\n",
    },
    boxes: { "train/abc.png": [SOLID, BOX], "train/def.png": [] },
    problems: [
      /^warning train.csv: readers who annotated the images: 3; the boxes of all of them are used/,
    ],
    check: ({ classNames }) => assert.deepEqual(classNames, ["solid", "ring"]),
  },
  {
    name: "NIH chest X-rays: brackets in the header, and empty columns at the end",
    images: ["images/1.png"],
    files: {
      "BBox_List_2017.csv":
        "Image Index,Finding Label,Bbox [x,y,w,h],,,\n1.png,ring,4,6,10,20,,,\n",
    },
    boxes: { "images/1.png": [BOX] },
  },
  {
    name: "fractions of the image, with the edges in another order",
    images: ["images/1.png"],
    files: {
      "boxes.csv":
        "ImageID,LabelName,XMin,XMax,YMin,YMax\n1,ring,0.1,0.35,0.2,0.8\n1,solid,0,1,0,1\n",
    },
    boxes: {
      "images/1.png": [
        ["ring", 4, 6, 14, 24],
        ["solid", 0, 0, 40, 30],
      ],
    },
    problems: [/^warning boxes.csv: its boxes are below 1 and are read as fractions of the image$/],
  },
  ...[
    "filename,width,height,class,x,y,w,h\n1.png,80,60,ring,8,12,20,40\n",
    "filename,class,x,y,w,h,width,height\n1.png,ring,8,12,20,40,80,60\n",
    "filename,width,height,class,bbox_x,bbox_y,bbox_width,bbox_height\n1.png,80,60,ring,8,12,20,40\n",
  ].map((table) => ({
    name: `columns for the size of the image and of the box: ${table.split("\n")[0]}`,
    images: ["1.png"],
    files: { "boxes.csv": table },
    boxes: { "1.png": [BOX] },
    problems: [/the image is 40 x 30 pixels, and the annotations are for 80 x 60: its boxes were/],
  })),
  {
    name: "beside two corners, width and height may be those of the box",
    images: ["1.png", "2.png"],
    files: {
      "boxes.csv":
        "filename,xmin,ymin,xmax,ymax,width,height\n1.png,4,6,24,21,20,15\n2.png,4,6,14,26,10,20\n",
    },
    boxes: { "1.png": [["lesion", 4, 6, 24, 21]], "2.png": [["lesion", 4, 6, 14, 26]] },
  },
  {
    name: "corners that are called 0 and 1",
    images: ["1.png"],
    files: { "boxes.csv": "file_name;x0;y0;x1;y1;label\n1.png;4;6;14;26;ring\n" },
    boxes: { "1.png": [BOX] },
  },
  {
    name: "columns for patients and splits",
    images: ["1.png", "2.png", "3.png"],
    files: {
      "boxes.csv":
        "image,xmin,ymin,xmax,ymax,class,patient_id,split\n1.png,4,6,14,26,ring,P 1,train\n2.png,0,0,5,5,solid,P 2,Validation\n3.png,,,,,,P 3,test\n",
    },
    boxes: { "1.png": [BOX], "2.png": [SOLID], "3.png": [] },
    splits: { train: ["1.png"], validation: ["2.png"], test: ["3.png"] },
    check: ({ patients }) => assert.deepEqual(patients, ["P 1", "P 2", "P 3"]),
  },
  {
    name: "columns that the user names",
    images: ["1.png", "2.png"],
    files: {
      "table.csv":
        "id,Bild,links,oben,rechts,unten,Befund,Person\n1,1.png,4,6,14,26,ring,A\n2,2.png,0,0,5,5,solid,B\n",
      "other.csv": "a,b\n1,2\n",
    },
    options: {
      columns: {
        file: "Bild",
        x1: "links",
        y1: "oben",
        x2: "rechts",
        y2: "unten",
        class: "befund",
        patient: "Person",
      },
    },
    boxes: { "1.png": [BOX], "2.png": [SOLID] },
    check: ({ patients }) => assert.deepEqual(patients, ["A", "B"]),
  },
  {
    name: "places of columns in a table without a header",
    images: ["1.png"],
    files: { "table.csv": "ring,1.png,4,6,10,20\nsolid,1.png,0,0,5,5\n" },
    options: { columns: { class: "1", file: "2", x: "3", y: "4", width: "5", height: "6" } },
    boxes: { "1.png": [BOX, SOLID] },
  },
  {
    name: "a column that there is not",
    images: ["1.png"],
    files: { "table.csv": "a,b\n1,2\n" },
    options: { columns: { file: "image" } },
    refused: /table.csv: it has no column 'image', only 'a', 'b'/,
  },
  {
    name: "a column for something unknown",
    images: ["1.png"],
    files: { "table.csv": "a,b\n1,2\n" },
    options: { columns: { picture: "a" } },
    refused: /the option 'columns' has no 'picture': it may have file, x1, y1, x2, y2, x, y/,
  },
  {
    name: "a table whose columns are not known",
    images: ["1.png"],
    files: { "table.csv": "Bild,links,oben\n1.png,2,3\n" },
    refused:
      /This folder has these files: 1 \.csv, 1 \.png\. The table table.csv has the columns Bild, links, oben, which are not known as a file and a box: name them with the option 'columns'\./,
  },
  {
    name: "no class: all boxes are lesions; only class numbers",
    images: ["a/1.png", "b/2.png"],
    files: {
      "a/boxes.csv": "image,x,y,w,h\n1.png,4,6,10,20\n",
      "b/boxes.csv": "image,x,y,w,h,class_id\n2.png,4,6,10,20,7\n",
    },
    boxes: { "a/1.png": [["lesion", 4, 6, 14, 26]], "b/2.png": [["class 7", 4, 6, 14, 26]] },
  },
]);

for (const [name, text] of [
  ["semicolons and decimal commas", "file;x1;y1;x2;y2;class\n1.png;4,5;6,25;14,0;26;ring\n"],
  ["commas, decimal commas in quotes", 'file,x1,y1,x2,y2,class\n1.png,"4,5","6,25",14,26,ring\n'],
  ["tabs", "file\tx1\ty1\tx2\ty2\tclass\n1.png\t4.5\t6.25\t14\t26\tring\n"],
  [
    "tabs, and quotes around each cell",
    '"file"\t"x1"\t"y1"\t"x2"\t"y2"\t"class"\n"1.png"\t"4.5"\t"6.25"\t"14"\t"26"\t"ring"\n',
  ],
  ["bars and blanks", "file | x1 | y1 | x2 | y2 | class\n 1.png | 4.5 | 6.25 | 14 | 26 | ring\n"],
  [
    "a byte order mark and quotes",
    '\uFEFF"file","x1","y1","x2","y2","class"\r\n"1.png","4.5","6.25","14","26","ring"',
  ],
  [
    "the delimiter in the first line, as Excel writes it",
    "sep=;\r\nfile;x1;y1;x2;y2;class\r\n1.png;4,5;6,25;14;26;ring\r\n",
  ],
  [
    "old line ends and empty lines",
    "\rfile,x1,y1,x2,y2,class\r\r,,,,,\r1.png,4.5,6.25,14,26,ring\r\r",
  ],
  [
    "headers with blanks and underscores",
    "File Name,X Min,Y_MIN,x-max,YMax,Class Name\n1.png,4.5,6.25,14,26,ring\n",
  ],
  [
    "more columns than cells, and more cells than columns",
    "file,x1,y1,x2,y2,class,note\n1.png,4.5,6.25,14,26,ring\n1.png,1,2,3,4,ring,a,b,c\n",
  ],
  ["numbers in other forms", "file,x1,y1,x2,y2,class\n1.png,+4.5,6.25e0,1.4E1,26.,ring\n"],
] as const)
  testFormat("csv", [
    {
      name,
      images: ["1.png"],
      files: { "boxes.csv": text },
      boxes: {
        "1.png": [
          ["ring", 4.5, 6.25, 14, 26],
          ...(text.includes("a,b,c") ? [["ring", 1, 2, 3, 4] as const] : []),
        ],
      },
    },
  ]);

testFormat("csv", [
  {
    name: "UTF-16 with a byte order mark",
    images: ["ä.png"],
    files: {
      "boxes.csv": Buffer.from(
        "\uFEFFfile\tx1\ty1\tx2\ty2\tclass\r\nä.png\t4\t6\t14\t26\tring\r\n",
        "utf16le",
      ),
    },
    boxes: { "ä.png": [BOX] },
  },
  {
    name: "Windows-1252, as Excel writes it",
    images: ["ä.png"],
    files: {
      "boxes.csv": Buffer.from("file;x1;y1;x2;y2;class\r\nä.png;4;6;14;26;ring\r\n", "latin1"),
    },
    boxes: { "ä.png": [BOX] },
    problems: [
      /^warning boxes.csv: it is not UTF-8 and was read as Windows-1252: save it as UTF-8$/,
    ],
  },
  {
    name: "file names with commas, quotes and line ends",
    images: ['a, "b".png'],
    files: {
      "boxes.csv":
        'file,x1,y1,x2,y2,class,note\n"a, ""b"".png",4,6,14,26,ring,"two\nlines"\n"a, ""b"".png",0,0,5,5,solid,\n',
    },
    boxes: { 'a, "b".png': [BOX, SOLID] },
    check: ({ images }) =>
      assert.deepEqual(
        images[0].annotations.map(({ line }) => line),
        [2, 4],
      ),
  },
]);

for (const [file, isSquare] of [
  ["mono2.dcm", true],
  ["oblique.dcm", false],
] as const)
  test(`csv: DICOM images are read, and their boxes are in stored pixels: ${file}`, async () => {
    const root = temporaryFolder();
    writeFiles(root, {
      "images/p1.dcm": readFileSync(fixture(file)),
      "labels.csv": "patientId,x,y,width,height,Target\np1,1,2,4,3,1\n",
    });
    const { images, problems, patients } = await openDataset(root);
    assert.deepEqual(problems, []);
    const volume = await openVolume(fixture(file));
    const expected = await slicePicture(volume, volume.slices[0]);
    const [image] = images;
    assert.deepEqual([image.width, image.height], [expected.width, expected.height]);
    assert.deepEqual(Array.from((await decodeRecord(image)).pixels), Array.from(expected.pixels));
    const [across, down] = expected.scale;
    assert.equal(across === down, isSquare);
    const box = [across, 2 * down, 5 * across, 5 * down];
    image.annotations[0].box.forEach((edge, i) => assert.ok(Math.abs(edge - box[i]) < 1e-9));
    assert.deepEqual(patients, ["p1"]);
  });

test("csv: a DICOM file with several frames is refused: a table does not name the frame", async () => {
  const root = temporaryFolder();
  writeFiles(root, {
    "a.dcm": readFileSync(fixture("multi-frame.dcm")),
    "labels.csv": "patientId,x,y,width,height,Target\na,1,2,4,3,1\n",
  });
  const { images, problems } = await openDataset(root);
  assert.equal(images.length, 0);
  assert.match(
    formatProblem(problems[1]),
    /^error a.dcm: the image cannot be read \(.*it has 3 frames/,
  );
});
