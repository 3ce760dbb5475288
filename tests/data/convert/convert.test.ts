/** What a conversion does with unusual names, images and folders. */
import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { convertDataset } from "../../../src/data/convert/convert-dataset";
import { openDataset } from "../../../src/data/dataset";
import type { ReadOptions } from "../../../src/data/read-dataset";
import { decodeRecord } from "../../../src/data/image";
import { gradient, LABEL, picture, sharpOf, soundSet, temporaryFolder, writeFiles } from "../files";
import { annotation, cocoFile, image } from "../formats/coco/files";
import { fixture } from "../volumes/reference";

/** A data set in a folder of its own, and a path beside it. */
async function sourceAndOut(
  files: Readonly<Record<string, string | Buffer>>,
  options: ReadOptions = {},
) {
  const folder = temporaryFolder();
  const root = join(folder, "from");
  writeFiles(root, files);
  return { dataset: await openDataset(root, options), root, folder, out: join(folder, "out") };
}

/** The paths of all files below a folder, sorted. */
function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();
}

test("YOLO is written as Ultralytics expects it", async () => {
  const { dataset, out } = await sourceAndOut(await soundSet());
  const { images, boxes, remarks } = await convertDataset(dataset, { to: "yolo", out });
  assert.deepEqual([images, boxes, remarks], [3, 2, []]);
  assert.deepEqual(filesBelow(out), [
    "data.yaml",
    "images/train/01_1.png",
    "images/train/02_1.png",
    "images/val/03_1.png",
    "labels/train/01_1.txt",
    "labels/train/02_1.txt",
    "labels/val/03_1.txt",
  ]);
  assert.equal(
    readFileSync(join(out, "data.yaml"), "utf8"),
    "train: images/train\nval: images/val\nnames:\n  - ring\n  - solid\n",
  );
  assert.equal(
    readFileSync(join(out, "labels/train/01_1.txt"), "utf8"),
    "0 0.50000000 0.50000000 0.25000000 0.50000000\n",
  );
});

test("COCO is written as pycocotools expects it", async () => {
  const { dataset, out } = await sourceAndOut(await soundSet(), { patients: /^[^_]+/ });
  const { remarks } = await convertDataset(dataset, { to: "coco", out });
  assert.deepEqual(remarks, []);
  assert.deepEqual(filesBelow(out), [
    "annotations/instances_train.json",
    "annotations/instances_val.json",
    "images/train/01_1.png",
    "images/train/02_1.png",
    "images/val/03_1.png",
  ]);
  const text = readFileSync(join(out, "annotations/instances_train.json"), "utf8");
  assert.deepEqual(JSON.parse(text), {
    info: { description: "Converted. For research and teaching only." },
    images: [
      { id: 1, file_name: "01_1.png", width: 40, height: 30, patient_id: "01" },
      { id: 2, file_name: "02_1.png", width: 40, height: 30, patient_id: "02" },
    ],
    annotations: [
      {
        id: 1,
        image_id: 1,
        category_id: 1,
        bbox: [15, 7.5, 10, 15],
        area: 150,
        segmentation: [],
        iscrowd: 0,
      },
    ],
    categories: [
      { id: 1, name: "ring" },
      { id: 2, name: "solid" },
    ],
  });
});

test("images with one name stay apart, also where case is ignored", async () => {
  const names = ["a/images/1.png", "a/labels/1.png", "b/1.png", "b/1.PNG", "b/1.webp"];
  const files: Record<string, string | Buffer> = {
    "all.json": cocoFile(
      names.map((name, i) => image(i, name)),
      names.map((_, i) => annotation(i + 1, i, { bbox: [i, 0, 5, 5] })),
    ),
  };
  for (const [i, name] of names.slice(0, 4).entries()) files[name] = await picture(i);
  files["b/1.webp"] = await sharpOf(gradient(4)).webp({ lossless: true }).toBuffer();
  for (const to of ["yolo", "coco"]) {
    const { dataset, out } = await sourceAndOut(files);
    assert.deepEqual(dataset.problems, []);
    await convertDataset(dataset, { to, out });
    const images = filesBelow(join(out, "images/train"));
    assert.equal(images.length, names.length);
    const stems = images.map((name) => name.replace(/\.\w+$/, "").toLowerCase());
    assert.equal(new Set(stems).size, names.length, images.join(", "));
    const { images: records, problems } = await openDataset(out);
    assert.deepEqual(problems, []);
    const lefts = records.map(({ annotations: [{ box }] }) => Math.round(box[0]));
    assert.deepEqual(lefts.sort(), [0, 1, 2, 3, 4]);
  }
});

test("splits and classes may have any names", async () => {
  const classNames = ["no", "1e3", "a: b", "'quoted'", "# hash", "ä"];
  const { dataset, out } = await sourceAndOut({
    ...(await soundSet()),
    "data.yaml": `train: [images/train, images/val]\nnames: ${JSON.stringify(classNames)}\n`,
  });
  for (const to of ["yolo", "coco"]) {
    await convertDataset(dataset, { to, out: join(out, to) });
    const read = await openDataset(join(out, to));
    assert.deepEqual(read.problems, []);
    assert.deepEqual(read.classNames, classNames);
  }
});

