/** Properties that average precision, FROC and intervals have for all detections. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { averagePrecision } from "../../src/metrics/average-precision";
import {
  summaryIntervals,
  patientResamples,
  percentileInterval,
} from "../../src/metrics/bootstrap";
import { froc, type FrocCurve } from "../../src/metrics/froc";
import { Random } from "../../src/util/random";
import type { Box, Detection, ImageDetections, ImageGroundTruth } from "../../src/types";
import { detection, groundTruth } from "./cases";

interface Study {
  readonly groundTruths: ImageGroundTruth[];
  readonly detections: ImageDetections[];
}

const TOLERANCE = 1e-12;
const LOW = 0.01;
/** A place where no study has a box. */
const NOWHERE: Box = [900, 900, 930, 930];

/**
 * Draws images of a few patients. Each image has up to four boxes, which may overlap, and there is
 * at least one box in all. Each box is found well, loosely, twice or not at all, and there are
 * stray detections. Scores lie above `LOW` and below 0.99. They are multiples of 0.01, so that some
 * are equal; with `distinct`, all are different.
 */
function drawStudy(seed: number, distinct = false): Study {
  const random = new Random(seed);
  const groundTruths: ImageGroundTruth[] = [];
  const detections: ImageDetections[] = [];
  let count = 0;
  const score = () =>
    distinct ? 0.02 + 0.9 * random.uniform() + 1e-7 * count++ : 0.02 + random.integer(97) / 100;
  const boxNear = (x: number, y: number, spread: number): Box => {
    const [left, top] = [x + random.uniform(-spread, spread), y + random.uniform(-spread, spread)];
    return [left, top, left + random.uniform(10, 40), top + random.uniform(10, 40)];
  };
  const images = 1 + random.integer(6);
  for (let i = 0; i < images; i++) {
    const boxes = Array.from({ length: i ? random.integer(5) : 1 + random.integer(4) }, () =>
      boxNear(40, 40, 30),
    );
    const imageId = `p${random.integer(3)}_${i}`;
    groundTruths.push(
      groundTruth(
        imageId,
        boxes,
        boxes.map(() => random.integer(2)),
      ),
    );
    const found = boxes.flatMap((box) => Array.from({ length: random.integer(3) }, () => box));
    const loose = found.map(
      (box) => box.map((edge) => edge + random.uniform(-6, 6)) as unknown as Box,
    );
    const strays = Array.from({ length: random.integer(3) }, () => boxNear(100, 100, 60));
    const asDetection = (box: Box): Detection => {
      const first = random.uniform();
      return detection(box, score(), [first, 1 - first]);
    };
    detections.push({
      imageId,
      detections: random
        .shuffle([...loose.filter(([x1, y1, x2, y2]) => x2 > x1 && y2 > y1), ...strays])
        .map(asDetection),
    });
  }
  return { groundTruths, detections };
}

const study = fc.integer().map((seed) => drawStudy(seed));
const distinctStudy = fc.integer().map((seed) => drawStudy(seed, true));
const readings = fc.boolean();

/** The detections of a study, with further ones in one image. */
function withDetections(
  { detections }: Study,
  image: number,
  ...more: Detection[]
): ImageDetections[] {
  return detections.map((found, i) =>
    i === image ? { ...found, detections: [...found.detections, ...more] } : found,
  );
}

/** Every study has a box, so that no metric is null. */
function assertAtLeast(higher: number | null, lower: number | null, what: string): void {
  assert.ok(higher !== null && lower !== null, `${what}: ${higher}, ${lower}`);
  assert.ok(higher >= lower - TOLERANCE, `${what}: ${higher}, at least ${lower} expected`);
}

