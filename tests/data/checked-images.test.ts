/** An unchanged image is decoded once, and a changed one each time. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { before, test } from "node:test";
import { readDataset, type ReadResult } from "../../src/data/read-dataset";
import { HEIGHT, LABEL, picture, sharpOf, temporaryFolder, WIDTH, writeFiles } from "./files";

/** More than the smallest data set whose checks are kept. */
const IMAGES = 60;
/** Milliseconds after which a new file is not too new to be sure. */
const SETTLED = 2100;
/** A width that no image has. */
const OTHER_WIDTH = 77;

const name = (i: number) => `images/train/p${i}_1.png`;

const root = temporaryFolder();
const cache = temporaryFolder();
let first: ReadResult;

before(async () => {
  process.env.FRCNN_CACHE = cache;
  const files: Record<string, string | Buffer> = {
    "data.yaml": "train: images/train\nnames: [a]\n",
  };
  for (let i = 0; i < IMAGES; i++) {
    files[name(i)] = await picture(i);
    files[`labels/train/p${i}_1.txt`] = LABEL;
  }
  // An image with a range of values, and one with a warning.
  const deep = new Uint16Array(WIDTH * HEIGHT).map((_, i) => i);
  files[name(0)] = await sharpOf(deep).toColourspace("grey16").png().toBuffer();
  files[name(1)] = await sharpOf(new Uint8Array(WIDTH * HEIGHT).fill(3))
    .png()
    .toBuffer();
  writeFiles(root, files);
  await pause(SETTLED);
  first = await readDataset(root);
});

/** The file with the checks. */
function keptFile(): string {
  const folder = join(cache, "checked-images");
  assert.equal(statSync(folder).mode & 0o077, 0, "others may not read the names of files");
  const [file, ...others] = readdirSync(folder);
  assert.deepEqual(others, []);
  return join(folder, file);
}

interface Kept {
  version: string;
  checks: Record<string, { stamp: string; width: number }>;
}

/** Changes what was kept, so that a test sees whether it is used. */
function changeKept(change: (kept: Kept) => void): void {
  const kept = JSON.parse(readFileSync(keptFile(), "utf8")) as Kept;
  change(kept);
  writeFileSync(keptFile(), JSON.stringify(kept));
}

async function widthOf(i: number): Promise<number> {
  const { images } = await readDataset(root);
  return images.find(({ id }) => id === name(i))!.width;
}

test("a second opening gives the same images, ranges and warnings", async () => {
  assert.ok(first.problems.some(({ message }) => /blank/.test(message)));
  assert.ok(first.images.some(({ valueRange }) => valueRange));
  assert.deepEqual(await readDataset(root), first);
});

test("an unchanged image is not decoded again", async () => {
  changeKept(({ checks }) => (checks[join(root, name(5))].width = OTHER_WIDTH));
  assert.equal(await widthOf(5), OTHER_WIDTH);
});

test("an image that was changed is checked anew, also with its old size and time", async () => {
  const path = join(root, name(6));
  const bytes = readFileSync(path);
  const { atime, mtime } = statSync(path);
  changeKept(({ checks }) => (checks[path].width = OTHER_WIDTH));
  writeFileSync(path, bytes);
  utimesSync(path, atime, mtime);
  await pause(SETTLED);
  assert.equal(await widthOf(6), WIDTH);
});

test("checks of other versions and a damaged file are not used", async () => {
  changeKept((kept) => (kept.version += "0"));
  assert.equal(await widthOf(5), WIDTH);
  assert.equal(await widthOf(5), WIDTH);
  writeFileSync(keptFile(), '{"version": ');
  assert.deepEqual(await readDataset(root), first);
});

test("a check that lacks a part, or has one of another kind, is not used", async () => {
  await readDataset(root);
  const path = join(root, name(5));
  for (const change of [
    () => null,
    ({ stamp }: Kept["checks"][string]) => ({ stamp }),
    (check: Kept["checks"][string]) => ({ ...check, width: String(OTHER_WIDTH) }),
    (check: Kept["checks"][string]) => ({ ...check, fingerprint: "abc" }),
    (check: Kept["checks"][string]) => ({ ...check, fingerprint: 5 }),
    (check: Kept["checks"][string]) => ({ ...check, problems: undefined }),
  ]) {
    changeKept(({ checks }) => (checks[path] = change(checks[path]) as Kept["checks"][string]));
    assert.deepEqual(await readDataset(root), first);
  }
});

test("a pipe in place of the file with the checks does not stop the reading", async () => {
  const file = keptFile();
  rmSync(file);
  execFileSync("mkfifo", [file]);
  assert.deepEqual(await readDataset(root), first);
  rmSync(file);
  await readDataset(root);
});

test("the check of an image that was just written is not kept", async () => {
  rmSync(keptFile());
  writeFiles(root, { [name(7)]: await picture(7) });
  await readDataset(root);
  const { checks } = JSON.parse(readFileSync(keptFile(), "utf8")) as Kept;
  assert.ok(checks[join(root, name(8))]);
  assert.equal(checks[join(root, name(7))], undefined);
});
