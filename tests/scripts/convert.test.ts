/** `npm run convert` on small data sets. */
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { picture, temporaryFolder, writeFiles } from "../data/files";
import { runCommand } from "./run-command";

test("a table whose columns are named becomes YOLO", async () => {
  const folder = temporaryFolder();
  const [from, out] = ["from", "out"].map((name) => join(folder, name));
  writeFiles(from, {
    "1.png": await picture(1),
    "2.png": await picture(2),
    "boxes.csv": "Bild;links;oben;rechts;unten;Befund\n1.png;10;6;30;24;ring\n3.png;1;1;2;2;ring\n",
  });
  const columns = "file=Bild,x1=links,y1=oben,x2=rechts,y2=unten,class=Befund";
  const { status, stdout, stderr } = runCommand(
    "convert",
    ...[from, "--to", "yolo", "--out", out, "--columns", columns],
  );
  assert.equal(status, 0, stderr);
  const lines = stdout.trim().split("\n");
  assert.deepEqual(
    lines.filter((line) => !line.startsWith("Patients unknown: ")),
    [
      "warning .: images that no annotation file names were left out (the option 'unlisted' with the value no-boxes makes them images without boxes): 1 (2.png)",
      "warning boxes.csv: images that are annotated, and whose files are missing, were left out: 1 (3.png) of 2",
      "Read as csv: the option 'columns' is for tables.",
      "boxes.csv was read with file = Bild, x1 = links, y1 = oben, x2 = rechts, y2 = unten, class = Befund.",
      "There is no validation split, which Ultralytics requires: name one as 'val' in data.yaml.",
      `1 images with 1 boxes are in ${out} as yolo.`,
    ],
  );
  assert.equal(
    readFileSync(join(out, "labels", "train", "1.txt"), "utf8"),
    "0 0.50000000 0.50000000 0.50000000 0.60000000\n",
  );
});

test("a folder of another kind gets a sentence, and nothing is written", () => {
  const folder = temporaryFolder();
  const [from, out] = ["from", "out"].map((name) => join(folder, name));
  writeFiles(from, { "slides.pdf": "", "notes.txt": "", "table.csv": "name,age\nA,3\n" });
  const { status, stderr } = runCommand("convert", from, "--to", "coco", "--out", out);
  assert.equal(status, 1);
  assert.match(
    stderr,
    /no images were found\. A data set has .*labels.*; or a COCO file .*; or Pascal VOC files, .*; or a CSV table .*\. This folder has these files: 1 \.csv, 1 \.pdf, 1 \.txt\. The table table\.csv has the columns name, age,/,
  );
  assert.ok(!existsSync(out));
});
