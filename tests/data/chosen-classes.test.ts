/** The names that the user gives to classes, with `--classes A,B`. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { chooseClasses } from "../../src/data/chosen-classes";
import { changeClasses } from "../../src/data/class-map";
import { indexClasses } from "../../src/data/formats/shared/class-index";

test("names in another order change the order, and not what the boxes are", () => {
  for (const chosen of [
    ["tumor", "cyst"],
    ["Tumor", "Cyst"],
  ]) {
    const { names, order } = chooseClasses(["cyst", "tumor"], chosen);
    assert.deepEqual(changeClasses(names!, { order }), {
      classNames: chosen,
      places: [1, 0],
      sameNames: [],
    });
    const classes = indexClasses(["cyst", "tumor"], chosen);
    assert.deepEqual([classes.names, classes.indexOf("tumor")], [chosen, 0]);
  }
});

test("other names, and names in another spelling, replace those in the files one by one", () => {
  for (const chosen of [
    ["ring", "solid"],
    ["Cyst", "solid"],
  ])
    assert.deepEqual(chooseClasses(["cyst", "tumor"], chosen), { names: chosen, order: null });
  assert.deepEqual(chooseClasses(null, ["ring"]), { names: ["ring"], order: null });
  assert.deepEqual(chooseClasses(["cyst"], undefined), { names: ["cyst"], order: null });
});

test("a name of another class beside new names is refused", () => {
  for (const chosen of [["tumor"], ["tumor", "solid"], ["tumor", "cyst", "solid"]])
    assert.throws(
      () => chooseClasses(["cyst", "tumor"], chosen),
      /in their order, or write old=new/,
    );
});

test("a selection of classes finds them in any spelling", () => {
  const inFiles = ["Big_Cyst", "tumor", "HER2-"];
  const classes = indexClasses(inFiles, ["big cyst", "HER2"]);
  assert.deepEqual(classes.names, ["big cyst", "HER2"]);
  assert.deepEqual(
    inFiles.map((name) => classes.indexOf(name)),
    [0, null, null],
  );
});