describe("average precision", () => {
  test("lies in [0, 1], and does not rise with the IoU threshold; fewer detections give no more recall", () => {
    fc.assert(
      fc.property(study, readings, ({ groundTruths, detections }, classAware) => {
        const { AP, AP50, AP75, byIou } = averagePrecision(groundTruths, detections, {
          classAware,
        });
        for (const value of [AP, AP50, AP75, ...byIou.map((at) => at.AP)])
          assert.ok(value !== null && value >= 0 && value <= 1 + TOLERANCE);
        // After each detection, the boxes that are matched at a higher threshold are matched at a
        // lower threshold, too.
        byIou
          .slice(1)
          .forEach((at, t) =>
            assertAtLeast(byIou[t].AP, at.AP, `from IoU ${byIou[t].iou} to ${at.iou}`),
          );
        const few = averagePrecision(groundTruths, detections, {
          classAware: false,
          maxDetections: 1,
        }).rankings[0].curve50;
        const all = averagePrecision(groundTruths, detections, { classAware: false }).rankings[0]
          .curve50;
        assertAtLeast(Math.max(0, ...all.recall), Math.max(0, ...few.recall), "recall");
      }),
    );
  });

  test("does not fall when another box is found with the highest score", () => {
    fc.assert(
      fc.property(study, fc.nat(5), ({ groundTruths, detections }, pick) => {
        // The box is away from all others. Otherwise another detection may have found it, which
        // would then be a false positive.
        const image = pick % groundTruths.length;
        const withBox = groundTruths.map((truth, i) =>
          i === image
            ? groundTruth(truth.imageId, [...truth.boxes, NOWHERE], [...truth.classIds, 0])
            : truth,
        );
        const found = withDetections(
          { groundTruths: withBox, detections },
          image,
          detection(NOWHERE, 0.999, [1, 0]),
        );
        const before = averagePrecision(withBox, detections, { classAware: false });
        const after = averagePrecision(withBox, found, { classAware: false });
        after.byIou.forEach(({ iou, AP }, t) => assertAtLeast(AP, before.byIou[t].AP, `at ${iou}`));
        assertAtLeast(after.AP, before.AP! + 0.9 / after.boxes / 101, "rises");
      }),
    );
  });

  test("does not change with a false positive of the lowest score, and does not rise with any", () => {
    fc.assert(
      fc.property(
        study,
        fc.nat(5),
        fc.double({ min: LOW, max: 1, noNaN: true }),
        (given, pick, score) => {
          const image = pick % given.groundTruths.length;
          const before = averagePrecision(given.groundTruths, given.detections, {
            classAware: false,
          });
          const last = withDetections(given, image, detection(NOWHERE, LOW / 2, [1, 0]));
          assert.deepEqual(
            averagePrecision(given.groundTruths, last, { classAware: false }).byIou,
            before.byIou,
          );
          const anywhere = averagePrecision(
            given.groundTruths,
            withDetections(given, image, detection(NOWHERE, score, [1, 0])),
            { classAware: false },
          );
          anywhere.byIou.forEach(({ AP }, t) =>
            assertAtLeast(before.byIou[t].AP, AP, "with another false positive"),
          );
        },
      ),
    );
  });

  test("does not change with the order, the size of the boxes, the scale of the scores, or empty images", () => {
    fc.assert(
      fc.property(
        distinctStudy,
        readings,
        fc.integer(),
        ({ groundTruths, detections }, classAware, seed) => {
          const before = averagePrecision(groundTruths, detections, { classAware }).byIou;
          const same = (
            what: string,
            images: readonly ImageGroundTruth[],
            found: readonly ImageDetections[],
          ) =>
            averagePrecision(images, found, { classAware }).byIou.forEach(({ AP }, t) =>
              assert.ok(
                Math.abs(AP! - before[t].AP!) < TOLERANCE,
                `${what}: ${AP}, before ${before[t].AP}`,
              ),
            );
          const each = (change: (found: Detection) => Detection) =>
            detections.map((image) => ({ ...image, detections: image.detections.map(change) }));
          const random = new Random(seed);
          same(
            "shuffled",
            random.shuffle(groundTruths),
            random
              .shuffle(detections)
              .map((image) => ({ ...image, detections: random.shuffle(image.detections) })),
          );
          const doubled = (box: Box) => box.map((edge) => 2 * edge) as unknown as Box;
          same(
            "doubled",
            groundTruths.map((truth) => ({ ...truth, boxes: truth.boxes.map(doubled) })),
            each((found) => ({ ...found, box: doubled(found.box) })),
          );
          same(
            "squeezed",
            groundTruths,
            each((found) => ({ ...found, score: found.score / 4 })),
          );
          same("another empty image", [groundTruth("p9_9", []), ...groundTruths], detections);
          // An image without detections may be listed or not.
          same(
            "left out",
            groundTruths,
            detections.filter((image) => image.detections.length),
          );
        },
      ),
    );
  });

  test("with one class equals the class-agnostic one; is 1 when the highest scores are exact", () => {
    fc.assert(
      fc.property(study, ({ groundTruths, detections }) => {
        const agnostic = averagePrecision(groundTruths, detections, { classAware: false });
        const oneClass = averagePrecision(
          groundTruths.map((truth) => ({ ...truth, classIds: truth.classIds.map(() => 0) })),
          detections.map((image) => ({
            ...image,
            detections: image.detections.map((found) => ({ ...found, classProbabilities: [1] })),
          })),
          { classAware: true },
        );
        assert.deepEqual(oneClass.byIou, agnostic.byIou);
        // Detections of lower score cannot lower an AP of 1.
        const perfect = detections.map((image, i) => ({
          ...image,
          detections: [
            ...image.detections,
            ...groundTruths[i].boxes.map((box) => detection(box, 1, [1, 0])),
          ],
        }));
        assert.equal(averagePrecision(groundTruths, perfect, { classAware: false }).AP, 1);
      }),
    );
  });
});

