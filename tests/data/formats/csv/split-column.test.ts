/** Tables in which the splits or the sizes are written in an unusual way. */
import { testFormat } from "../cases";

const IMAGES = ["1.png", "2.png", "3.png"];
const BOX = ["ring", 4, 6, 14, 26] as const;
const BOXES = { "1.png": [BOX], "2.png": [BOX], "3.png": [BOX] };

/** A table with a column more, which has a cell for each image. */
function table(name: string, cells: readonly string[]): Record<string, string> {
  const rows = IMAGES.map((file, i) => `${file},4,6,14,26,ring,${cells[i]}\n`);
  return { "boxes.csv": `file,x1,y1,x2,y2,class,${name}\n${rows.join("")}` };
}

testFormat("csv", [
  {
    name: "a column of splits with a name that is not known",
    images: IMAGES,
    files: table("data_split", ["Training", "test", "VAL"]),
    boxes: BOXES,
    splits: { train: ["1.png"], val: ["3.png"], test: ["2.png"] },
  },
  {
    name: "a column in which only some rows have the word for a split",
    images: IMAGES,
    files: table("remark", ["train", "test", "blurred"]),
    boxes: BOXES,
    splits: { train: IMAGES },
  },
  {
    name: "a column in which all rows have the same word",
    images: IMAGES,
    files: table("purpose", ["test", "test", "test"]),
    boxes: BOXES,
    splits: { train: IMAGES },
  },
  {
    name: "a column of splits with numbers, which do not say what they are for",
    images: IMAGES,
    files: table("split", ["0", "1", "2"]),
    boxes: BOXES,
    splits: { "0": ["1.png"], "1": ["2.png"], "2": ["3.png"] },
    problems: [
      /^warning boxes\.csv: the splits in its column \(0, 1, 2\) all count as training, because of their names: use words such as train, val and test$/,
    ],
  },
  {
    name: "lists of splits beside the table, which are not read",
    images: ["1.png"],
    files: {
      "boxes.csv": "file,x1,y1,x2,y2,class\n1.png,4,6,14,26,ring\n",
      "test_list.txt": "1.png\n",
      "train_notes.txt": "",
    },
    boxes: { "1.png": [BOX] },
    problems: [
      /^warning \.: files that are called like lists of splits were not read, so all images are in 'train': 1 \(test_list.txt\); put /,
    ],
  },
  {
    name: "sizes of boxes with decimal commas are not sizes of images",
    images: ["1.png", "2.png"],
    files: {
      "boxes.csv":
        "file;x1;y1;x2;y2;width;height;class\n1.png;4,5;6;14;26;9,5;20;ring\n2.png;4;6;14,5;26;10;20;ring\n",
    },
    boxes: { "1.png": [["ring", 4.5, 6, 14, 26]], "2.png": [["ring", 4, 6, 14.5, 26]] },
  },
]);
