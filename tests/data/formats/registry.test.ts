import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import {
  type DatasetFormat,
  FORMAT_NAMES,
  type Recognition,
} from "../../../src/data/formats/format";
import { chooseFormat, FORMATS } from "../../../src/data/formats/registry";
import { TARGETS } from "../../../src/data/convert/convert-dataset";
import { TARGET_NAMES } from "../../../src/data/convert/target";
import { temporaryFolder, writeFiles } from "../files";

function formatOf(name: string, recognition: Recognition | null): DatasetFormat {
  return {
    name,
    expects: `files of ${name}`,
    recognize: () => Promise.resolve(recognition),
    read: () => Promise.reject(new Error("not read")),
  };
}

const sure = formatOf("sure", { confidence: "high", evidence: "it has a.sure" });
const unsure = formatOf("unsure", { confidence: "low", evidence: "it has images" });
const none = formatOf("none", null);

test("the format with the highest confidence is chosen, with its evidence", async () => {
  const chosen = await chooseFormat(temporaryFolder(), undefined, [none, unsure, sure]);
  assert.deepEqual([chosen.format.name, chosen.evidence], ["sure", "it has a.sure"]);
});

test("a format can be chosen by name, also against the evidence", async () => {
  const chosen = await chooseFormat(temporaryFolder(), "none", [none, sure]);
  assert.equal(chosen.format, none);
  await assert.rejects(
    chooseFormat(temporaryFolder(), "coco", [none, sure]),
    /unknown data set format 'coco'; the formats are none, sure/,
  );
});

test("without a fitting format the error says what each format expects", async () => {
  const folder = temporaryFolder();
  await assert.rejects(
    chooseFormat(folder, undefined, [none, formatOf("other", null)]),
    /no images were found\. A data set has files of none; or files of other/,
  );
  await assert.rejects(chooseFormat(join(folder, "missing")), /there is no such folder/);
  await assert.rejects(chooseFormat(__filename), /this is a file; give the folder of the data set/);
});

test("two formats that fit equally well are an error that names both", async () => {
  const other = formatOf("other", { confidence: "high", evidence: "it has b.other" });
  await assert.rejects(
    chooseFormat(temporaryFolder(), undefined, [sure, unsure, other]),
    /not clear: sure \(it has a\.sure\) or other \(it has b\.other\)\. Choose one with the option/,
  );
});

test("YOLO is recognized by its data.yaml or by its folders", async () => {
  const cases: [string[], Recognition | null][] = [
    [["data.yaml"], { confidence: "high", evidence: "it has a data.yaml" }],
    [
      ["images/train/1.png", "labels/train/1.txt"],
      { confidence: "high", evidence: "labels/train is beside images/train" },
    ],
    [
      ["train/images/1.png", "train/labels/1.txt"],
      { confidence: "high", evidence: "train/labels is beside train/images" },
    ],
    [
      ["images/1.png"],
      { confidence: "low", evidence: "it has the folder images, but no folder of labels" },
    ],
    [["pictures/1.png"], null],
  ];
  const [yolo] = FORMATS.filter(({ name }) => name === "yolo");
  for (const [files, expected] of cases) {
    const root = temporaryFolder();
    writeFiles(root, Object.fromEntries(files.map((file) => [file, ""])));
    assert.deepEqual(await yolo.recognize(root), expected);
  }
});

test("each format is recognized by its files, also beside files of another one", async () => {
  const coco = JSON.stringify({ images: [], annotations: [], categories: [] });
  const voc = "<annotation><object></object></annotation>";
  const csv = "file,x1,y1,x2,y2\n1.png,1,2,3,4\n";
  const yolo = { "images/train/1.png": "", "labels/train/1.txt": "" };
  const cases: [files: Record<string, string>, format: string, evidence: string][] = [
    [{ "1.png": "", "a/b/train.json": coco }, "coco", "a/b/train.json is a COCO file"],
    [{ "1.png": "", "1.xml": voc }, "voc", "1.xml is a Pascal VOC file"],
    [{ "1.png": "", "a.csv": csv }, "csv", "a.csv is a table of boxes"],
    [{ "a.csv": csv }, "csv", "a.csv is a table of boxes, but its first images are missing"],
    [{ ...yolo, "all.json": coco }, "yolo", "labels/train is beside images/train"],
    [{ ...yolo, "1.xml": voc }, "yolo", "labels/train is beside images/train"],
    [{ "1.png": "", "all.json": coco, "a.csv": csv }, "coco", "all.json is a COCO file"],
    [
      { "images/1.png": "", "via.csv": "filename,region_shape_attributes\n" },
      "yolo",
      "it has the folder images, but no folder of labels. The table via.csv has the columns filename, region_shape_attributes, which are not known as a file and a box: name them with the option 'columns'",
    ],
    [
      { "images/image_1.png": "", "masks/mask_1.png": "" },
      "yolo",
      "it has the folder images, but no folder of labels. It has masks, such as masks/mask_1.png, and no image called mask_1 for it: give masks the names of their images",
    ],
  ];
  for (const [files, name, evidence] of cases) {
    const root = temporaryFolder();
    writeFiles(root, files);
    const chosen = await chooseFormat(root);
    assert.deepEqual([chosen.format.name, chosen.evidence], [name, evidence]);
  }
  const both = temporaryFolder();
  writeFiles(both, { "1.png": "", "all.json": coco, "1.xml": voc });
  await assert.rejects(chooseFormat(both), /not clear: coco \(.*\) or voc \(.*\)\. Choose one/);
});

test("a folder that no format fits is described by the kinds of its files", async () => {
  const cases: [Record<string, string>, RegExp][] = [
    [{}, /This folder is empty\.$/],
    [{ "a.PDF": "", "b.pdf": "", "sub/c": "" }, /these files: 2 \.pdf, 1 without an ending\.$/],
    [{ "a.json": "{}", "b.xml": "<a/>" }, /these files: 1 \.json, 1 \.xml\.$/],
    [
      { "a.csv": "name,age\n", "1.png": "" },
      /1 \.csv, 1 \.png\. The table a\.csv has the columns name, age, .* name them with the option/,
    ],
    [
      Object.fromEntries("abcdefg".split("").map((ending) => [`1.${ending}`, ""])),
      /1 \.a, 1 \.b, 1 \.c, 1 \.d, 1 \.e, 2 others\.$/,
    ],
  ];
  for (const [files, message] of cases) {
    const root = temporaryFolder();
    writeFiles(root, files);
    await assert.rejects(chooseFormat(root), message);
  }
});

test("the list of names for commands has every format and every target, in order", () => {
  const names = (formats: readonly { name: string }[]) => formats.map(({ name }) => name);
  assert.deepEqual([...FORMAT_NAMES], names(FORMATS));
  assert.deepEqual([...TARGET_NAMES], names(TARGETS));
});
