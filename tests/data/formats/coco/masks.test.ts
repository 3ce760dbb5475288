/** Polygons and masks: their boxes are those of pycocotools. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { readSegmentation } from "../../../../src/data/formats/coco/segmentation";
import { decompressCounts } from "../../../../src/data/formats/coco/rle";

interface Case {
  readonly width: number;
  readonly height: number;
  readonly segmentation: unknown;
  /** Left, top, width, height. */
  readonly box: readonly number[];
}

/** The box of a segmentation as COCO has boxes: left, top, width, height. */
function boxOf({ width, height, segmentation }: Omit<Case, "box">): number[] | null {
  const region = readSegmentation(segmentation);
  if (typeof region === "string") assert.fail(region);
  const box = region.boxIn({ width, height });
  return box && [box[0], box[1], box[2] - box[0], box[3] - box[1]];
}

test("the boxes of polygons and of masks in both forms equal those of pycocotools", () => {
  const path = join(__dirname, "..", "..", "..", "reference", "coco-masks.json");
  const cases = JSON.parse(readFileSync(path, "utf8")) as Case[];
  assert.equal(cases.length, 80);
  for (const [i, { box, ...region }] of cases.entries())
    assert.deepEqual(boxOf(region), box, `case ${i}`);
});

test("a polygon without pixels has the box of its corners", () => {
  const thin = [[10.1, 10.1, 10.2, 10.1, 10.2, 10.3]];
  assert.deepEqual(readBox(thin), [10.1, 10.1, 10.2, 10.3]);
});

test("a polygon that is far too long has the box of its corners", () => {
  const points = Array.from({ length: 2000 }, (_, i) => [i % 2 ? 1e7 : -1e7, i]).flat();
  assert.deepEqual(readBox([points]), [-1e7, 0, 1e7, 1999]);
});

function readBox(segmentation: unknown): readonly number[] | null {
  const region = readSegmentation(segmentation);
  assert.ok(typeof region !== "string");
  return region.boxIn({ width: 64, height: 64 });
}

test("a mask without ones has no box", () => {
  assert.equal(boxOf({ width: 4, height: 4, segmentation: { size: [4, 4], counts: [16] } }), null);
  assert.equal(
    boxOf({ width: 4, height: 4, segmentation: { size: [4, 4], counts: [8, 0, 8] } }),
    null,
  );
});

test("compressed counts that are cut or have other characters are refused", () => {
  assert.deepEqual(decompressCounts(""), []);
  for (const text of ["P", "0P", "é", "0 0", "PPPPPPPP0", "\0"])
    assert.equal(decompressCounts(text), null, text);
});

test("segmentations of other kinds are refused with a reason", () => {
  const cases: [unknown, RegExp][] = [
    [null, /neither a list/],
    ["[[1, 2]]", /neither a list/],
    [[], /empty/],
    [[[1, 2, 3, 4]], /at least three points/],
    [[[1, 2, 3, 4, 5, 6, 7]], /at least three points/],
    [[[1, 2, 3, 4, 5, "6"]], /at least three points/],
    [[1, 2, 3, 4], /at least three points/],
    [{ counts: [1] }, /size of its mask/],
    [{ size: [2, -2], counts: [4] }, /size of its mask/],
    [{ size: [1e9, 1e9], counts: [1] }, /size of its mask/],
    [{ size: [2, 2], counts: [3] }, /do not add up to 2 x 2/],
    [{ size: [2, 2], counts: [-1, 5] }, /do not add up/],
    [{ size: [2, 2], counts: [0.5, 3.5] }, /do not add up/],
    [{ size: [2, 2], counts: "P" }, /not run lengths/],
    [{ size: [2, 2], counts: { length: 1 } }, /not run lengths/],
  ];
  for (const [segmentation, expected] of cases) {
    const reason = readSegmentation(segmentation);
    assert.ok(typeof reason === "string", JSON.stringify(segmentation));
    assert.match(reason, expected);
  }
});