test("a set without a validation split, and with patients that names do not tell, says so", async () => {
  const { dataset, out } = await sourceAndOut({
    "1.png": await picture(1),
    "all.json": cocoFile([image(1, "1.png", { patient_id: "P, 1" })], [annotation(1, 1)]),
  });
  const { remarks } = await convertDataset(dataset, { to: "yolo", out });
  assert.deepEqual(remarks, [
    "There is no validation split, which Ultralytics requires: name one as 'val' in data.yaml.",
    "YOLO has no place for patients: they are in patients.csv, which this project reads.",
  ]);
  assert.equal(
    readFileSync(join(out, "patients.csv"), "utf8"),
    'file,patient\nimages/train/1.png,"P, 1"\n',
  );
  assert.deepEqual((await openDataset(out)).patients, ["P, 1"]);
});

test("images that other programs may read in another way are written as PNG", async () => {
  const pixels = gradient(1);
  const color = Uint8Array.from({ length: 3 * pixels.length }, (_, i) => (i * 7) % 256);
  const translucent = Uint8Array.from({ length: 4 * pixels.length }, (_, i) => (i * 5) % 256);
  const deep = Uint16Array.from(pixels, (value) => value * 256 + 17);
  const files = {
    "images/1_jpeg.jpg": await sharpOf(pixels).jpeg().toBuffer(),
    "images/2_png_that_is_called.jpg": await picture(2),
    "images/3_color.png": await sharpOf(color, undefined, undefined, 3).png().toBuffer(),
    "images/4_turned.jpg": await sharpOf(pixels).jpeg().withMetadata({ orientation: 6 }).toBuffer(),
    "images/5_translucent.png": await sharpOf(translucent, undefined, undefined, 4)
      .png()
      .toBuffer(),
    "images/6_deep.png": await sharpOf(deep).toColourspace("grey16").png().toBuffer(),
  };
  const labels = Object.keys(files).map((path) => [
    path.replace("images", "labels").replace(/\.\w+$/, ".txt"),
    LABEL,
  ]);
  const { dataset, out } = await sourceAndOut({
    ...files,
    ...(Object.fromEntries(labels) as Record<string, string>),
    "data.yaml": "names: [ring]\n",
  });
  const { remarks } = await convertDataset(dataset, { to: "coco", out });
  assert.match(remarks[0], /^3 of 6 images are not plain images of 8 bits and were written as PNG/);
  assert.deepEqual(filesBelow(join(out, "images")), [
    "train/1_jpeg.jpg",
    "train/2_png_that_is_called.png",
    "train/3_color.png",
    "train/4_turned.png",
    "train/5_translucent.png",
    "train/6_deep.png",
  ]);
  const { images } = await openDataset(out);
  for (const [i, record] of images.entries()) {
    const [before, after] = await Promise.all(
      [dataset.images[i], record].map((image) => decodeRecord(image)),
    );
    assert.deepEqual(after, before, record.id);
  }
});

test("DICOM becomes PNG", async () => {
  const { dataset, out } = await sourceAndOut({
    "p1.dcm": readFileSync(fixture("mono2.dcm")),
    "labels.csv": "patientId,x,y,width,height,Target\np1,1,2,4,3,1\n",
  });
  const { remarks } = await convertDataset(dataset, { to: "yolo", out });
  assert.match(remarks[0], /^1 of 1 images are not plain/);
  const { images, problems } = await openDataset(out);
  assert.deepEqual(problems, []);
  assert.equal(images[0].id, "images/train/p1.png");
  const [before, after] = await Promise.all(
    [dataset.images[0], images[0]].map((image) => decodeRecord(image)),
  );
  assert.deepEqual(after.pixels, before.pixels);
});

test("a conversion that cannot be done writes nothing", async () => {
  const { dataset, root, folder, out } = await sourceAndOut(await soundSet());
  writeFiles(folder, { "full/file": "", file: "" });
  const before = filesBelow(folder);
  const cases: [{ to?: string; out?: string }, RegExp][] = [
    [{ to: "voc" }, /unknown format 'voc'; a data set can be converted to yolo or coco/],
    [{ out: join(folder, "full") }, /full holds other files: name a new folder, or an empty one/],
    [{ out: join(folder, "file") }, /file is a file: name a folder/],
    [{ out: join(root, "new") }, /lie inside each other: name a folder beside the data set/],
    [{ out: folder }, /holds other files/],
    [{ out: join(folder, "file", "new") }, /file/],
  ];
  for (const [options, message] of cases) {
    await assert.rejects(convertDataset(dataset, { to: "yolo", out, ...options }), message);
    assert.deepEqual(filesBelow(folder), before);
  }
  const controller = new AbortController();
  controller.abort();
  await assert.rejects(convertDataset(dataset, { to: "yolo", out, signal: controller.signal }));
  assert.deepEqual(filesBelow(folder), before);
  assert.ok(!existsSync(out));
});

test("an image that disappeared stops the conversion, and nothing remains", async () => {
  const { dataset, folder, out } = await sourceAndOut(await soundSet());
  const broken = dataset.images.map((record, i) =>
    i === 1 ? { ...record, path: join(folder, "gone.png") } : record,
  );
  const set = Object.assign(Object.create(Object.getPrototypeOf(dataset) as object), dataset, {
    images: broken,
  }) as typeof dataset;
  const before = readdirSync(folder);
  await assert.rejects(convertDataset(set, { to: "coco", out }), /gone\.png/);
  assert.deepEqual(readdirSync(folder), before);
});

test("an empty folder is filled", async () => {
  const { dataset, out } = await sourceAndOut(await soundSet());
  mkdirSync(out);
  await convertDataset(dataset, { to: "yolo", out });
  assert.ok(existsSync(join(out, "data.yaml")));
});
