/** Connected components: compared with SciPy, with shapes that are hard, and for their time. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import {
  connectedComponents,
  type Region,
} from "../../../../src/data/formats/masks/connected-components";

/** A mask as rows of digits, and its regions: value, area and the edges of the box. */
interface Case {
  readonly rows: readonly string[];
  readonly regions: readonly (readonly number[])[];
}

function componentsOf(rows: readonly string[], limit?: number): Region[] | null {
  const values = rows.flatMap((row) => Array.from(row, Number));
  return connectedComponents(values, { width: rows[0].length, height: rows.length }, limit);
}

/** A text that sorts regions as numbers are sorted. */
const keyOf = (numbers: readonly number[]) =>
  numbers.map((number) => String(number).padStart(6, "0")).join(" ");

test("regions of random masks equal those of SciPy", () => {
  const path = join(__dirname, "..", "..", "..", "reference", "mask-regions.json");
  const cases = JSON.parse(readFileSync(path, "utf8")) as Case[];
  assert.equal(cases.length, 40);
  for (const { rows, regions } of cases) {
    const found = componentsOf(rows)!.map(({ value, area, box }) => [value, area, ...box]);
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
    assert.deepEqual(componentsOf(rows), [{ value: 1, area, box }], rows.join("\n"));
  }
});

test("regions of other values do not connect, and have the order of their first pixels", () => {
  assert.deepEqual(componentsOf(["0020", "1122", "0110"]), [
    { value: 2, area: 3, box: [2, 0, 4, 2] },
    { value: 1, area: 4, box: [0, 1, 3, 3] },
  ]);
  assert.deepEqual(componentsOf(["000"]), []);
});

test("more regions than the limit give null; parts that are united later do not count", () => {
  const comb = ["10101", "11111"];
  assert.equal(componentsOf(["10101"], 2), null);
  assert.equal(componentsOf(["10101"], 3)!.length, 3);
  assert.equal(componentsOf(comb, 3)!.length, 1);
});

test("the time grows with the number of pixels, whatever the shape", () => {
  const patterns: ((x: number, y: number) => number)[] = [
    () => 1,
    (x, y) => (x % 2 || y % 2 ? 0 : 1),
    (x, y) => (x % 2 && y % 64 !== 63 ? 0 : 1),
    (x, y) => (x + y) % 3,
  ];
  const side = 1024;
  for (const pattern of patterns) {
    const values = Uint8Array.from({ length: side * side }, (_, i) =>
      pattern(i % side, Math.floor(i / side)),
    );
    const start = performance.now();
    connectedComponents(values, { width: side, height: side });
    assert.ok(performance.now() - start < 4000, `${pattern}: ${performance.now() - start} ms`);
  }
});
