import assert from "node:assert/strict";
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "fs";
import { join } from "path";
import { test } from "node:test";
import { COLUMNS, resultNames } from "../../src/inference/detection-rows";
import { findInputs } from "../../src/inference/find-inputs";
import { forbid, withoutPrivileges } from "../data/bad-input";
import { picture, temporaryFolder } from "../data/files";
import { fixture } from "../data/volumes/reference";
import { scan } from "../data/volumes/scans";
import { runCommand } from "./run-command";

const detect = (...parameters: string[]) => runCommand("detect", ...parameters);

/** An image, a series, a volume, and files that cannot be read. */
async function mixedFolder(): Promise<string> {
  const folder = join(temporaryFolder(), "mixed");
  mkdirSync(join(folder, "series"), { recursive: true });
  for (const name of ["a.dcm", "b", "c.dcm"])
    copyFileSync(fixture(join("series", name)), join(folder, "series", name));
  for (const name of ["flipped.nii", "mpeg2.dcm"]) copyFileSync(fixture(name), join(folder, name));
  writeFileSync(join(folder, "slice.png"), await picture(1));
  writeFileSync(join(folder, "broken.jpg"), "no picture");
  writeFileSync(join(folder, "other.mha"), "ObjectType = Image");
  return folder;
}

test("images, a series and a volume: files that cannot be read are listed at the end and do not stop the others", async () => {
  const folder = await mixedFolder();
  const out = join(temporaryFolder(), "out");
  // With a threshold of 0 there are boxes even in these small pictures.
  const { status, stdout, stderr } = detect(
    "--min-score",
    "0",
    "--slices",
    "1:2",
    "--window",
    "600,300",
    "--out",
    out,
    folder,
  );
  assert.equal(status, 2, stderr);
  assert.match(stderr, /2 could not be read:/);
  assert.match(stderr, /mpeg2\.dcm: its transfer syntax, MPEG2/);
  assert.match(stderr, /broken\.jpg: cannot be decoded/);
  assert.match(stdout, /not a medical device/i);
  assert.match(stdout, /in 1 image and 4 slices of 2 scans/);
  assert.match(stdout, /left out, formats that are not read: .*other\.mha/);
  const results = JSON.parse(readFileSync(join(out, "detections.json"), "utf8")) as {
    notice: string;
    images: { file: string }[];
    volumes: {
      name: string;
      plane: string;
      millimeters: string;
      slices: { index: number; window: object; detections: { centerMillimeters: number[] }[] }[];
    }[];
  };
  assert.match(results.notice, /research and teaching only\. Not a medical device/i);
  assert.deepEqual(
    results.images.map(({ file }) => file),
    [join(folder, "slice.png")],
  );
  const [series, volume] = results.volumes;
  assert.deepEqual(
    [series.name, volume.name],
    [join(folder, "series"), join(folder, "flipped.nii")],
  );
  assert.deepEqual(
    volume.slices.map(({ index }) => index),
    [1, 2],
  );
  assert.deepEqual(volume.slices[0].window, {
    width: 600,
    level: 300,
    shape: "linear",
    source: "given",
  });
  assert.match(series.millimeters, /^LPS/);
  assert.match(volume.millimeters, /^RAS/);
  const boxes = volume.slices.flatMap(({ detections }) => detections);
  assert.ok(boxes.length && boxes.every(({ centerMillimeters }) => centerMillimeters.length === 3));
  const [head, ...rows] = readFileSync(join(out, "detections.csv"), "utf8").trim().split("\n");
  assert.equal(head, COLUMNS.join(","));
  const ofVolume = rows
    .map((row) => row.split(","))
    .filter(([file]) => file.endsWith("flipped.nii"));
  assert.equal(ofVolume.length, boxes.length);
  assert.ok(
    ofVolume.every(
      (row) => row.length === COLUMNS.length && row[9] === "axial" && row[10] === "RAS",
    ),
  );
  const drawn = readdirSync(out).filter((name) => /^flipped-slice-00[12]\.png$/.test(name));
  assert.equal(drawn.length, volume.slices.filter(({ detections }) => detections.length).length);
  assert.ok(existsSync(join(out, "slice.png")));
});

test("a folder with nothing to detect in is an error that says what is there", () => {
  const folder = temporaryFolder();
  const cases: [string, RegExp][] = [
    ["empty", /no image and no scan can be read$/m],
    ["other", /no image and no scan can be read\nformats that are not read: .*a\.mha/],
    ["report", /no image and no scan can be read\n.*structures\.dcm: it has no image/],
    ["damaged", /no image and no scan can be read\n.*a\.dcm: it is not a DICOM file/],
  ];
  for (const [name] of cases) mkdirSync(join(folder, name));
  writeFileSync(join(folder, "other", "a.mha"), "ObjectType = Image");
  copyFileSync(scan("structures.dcm"), join(folder, "report", "structures.dcm"));
  writeFileSync(join(folder, "damaged", "a.dcm"), "no scan");
  for (const [name, message] of cases) {
    const out = join(folder, `${name}-out`);
    const { status, stderr } = detect("--out", out, join(folder, name));
    assert.equal(status, 1, name);
    assert.match(stderr, message);
    assert.ok(!existsSync(out), "no empty results");
  }
});