function assertRising(values: readonly number[], what: string): void {
  values.slice(1).forEach((value, i) => assertAtLeast(value, values[i], `${what}, point ${i + 1}`));
}

describe("FROC", () => {
  const curves = (given: Study, iou: number): FrocCurve[] => {
    const { allImages, tumorFreeImages } = froc(given.groundTruths, given.detections, { iou })!;
    return tumorFreeImages ? [allImages, tumorFreeImages] : [allImages];
  };

  test("finds no less with lower thresholds and higher rates, with no fewer false positives", () => {
    fc.assert(
      fc.property(study, fc.constantFrom(0.1, 0.5, 0.75), (given, iou) => {
        for (const curve of curves(given, iou)) {
          curve.scoreThreshold
            .slice(1)
            .forEach((score, i) => assert.ok(score < curve.scoreThreshold[i]));
          assertRising(curve.falsePositivesPerImage, "false positives");
          assertRising(curve.sensitivity, "sensitivity");
          assertRising(
            curve.points.map(({ sensitivity }) => sensitivity),
            "points",
          );
          assert.ok(
            [...curve.sensitivity, curve.mean].every(
              (value) => value >= 0 && value <= 1 + TOLERANCE,
            ),
          );
          assert.ok(curve.falsePositivesPerImage.every((value) => value >= 0));
        }
      }),
    );
  });

  test("finds no less at a lower IoU, and no more with false positives of the lowest score", () => {
    fc.assert(
      fc.property(study, fc.nat(5), (given, pick) => {
        const [loose, tight] = [0.1, 0.5].map((iou) => curves(given, iou)[0]);
        loose.points.forEach(({ rate, sensitivity }, i) =>
          assertAtLeast(sensitivity, tight.points[i].sensitivity, `at ${rate}`),
        );
        const worse = {
          ...given,
          detections: withDetections(
            given,
            pick % given.groundTruths.length,
            detection(NOWHERE, LOW / 2, [1, 0]),
          ),
        };
        curves(worse, 0.5)[0].points.forEach(({ sensitivity }, i) =>
          assert.equal(sensitivity, tight.points[i].sensitivity),
        );
      }),
    );
  });
});

