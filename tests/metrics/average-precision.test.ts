import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  averagePrecision,
  COCO_IOU_THRESHOLDS,
  precisionRecall,
} from "../../src/metrics/average-precision";
import { Random } from "../../src/util/random";
import type { Box } from "../../src/types";
import { detection, groundTruth } from "./cases";
import { pycocotoolsCases, unpack } from "./pycocotools";

const cases = pycocotoolsCases();
const TOLERANCE = 1e-9;

/** Null, the value of a metric that does not exist, is close to null only. */
function assertClose(actual: number | null, expected: number | null, what: string): void {
  const isClose =
    actual === null || expected === null
      ? actual === expected
      : Math.abs(actual - expected) <= TOLERANCE;
  assert.ok(isClose, `${what}: ${actual}, expected ${expected}`);
}

describe("average precision against pycocotools", () => {
  for (const example of cases) {
    test(example.name, () => {
      const { groundTruths, detections } = unpack(example);
      for (const reading of ["classAgnostic", "classAware"] as const) {
        const result = averagePrecision(groundTruths, detections, {
          classAware: reading === "classAware",
        });
        for (const metric of ["AP", "AP50", "AP75"] as const) {
          assertClose(result[metric], example[reading][metric], `${reading} ${metric}`);
        }
        result.byIou.forEach(({ iou, AP }, t) =>
          assertClose(AP, example[reading].byIou[t], `${reading} at ${iou}`),
        );
        assert.equal(result.byIou.length, 10);
      }
    });
  }

  test("the cases have many different values, and some have nothing to find", () => {
    const values = new Set(cases.map(({ classAgnostic }) => classAgnostic.AP?.toFixed(3)));
    assert.ok(values.size > 25);
    assert.ok(values.has(undefined));
  });
});

describe("average precision by hand", () => {
  // Three boxes. By falling score the detections are hit, miss, hit, and the third box is not
  // found. Precision is 1 up to recall 1/3, 2/3 up to recall 2/3, and 0 above. Of the recalls 0,
  // 0.01 … 1, there are 34 up to 1/3, and 33 more up to 2/3.
  const byHand = (34 * 1 + 33 * (2 / 3)) / 101;
  const boxes: Box[] = [
    [0, 0, 10, 10],
    [20, 0, 30, 10],
    [40, 0, 50, 10],
  ];
  const groundTruths = [groundTruth("a", boxes)];
  const found = [
    detection([0, 0, 10, 10], 0.9),
    detection([0, 50, 10, 60], 0.8),
    // IoU 0.7 (70 of 100 square pixels): a hit at 0.5, not at 0.75.
    detection([20, 0, 27, 10], 0.7),
  ];

  test("hit, miss, hit", () => {
    const result = averagePrecision(groundTruths, [{ imageId: "a", detections: found }], {
      classAware: false,
    });
    assertClose(result.AP50, byHand, "AP50");
    assertClose(result.AP75, 34 / 101, "AP75");
    // At the thresholds 0.50 to 0.70 the loose box is found, at the five above it is not.
    assertClose(result.AP, (5 * byHand + 5 * (34 / 101)) / 10, "AP");
    assert.equal(result.label, "class-agnostic");
    const [{ curve50 }] = result.rankings;
    assert.deepEqual(curve50.score, [0.9, 0.8, 0.7]);
    assert.deepEqual(curve50.recall, [1 / 3, 1 / 3, 2 / 3]);
    assert.deepEqual(curve50.precision, [1, 1 / 2, 2 / 3]);
    assert.deepEqual(curve50.envelope, [1, 2 / 3, 2 / 3]);
  });

  test("a second detection of a found box is a false positive", () => {
    const twice = [detection(boxes[0], 0.9), detection(boxes[0], 0.8), detection(boxes[1], 0.7)];
    const [{ curve50 }] = averagePrecision(groundTruths, [{ imageId: "a", detections: twice }], {
      classAware: false,
    }).rankings;
    assert.deepEqual(curve50.precision, [1, 1 / 2, 2 / 3]);
  });

  test("a detection in an image without boxes costs precision", () => {
    const withEmpty = [...groundTruths, groundTruth("empty", [])];
    const clean = [{ imageId: "a", detections: [detection(boxes[0], 0.5)] }];
    const noisy = [...clean, { imageId: "empty", detections: [detection(boxes[0], 0.9)] }];
    assertClose(averagePrecision(withEmpty, clean, { classAware: false }).AP50, 34 / 101, "clean");
    assertClose(
      averagePrecision(withEmpty, noisy, { classAware: false }).AP50,
      34 / 2 / 101,
      "noisy",
    );
  });

  test("the class matters only in the class-aware reading", () => {
    const wrong = [{ imageId: "a", detections: [detection([0, 0, 10, 10], 0.9, [0, 1])] }];
    const one = [groundTruth("a", [[0, 0, 10, 10]], [0])];
    assert.equal(averagePrecision(one, wrong, { classAware: false }).AP, 1);
    // The detection stands for class 0 too, with a score of 0. It is the only one in the ranking.
    const aware = averagePrecision(one, wrong, { classAware: true });
    assert.equal(aware.AP, 1);
    assert.equal(aware.label, "class-aware");
    // A detection of class 0 elsewhere, with a higher score, lowers the AP.
    const worse = [
      {
        imageId: "a",
        detections: [...wrong[0].detections, detection([50, 50, 60, 60], 0.5, [1, 0])],
      },
    ];
    assert.equal(averagePrecision(one, worse, { classAware: false }).AP50, 1);
    assertClose(averagePrecision(one, worse, { classAware: true }).AP50, 0.5, "class-aware");
  });

  test("no boxes: no AP", () => {
    const result = averagePrecision([groundTruth("a", [])], [{ imageId: "a", detections: found }], {
      classAware: false,
    });
    assert.deepEqual([result.AP, result.AP50, result.AP75], [null, null, null]);
    assert.equal(averagePrecision([], [], { classAware: true }).AP, null);
  });

  test("no boxes found: an AP of 0", () => {
    assert.equal(averagePrecision(groundTruths, [], { classAware: false }).AP, 0);
    assert.equal(averagePrecision(groundTruths, [], { classAware: true }).AP, 0);
  });
});

