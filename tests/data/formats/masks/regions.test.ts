/** Regions of masks: compared with SciPy, with shapes that are hard, and for their time. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { type Region, regionsOf } from "../../../../src/data/formats/masks/regions";
import { UnreadableFile } from "../../../../src/data/read-file";

/** A mask as rows of digits, and its regions: value, area and the edges of the box. */
interface Case {
  readonly rows: readonly string[];
  readonly regions: readonly (readonly number[])[];
}

function regionsIn(rows: readonly string[]): Region[] {
  const values = Uint16Array.from(rows.join(""), Number);
  const [width, height] = [rows[0].length, rows.length];
  return regionsOf(values, { width, height, regionValues: new Set(values.filter(Boolean)) });
}

/** A text that sorts regions as numbers are sorted. */
const keyOf = (numbers: readonly number[]) =>
  numbers.map((number) => String(number).padStart(6, "0")).join(" ");

test("regions of random masks equal those of SciPy", () => {
  const path = join(__dirname, "..", "..", "..", "reference", "mask-regions.json");
  const cases = JSON.parse(readFileSync(path, "utf8")) as Case[];
  assert.equal(cases.length, 40);
  for (const { rows, regions } of cases) {
    const found = regionsIn(rows).map(({ value, area, box }) => [value, area, ...box]);
    assert.deepEqual(found.map(keyOf).sort(), regions.map(keyOf).sort(), rows.join("\n"));
  }
});

test("shapes whose parts meet late are one region", () => {
  const shapes = [
    ["10101", "10101", "11111"],
    ["1000001", "0100010", "0010100", "0001000"],
    ["11111", "10001", "10001", "11111"],
    ["11111", "00001", "11101", "10101", "10001", "11111"],
    ["0001", "0010", "0100", "1000", "0100", "0010", "0001"],
  ];
  for (const rows of shapes) {
    const area = rows.join("").split("1").length - 1;
    const box = [0, 0, rows[0].length, rows.length];
    assert.deepEqual(regionsIn(rows), [{ value: 1, area, box }], rows.join("\n"));
  }
});

test("regions of other values do not connect, and are sorted from the top down", () => {
  assert.deepEqual(regionsIn(["0020", "1122", "0110"]), [
    { value: 2, area: 3, box: [2, 0, 4, 2] },
    { value: 1, area: 4, box: [0, 1, 3, 3] },
  ]);
  assert.deepEqual(regionsIn(["000"]), []);
});

test("the time grows with the number of pixels, whatever the shape", () => {
  const patterns: ((x: number, y: number) => number)[] = [
    () => 1,
    (x, y) => (x % 2 && y % 64 !== 63 ? 0 : 1),
    (x, y) => (x + y) % 3,
  ];
  const side = 1024;
  for (const pattern of patterns) {
    const values = Uint16Array.from({ length: side * side }, (_, i) =>
      pattern(i % side, Math.floor(i / side)),
    );
    const start = performance.now();
    regionsOf(values, { width: side, height: side, regionValues: [1, 2] });
    const took = performance.now() - start;
    assert.ok(took < 4000, `${pattern}: ${took} ms`);
  }
});

test("an image of single pixels is refused soon", () => {
  const side = 4096;
  const values = new Uint16Array(side * side);
  for (let y = 0; y < side; y += 2) for (let x = 0; x < side; x += 2) values[y * side + x] = 1;
  assert.throws(
    () => regionsOf(values, { width: side, height: side, regionValues: [1] }),
    (error: Error) => error instanceof UnreadableFile && /more than 5000/.test(error.message),
  );
});
