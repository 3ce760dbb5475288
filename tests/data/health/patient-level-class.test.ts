import assert from "node:assert/strict";
import { test } from "node:test";
import { Dataset } from "../../../src/data/dataset";
import { patientLevelClass } from "../../../src/data/health/patient-level-class";

/** A data set of images with the given patients and classes of boxes. */
function dataset(images: readonly (readonly [string, readonly number[]])[]): Dataset {
  const records = images.map(([patient, classIds], i) => ({
    id: `${i}`,
    path: "",
    labelPath: null,
    split: "train",
    patient,
    width: 9,
    height: 9,
    annotations: classIds.map((classId) => ({ classId, box: [0, 0, 1, 1] as const, line: 1 })),
  }));
  return new Dataset({ root: "/", classNames: ["a", "b"], images: records });
}

test("if all boxes of each patient have one class, the class belongs to the patient", () => {
  const found = patientLevelClass(
    dataset([
      ["p", [0]],
      ["p", [0, 0]],
      ["q", [1]],
      ["q", [1]],
      ["r", [1]],
    ]),
  );
  assert.deepEqual([found.isPatientLevel, found.patients, found.mixed], [true, 2, []]);
  assert.match(found.text, /each of 2 patients .* use the class-agnostic/);
});

test("if one patient has both classes, the class belongs to the box", () => {
  const found = patientLevelClass(
    dataset([
      ["p", [0]],
      ["p", [1]],
      ["q", [1, 1]],
    ]),
  );
  assert.deepEqual([found.isPatientLevel, found.mixed], [false, ["p"]]);
  assert.match(found.text, /1 of 2 patients/);
});

test("a data set with one class, or with one box a patient, does not show it", () => {
  assert.equal(
    patientLevelClass(
      dataset([
        ["p", [0, 0]],
        ["q", [0, 0]],
      ]),
    ).isPatientLevel,
    false,
  );
  const single = patientLevelClass(
    dataset([
      ["p", [0]],
      ["q", [1]],
      ["r", []],
    ]),
  );
  assert.equal(single.isPatientLevel, false);
  assert.match(single.text, /Too few/);
});