test("a DICOM file without an image is told and does not count as unreadable", () => {
  const folder = temporaryFolder();
  for (const name of ["structures.dcm", "frames-0.dcm"])
    copyFileSync(scan(name), join(folder, name));
  const { status, stdout } = detect("--out", join(folder, "out"), folder);
  assert.equal(status, 0);
  assert.match(stdout, /left out, .*structures\.dcm: it has no image \(its modality is RTSTRUCT\)/);
});

test("all volumes of a series with several, and a sentence when none is chosen", () => {
  const out = join(temporaryFolder(), "out");
  const chosen = detect("--time-point", "all", "--out", out, scan("time-points"));
  assert.equal(chosen.status, 0, chosen.stderr);
  assert.match(chosen.stdout, /in 6 slices of 2 scans/);
  const open = detect("--out", out, scan("time-points"));
  assert.equal(open.status, 1);
  assert.match(open.stderr, /it has 2 volumes at the same positions .*: choose one/);
  const wrong = detect("--time-point", "last", "--out", out, scan("time-points"));
  assert.match(wrong.stderr, /--time-point must be a whole number.*'last'/);
});

test("a subfolder that cannot be listed is told, and the others are searched", async () => {
  const folder = temporaryFolder();
  for (const name of ["closed", "open"]) {
    mkdirSync(join(folder, name));
    copyFileSync(scan("frames-0.dcm"), join(folder, name, "IM1"));
    writeFileSync(join(folder, name, "a.png"), await picture(1));
  }
  forbid(join(folder, "closed"));
  await withoutPrivileges(folder, async () => {
    const { images, scans, failed } = await findInputs([folder]);
    assert.deepEqual(images, [join(folder, "open", "a.png")]);
    assert.deepEqual(scans, [join(folder, "open", "IM1")]);
    assert.equal(failed.length, 1, "told once");
    assert.match(failed[0], /closed: the folder cannot be listed \(there is no permission/);
  });
});

test("options with impossible values are refused with a sentence", () => {
  const cases: [string[], RegExp][] = [
    [["--plane", "oblique"], /--plane must be one of sagittal, coronal, axial, not 'oblique'/],
    [["--slices", "4-9"], /--slices must be two numbers with a : between them, not '4-9'/],
    [["--window", "0,40"], /window of width 0 at level 40/],
  ];
  for (const [parameters, message] of cases) {
    const { status, stderr } = detect(...parameters, fixture("mono2.dcm"));
    assert.equal(status, 1);
    assert.match(stderr, message);
  }
});

test("an image of the user is not replaced by its picture with boxes", async () => {
  const folder = temporaryFolder();
  const image = join(folder, "slice.png");
  writeFileSync(image, await picture(1));
  const { status, stderr } = detect("--out", folder, image);
  assert.equal(status, 1);
  assert.match(stderr, /holds files that 'detect' did not write.*: slice\.png\. Choose another/);
  assert.deepEqual(readdirSync(folder), ["slice.png"]);
  assert.ok(readFileSync(image).equals(await picture(1)));
});

test("result files are named after their scans, with numbers where names are the same", () => {
  assert.deepEqual(resultNames(["a/x.nii.gz", "a/y.dcm", "b/y.png", "c/series", "d/IM0001"]), [
    "x",
    "y-1",
    "y-2",
    "series",
    "IM0001",
  ]);
  // A name that a number would make may be another's; some disks do not keep capitals apart.
  assert.deepEqual(resultNames(["y-1.png", "a/y.png", "b/y.png", "z.png", "c/Z.png"]), [
    "y-1",
    "y-2",
    "y-3",
    "z-3",
    "Z-4",
  ]);
});

test("with --augment the scores are means over four views, and detections.json says so", () => {
  const folder = temporaryFolder();
  const [images, labels] = ["images", "labels"].map((kind) => join("data", "sample", kind, "test"));
  const label = readdirSync(labels).find((name) => readFileSync(join(labels, name)).length)!;
  const file = join(images, label.replace(".txt", ".jpg"));
  const [plain, augmented] = [[], ["--augment"]].map((options, i) => {
    const out = join(folder, `out-${i}`);
    const parameters = ["--min-score", "0", "--no-pictures", "--out", out, ...options, file];
    const { status, stdout, stderr } = detect(...parameters);
    assert.equal(status, 0, stderr);
    return { stdout, results: JSON.parse(readFileSync(join(out, "detections.json"), "utf8")) };
  });
  assert.match(augmented.stdout, /Test-time augmentation: .* 4 views/);
  assert.match(augmented.results.testTimeAugmentation, /4 views/);
  assert.doesNotMatch(plain.stdout, /Test-time augmentation/);
  assert.equal(plain.results.testTimeAugmentation, undefined);
  assert.notDeepEqual(augmented.results.images, plain.results.images);
});