describe("intervals by bootstrap", () => {
  test("lie within [0, 1], and inside an interval of more confidence", () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer({ min: 1, max: 99 }), (seed, percent) => {
        const { groundTruths, detections } = drawStudy(seed);
        const run = { detections, scoreThreshold: 0.5 };
        const intervals = (confidence: number) =>
          summaryIntervals(groundTruths, run, { seed: 2, resamples: 30, confidence }).figures;
        const [narrow, wide] = [percent / 100, (percent + 100) / 200].map(intervals);
        narrow.forEach(({ name, value, low, high, resamples }, i) => {
          assert.equal(resamples, wide[i].resamples, name);
          assert.equal(value, wide[i].value, name);
          if (low === null || high === null) return assert.equal(resamples, 0, name);
          assert.ok(wide[i].low! <= low && low <= high && high <= wide[i].high!, name);
          assert.ok(low >= 0 && high <= 1 + TOLERANCE, name);
        });
      }),
      { numRuns: 30 },
    );
  });

  test("of sensitivity lie between the sensitivities of the worst and of the best patient", () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: 1, max: 4 }), fc.nat(4)), {
          minLength: 2,
          maxLength: 6,
        }),
        (patients) => {
          const boxes = (count: number) =>
            Array.from({ length: count }, (_, k): Box => [20 * k, 0, 20 * k + 10, 10]);
          const groundTruths = patients.map(([count], p) => groundTruth(`p${p}_0`, boxes(count)));
          const detections = patients.map(([count, found], p) => ({
            imageId: `p${p}_0`,
            detections: boxes(Math.min(count, found)).map((box) => detection(box, 0.9)),
          }));
          const { figures } = summaryIntervals(
            groundTruths,
            { detections, scoreThreshold: 0.5 },
            { seed: 1, resamples: 40 },
          );
          const { value, low, high } = figures.find(({ name }) => name === "sensitivity")!;
          const shares = patients.map(([count, found]) => Math.min(count, found) / count);
          const [worst, best] = [Math.min(...shares), Math.max(...shares)];
          for (const at of [value!, low!, high!])
            assert.ok(
              at >= worst - TOLERANCE && at <= best + TOLERANCE,
              `${at} of ${worst} to ${best}`,
            );
        },
      ),
      { numRuns: 40 },
    );
  });

  test("are percentiles: within the values, moving with them, and symmetric", () => {
    const anyValues = fc.array(fc.double({ min: -1, max: 1, noNaN: true }), {
      minLength: 1,
      maxLength: 50,
    });
    fc.assert(
      fc.property(
        anyValues,
        fc.double({ min: 0.01, max: 0.99, noNaN: true }),
        (values, confidence) => {
          const { low, high, resamples } = percentileInterval(values, confidence);
          assert.ok(Math.min(...values) <= low! && low! <= high! && high! <= Math.max(...values));
          const moved = percentileInterval(
            [null, ...values.map((value) => value + 1)].reverse(),
            confidence,
          );
          assert.ok(
            Math.abs(moved.low! - low! - 1) < 1e-9 && Math.abs(moved.high! - high! - 1) < 1e-9,
          );
          assert.equal(moved.resamples, resamples);
          const mirrored = percentileInterval(
            values.map((value) => -value),
            confidence,
          );
          assert.ok(
            Math.abs(mirrored.low! + high!) < 1e-9 && Math.abs(mirrored.high! + low!) < 1e-9,
            "both tails are equal",
          );
        },
      ),
    );
  });

  test("come from resamples of as many patients as there are, with all their images", () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer(), (seed, drawn) => {
        const { groundTruths } = drawStudy(seed);
        const patients = new Map(groundTruths.map(({ patient }, i) => [patient, i]));
        for (const weights of patientResamples(groundTruths, { seed: drawn, resamples: 5 })) {
          groundTruths.forEach(({ patient }, i) =>
            assert.equal(weights[i], weights[patients.get(patient)!]),
          );
          assert.equal(
            Array.from(patients.values()).reduce((sum, i) => sum + weights[i], 0),
            patients.size,
          );
        }
      }),
    );
  });
});
