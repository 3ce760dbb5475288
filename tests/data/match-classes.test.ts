/** Classes of a data set and of a detector: matched by name; declared as background. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { openDataset } from "../../src/data/dataset";
import { matchClasses } from "../../src/data/match-classes";
import { computeMetrics } from "../../src/metrics/metrics";
import { summaryWithoutThreshold } from "../../src/metrics/summary-metrics";
import { picture, temporaryFolder, writeFiles } from "./files";

/** A set of two images: one box of each class that is listed. */
async function setOf(names: string, classIds: readonly number[]): Promise<string> {
  const root = temporaryFolder();
  writeFiles(root, { "data.yaml": `test: images/test\nnames: ${names}\n` });
  const lines = classIds.map((id, i) => `${id} 0.5 0.5 0.${i + 2} 0.${i + 2}\n`);
  writeFiles(root, {
    "images/test/a_1.png": await picture(1),
    "labels/test/a_1.txt": lines.join(""),
    "images/test/b_1.png": await picture(2),
    "labels/test/b_1.txt": "",
  });
  return root;
}

const DETECTOR = { classNames: ["ring", "solid"] };
const classIdsOf = (dataset: Awaited<ReturnType<typeof openDataset>>) =>
  dataset.images.flatMap(({ annotations }) => annotations.map(({ classId }) => classId));

test("another order, another spelling, and classes without boxes: matched by name", async () => {
  const cases: [string, number[], number[]][] = [
    ["[ring, solid]", [0, 1], [0, 1]],
    ["[solid, ring]", [0, 1], [1, 0]],
    ["[Solid, RING]", [1], [0]],
    ["[meningioma, ring, solid]", [1, 2], [0, 1]],
    ["[solid]", [0], [1]],
  ];
  for (const [names, boxes, expected] of cases) {
    const matched = matchClasses(await openDataset(await setOf(names, boxes)), DETECTOR);
    assert.deepEqual(classIdsOf(matched.dataset), expected, names);
    assert.equal(matched.dataset.classNames[0], "ring");
    assert.ok(matched.isClassAware(matched.dataset), names);
    assert.equal(matched.note(matched.dataset), null);
  }
});

test("two spellings of one name are one class, with a warning; a minus at the end is a name", async () => {
  const warnings = async (names: string, classIds: readonly number[]) => {
    const dataset = await openDataset(await setOf(names, classIds));
    const found = dataset.problems.filter(({ message }) => /are one class/.test(message));
    return { classNames: dataset.classNames, ids: classIdsOf(dataset), found };
  };
  for (const names of ["[T-1, T1]", "[Tumor, tumor]", "[low grade, low_grade]"]) {
    const { classNames, ids, found } = await warnings(names, [0, 1]);
    assert.deepEqual([classNames.length, ids, found.length], [1, [0, 0], 1], names);
  }
  const opposite = await warnings("[HER2, HER2-, HER2+]", [0, 1, 2]);
  assert.deepEqual(opposite, {
    classNames: ["HER2", "HER2-", "HER2+"],
    ids: [0, 1, 2],
    found: [],
  });
  const asked = { renamedClasses: { solid: "Ring" } };
  const renamed = await openDataset(await setOf("[solid, ring]", [0, 1]), asked);
  assert.deepEqual([renamed.classNames, renamed.problems], [["Ring"], []]);
});

test("other names: class-agnostic metrics only, and the option that maps them", async () => {
  const root = await setOf("[tumor]", [0]);
  const matched = matchClasses(await openDataset(root), DETECTOR);
  const { dataset } = matched;
  assert.deepEqual([classIdsOf(dataset), dataset.classNames], [[2], ["ring", "solid", "tumor"]]);
  const classAware = matched.isClassAware(dataset);
  assert.equal(classAware, false);
  assert.match(
    matched.note(dataset)!,
    /no class 'tumor': only class-agnostic .*--classes tumor=ring/,
  );
  const groundTruths = dataset.groundTruths();
  const detections = groundTruths.map(({ imageId, boxes }) => ({
    imageId,
    detections: boxes.map((box) => ({
      box,
      score: 0.9,
      classId: 0,
      classProbabilities: [0.8, 0.2],
    })),
  }));
  const metrics = computeMetrics(groundTruths, detections, dataset.classNames, { classAware });
  assert.equal(metrics.classAgnostic.AP50, 1);
  assert.ok(Object.values(metrics.classAware).every((value) => value === null));
  assert.deepEqual(
    metrics.classes.map(({ boxes, AP50 }) => [boxes, AP50]),
    [
      [0, null],
      [0, null],
      [1, null],
    ],
  );
  const summary = summaryWithoutThreshold(groundTruths, detections, { classAware });
  assert.deepEqual([summary["class-agnostic AP50"], summary["class-aware AP50"]], [1, null]);
  // Mapped: class-aware metrics exist.
  const mapped = matchClasses(
    await openDataset(root, { renamedClasses: { Tumor: "solid" } }),
    DETECTOR,
  );
  assert.deepEqual(classIdsOf(mapped.dataset), [1]);
  assert.ok(mapped.isClassAware(mapped.dataset));
});

test("a class that means that nothing is there: its boxes go, its images count as tumor-free", async () => {
  const root = await setOf("[ring, No_Tumor, solid]", [1, 2]);
  const dataset = await openDataset(root, { background: ["no tumor"] });
  assert.deepEqual([dataset.classNames, classIdsOf(dataset)], [["ring", "solid"], [1]]);
  assert.equal(dataset.images.length, 2);
  await assert.rejects(
    openDataset(root, { background: ["healthy"] }),
    /--background: the data set has no class 'healthy'; its classes are ring, No_Tumor, solid/,
  );
  await assert.rejects(
    openDataset(root, { background: ["ring", "solid", "No_Tumor"] }),
    /--background names all classes/,
  );
  await assert.rejects(
    openDataset(root, { renamedClasses: { a: "b" } }),
    /--classes: .* no class 'a'/,
  );
  // Evaluation makes the same change as training.
  const changes = { background: ["No_Tumor"] };
  const matched = matchClasses(await openDataset(root), { ...DETECTOR, changes });
  assert.deepEqual(classIdsOf(matched.dataset), [1]);
  assert.match(matched.note(matched.dataset)!, /As in training, boxes of 'No_Tumor' mean/);
});

test("where nearly all boxes of a class cover most of the image, the checks suggest --background", async () => {
  const root = temporaryFolder();
  writeFiles(root, { "data.yaml": "train: images/train\nnames: [Glioma, No Tumor]\n" });
  for (let i = 0; i < 12; i++)
    writeFiles(root, {
      [`images/train/a${i}.png`]: await picture(i),
      [`labels/train/a${i}.txt`]: i % 2 ? "1 .5 .5 .9 .9\n" : "0 .5 .5 .1 .1\n",
    });
  const { notes } = await openDataset(root);
  assert.ok(
    notes.includes(
      "6 of 6 boxes of the class No Tumor cover most of the image: if it means that nothing is there, use --background 'No Tumor'.",
    ),
    notes.join("\n"),
  );
});
