import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "fs";
import { join } from "path";
import { test } from "node:test";
import fc from "fast-check";
import { GrowingJson, GrowingTable } from "../../src/util/growing-file";
import { temporaryFolder } from "../data/files";

const folder = temporaryFolder();
const HEAD = { notice: 'says "so"', number: 1 };
const LISTS = ["images", "volumes", "others"];
const items = fc.array(
  fc.record({
    file: fc.string(),
    boxes: fc.array(fc.double({ noNaN: true, noDefaultInfinity: true })),
  }),
  { maxLength: 4 },
);

test("after every item the file equals the indented object, and it gets its name at the end", () => {
  const path = join(folder, "grown.json");
  fc.assert(
    fc.property(fc.tuple(items, items, items), (drawn) => {
      const json = new GrowingJson(path, HEAD, LISTS);
      const lists: Record<string, object[]> = { images: [], volumes: [], others: [] };
      const check = (file: string) =>
        assert.equal(
          readFileSync(file, "utf8"),
          `${JSON.stringify({ ...HEAD, ...lists }, null, 2)}\n`,
        );
      check(`${path}.part`);
      drawn.forEach((own, i) => {
        for (const item of own) {
          json.add(LISTS[i], item);
          lists[LISTS[i]].push(item);
          check(`${path}.part`);
        }
      });
      json.finish();
      check(path);
    }),
    { numRuns: 50 },
  );
  assert.ok(!existsSync(`${path}.part`));
});

test("an item for an unknown list, or for a list before the current one, is refused", () => {
  const json = new GrowingJson(join(folder, "order.json"), HEAD, LISTS);
  json.add("volumes", {});
  assert.throws(
    () => json.add("images", {}),
    /nothing can be added to 'images': choose 'volumes' or a later list/,
  );
  assert.throws(() => json.add("boxes", {}), /nothing can be added to 'boxes'/);
  json.finish();
});

test("a table is written as it grows; an earlier table stays until the new one is finished", () => {
  const path = join(folder, "grown.csv");
  writeFileSync(path, "earlier");
  const table = new GrowingTable(path, ["file", "score"]);
  table.add([["a, b", 0.5]]);
  table.add([]);
  assert.equal(readFileSync(`${path}.part`, "utf8"), 'file,score\n"a, b",0.5\n');
  assert.equal(readFileSync(path, "utf8"), "earlier");
  table.finish();
  assert.equal(readFileSync(path, "utf8"), 'file,score\n"a, b",0.5\n');
});
