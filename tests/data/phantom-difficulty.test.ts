import assert from "node:assert/strict";
import { join } from "path";
import { test } from "node:test";
import { openDataset } from "../../src/data/dataset";
import type { TumorPlan } from "../../src/data/phantom/draw-tumors";
import { drawPatient, type Patient } from "../../src/data/phantom/patient";
import { drawnBox, EXACT_READER, READERS } from "../../src/data/phantom/reader";
import { renderSlice } from "../../src/data/phantom/slice";
import { Random } from "../../src/util/random";
import type { ImageBox } from "../../src/types";

const SAMPLE = join(__dirname, "..", "..", "data", "sample");
const PATIENTS = 4;

function patientsWith(plan: TumorPlan): Patient[] {
  return Array.from({ length: PATIENTS }, (_, i) =>
    drawPatient({ id: `d${i}`, reader: EXACT_READER, plan }, new Random(`difficulty ${i}`)),
  );
}

/** A slice through the center of the patient's first tumor. */
function middleSlice(patient: Patient) {
  return renderSlice(patient, patient.tumors[0].center[2], "difficulty");
}

/** Pixels between two boxes along the axis on which they are farther apart; below 0 they overlap. */
function gap(a: ImageBox, b: ImageBox): number {
  return Math.max(a[0] - b[2], b[0] - a[2], a[1] - b[3], b[1] - a[3]);
}

test("the test split of the sample has what makes real slices hard", async () => {
  const part = (await openDataset(SAMPLE)).split("test");
  assert.ok(part.patients.length >= 12, `${part.patients.length} patients`);
  const boxes = part.images.map(({ annotations }) => annotations.map(({ box }) => box));
  const sides = boxes.flat().map(([x1, y1, x2, y2]) => Math.sqrt((x2 - x1) * (y2 - y1)));
  assert.ok(Math.min(...sides) < 12, `smallest tumor: ${Math.min(...sides)} pixels`);
  assert.ok(Math.max(...sides) > 36, `largest tumor: ${Math.max(...sides)} pixels`);
  const healthy = boxes.filter(({ length }) => length === 0).length;
  assert.ok(healthy >= 8, `${healthy} slices without a tumor`);
  const touching = boxes.filter(([a, b]) => b !== undefined && gap(a, b) <= 3).length;
  assert.ok(touching >= 4, `${touching} slices with tumors that touch`);
});

test("tumors that touch have boxes without a gap, others are apart", () => {
  for (const arrangement of ["touching", "two"] as const)
    for (const patient of patientsWith({ arrangement, kind: 1, look: "clear" })) {
      const { boxes } = middleSlice(patient);
      assert.equal(boxes.length, 2);
      const between = gap(boxes[0].box, boxes[1].box);
      if (arrangement === "touching") assert.ok(between <= 3, `${between} pixels`);
      else assert.ok(between > 3, `${between} pixels`);
    }
});

test("a faint tumor brightens the slice less than a clear one, and a small one is smaller", () => {
  const brightened = (patient: Patient) => {
    const { pixels } = middleSlice(patient);
    const healthy = renderSlice(
      { ...patient, tumors: [] },
      patient.tumors[0].center[2],
      "difficulty",
    );
    const changes = Array.from(pixels, (value, i) => value - healthy.pixels[i]);
    return changes.sort((a, b) => b - a)[20] / patient.gain;
  };
  const [clear, faint, small] = (["clear", "faint", "small"] as const).map((look) =>
    patientsWith({ arrangement: "one", kind: 1, look }),
  );
  const side = (patient: Patient) => {
    const [x1, , x2] = middleSlice(patient).boxes[0].box;
    return (x2 - x1) / patient.scale;
  };
  for (let i = 0; i < PATIENTS; i++) {
    assert.ok(brightened(faint[i]) < 0.8 * brightened(clear[i]), `patient ${i}`);
    assert.ok(side(small[i]) < 0.8 * side(clear[i]), `patient ${i}`);
  }
});

test("a slice near the end of a tumor shows a small cap of it, because slices are thick", () => {
  for (const patient of patientsWith({ arrangement: "one", kind: 0, look: "clear" })) {
    const [{ center, radii }] = patient.tumors;
    const area = (z: number) =>
      renderSlice(patient, z, "difficulty").boxes.reduce(
        (sum, { box: [x1, y1, x2, y2] }) => sum + (x2 - x1) * (y2 - y1),
        0,
      );
    const cap = area(center[2] + 0.85 * radii[2]);
    assert.ok(cap < 0.7 * area(center[2]), "the cap is smaller than the middle");
    assert.equal(area(center[2] + 1.5 * radii[2]), 0, "above the tumor is no box");
  }
});

test("veins look like tumors and have no box", () => {
  const [patient] = patientsWith({ arrangement: "none", kind: 0, look: "clear" });
  const vein = {
    center: [0.4, 0.1, 0.2] as const,
    radii: [0.04, 0.05] as const,
    reach: 0.2,
    angle: 0,
    slope: [0, 0] as const,
    brightness: 200,
  };
  const [withVein, without] = [[vein], []].map((veins) =>
    renderSlice({ ...patient, veins }, 0.2, "difficulty"),
  );
  const changes = Array.from(withVein.pixels, (value, i) => value - without.pixels[i]);
  assert.ok(changes.filter((change) => change > 40).length > 20, "the vein is bright");
  assert.deepEqual(withVein.boxes, []);
});

test("each reader has a habit: from tight to loose boxes, inside the slice", () => {
  const exact: ImageBox = [100, 80, 140, 130];
  const size = [256, 200] as const;
  const random = new Random("reader");
  assert.deepEqual(drawnBox(exact, { reader: EXACT_READER, random, size }), exact);
  const areas = READERS.map((reader) => {
    const drawn = Array.from({ length: 200 }, () => drawnBox(exact, { reader, random, size }));
    assert.ok(new Set(drawn.map(String)).size > 10, "nobody draws the same box again and again");
    return drawn.reduce((sum, [x1, y1, x2, y2]) => sum + (x2 - x1) * (y2 - y1), 0) / drawn.length;
  });
  assert.ok(areas[0] < areas[1] && areas[1] < areas[2], String(areas));
  assert.ok(Math.abs(areas[0] / (40 * 50) - 1) < 0.02, "the first reader is tight");
  const corner = drawnBox([0, 0, 256, 200], { reader: READERS[2], random, size });
  assert.ok(corner.every((edge, i) => edge >= 0 && edge <= size[i % 2]));
});