describe("average precision does not depend on the order", () => {
  test("shuffled detections give the same metrics", () => {
    const random = new Random(3);
    for (const example of cases.slice(0, 8)) {
      const { groundTruths, detections } = unpack(example);
      // The order decides between equal scores, so every detection gets another score.
      const distinct = detections.map((image, i) => ({
        ...image,
        detections: image.detections.map((item, d) => ({
          ...item,
          score: item.score + 1e-5 * i + 1e-7 * d,
        })),
      }));
      for (const classAware of [false, true]) {
        const expected = averagePrecision(groundTruths, distinct, { classAware });
        const shuffled = random.shuffle(distinct).map((image) => ({
          ...image,
          detections: random.shuffle(image.detections),
        }));
        const actual = averagePrecision(random.shuffle(groundTruths), shuffled, {
          classAware,
        });
        assertClose(actual.AP, expected.AP, example.name);
        assertClose(actual.AP50, expected.AP50, example.name);
      }
    }
  });

  test("scaling all boxes changes nothing", () => {
    const { groundTruths, detections } = unpack(cases[1]);
    const scale = (box: Box): Box => [2 * box[0], 2 * box[1], 2 * box[2], 2 * box[3]];
    const actual = averagePrecision(
      groundTruths.map((image) => ({ ...image, boxes: image.boxes.map(scale) })),
      detections.map((image) => ({
        ...image,
        detections: image.detections.map((item) => ({ ...item, box: scale(item.box) })),
      })),
      { classAware: false },
    );
    assertClose(actual.AP, cases[1].classAgnostic.AP, "AP");
  });
});

describe("averagePrecision rejects", () => {
  const groundTruths = [groundTruth("a", [[0, 0, 10, 10]], [1])];
  const found = [detection([0, 0, 10, 10], 0.9, [1])];
  test("detections of an unknown image", () => {
    assert.throws(
      () =>
        averagePrecision(groundTruths, [{ imageId: "b", detections: found }], {
          classAware: false,
        }),
      /'b'/,
    );
  });
  test("an image given twice", () => {
    const twice = [
      { imageId: "a", detections: found },
      { imageId: "a", detections: [] },
    ];
    assert.throws(() => averagePrecision(groundTruths, twice, { classAware: false }), /twice/);
    assert.throws(
      () => averagePrecision([...groundTruths, ...groundTruths], [], { classAware: false }),
      /twice/,
    );
  });
  test("a score that is NaN", () => {
    const bad = [{ imageId: "a", detections: [detection([0, 0, 1, 1], NaN)] }];
    assert.throws(() => averagePrecision(groundTruths, bad, { classAware: false }), /NaN/);
  });
  test("detections without a probability for a class of the ground truth", () => {
    assert.throws(
      () =>
        averagePrecision(groundTruths, [{ imageId: "a", detections: found }], {
          classAware: true,
        }),
      /class 1/,
    );
  });
});

test("the thresholds are those of COCO", () => {
  assert.deepEqual(
    COCO_IOU_THRESHOLDS.map((iou) => iou.toFixed(2)),
    ["0.50", "0.55", "0.60", "0.65", "0.70", "0.75", "0.80", "0.85", "0.90", "0.95"],
  );
});

test("the envelope is the best precision from each place on, the first place included", () => {
  const hits = [false, true, true, false, true];
  const { precision, envelope } = precisionRecall({ iou: 0.5, scores: [], hits, boxes: 3 });
  assert.deepEqual(precision, [0, 1 / 2, 2 / 3, 1 / 2, 3 / 5]);
  assert.deepEqual(envelope, [2 / 3, 2 / 3, 2 / 3, 3 / 5, 3 / 5]);
});

test("boxes are counted, and classes come by rising number", () => {
  const box: Box = [0, 0, 10, 10];
  const groundTruths = [groundTruth("a", [box, box], [10, 2]), groundTruth("b", [box], [9])];
  const { boxes, images, rankings } = averagePrecision(groundTruths, [], { classAware: true });
  assert.deepEqual([boxes, images], [3, 2]);
  assert.deepEqual(
    rankings.map(({ classId }) => classId),
    [2, 9, 10],
  );
});

test("precision and recall of an empty ranking are empty", () => {
  assert.deepEqual(precisionRecall({ iou: 0.5, scores: [], hits: [], boxes: 3 }).recall, []);
});
