import assert from "node:assert/strict";
import { test } from "node:test";
import { namesSide } from "../../src/planning/side-names";

test("sides are recognized as words, in several languages and ways of writing", () => {
  for (const name of [
    "left",
    "Lung_Left",
    "rightLung",
    "knie links",
    "P12-RIGHT-003.png",
    "nódulo izquierdo",
  ])
    assert.ok(namesSide(name), name);
});

test("parts of words are not sides", () => {
  for (const name of ["bright", "leftover", "ring", "copyright.png", "upright", "", "L1"])
    assert.ok(!namesSide(name), name);
});
