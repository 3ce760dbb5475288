/** What has to hold of average precision, FROC and intervals whatever was detected. */
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
/** Where no study has a box. */
const NOWHERE: Box = [900, 900, 930, 930];

/**
 * Images of a few patients with up to four boxes that may overlap, each found well, loosely, twice
 * or not at all, and strays. At least one box is there. Scores are of a hundred steps above `LOW`
 * and below 0.99, so that some are equal, or with `distinct` all different.
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
    const found = boxes.flatMap((own) => Array.from({ length: random.integer(3) }, () => own));
    const loose = found.map(
      (own) => own.map((edge) => edge + random.uniform(-6, 6)) as unknown as Box,
    );
    const strays = Array.from({ length: random.integer(3) }, () => boxNear(100, 100, 60));
    const asDetection = (own: Box): Detection => {
      const first = random.uniform();
      return detection(own, score(), [first, 1 - first]);
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

/** The same with further detections in one image. */
function withDetections(
  { detections }: Study,
  image: number,
  ...more: Detection[]
): ImageDetections[] {
  return detections.map((own, i) =>
    i === image ? { ...own, detections: [...own.detections, ...more] } : own,
  );
}

function assertAtLeast(higher: number, lower: number, what: string): void {
  assert.ok(higher >= lower - TOLERANCE, `${what}: ${higher}, at least ${lower} expected`);
}

describe("average precision, whatever was detected", () => {
  test("in [0, 1], never higher at a higher IoU threshold; the detections of highest score alone give no more recall", () => {
    fc.assert(
      fc.property(study, readings, ({ groundTruths, detections }, classAware) => {
        const { AP, AP50, AP75, byIou } = averagePrecision(groundTruths, detections, {
          classAware,
        });
        for (const value of [AP, AP50, AP75, ...byIou.map((at) => at.AP)])
          assert.ok(value >= 0 && value <= 1 + TOLERANCE);
        // Greedy matching at a higher threshold takes a part of the boxes that it takes at a lower
        // one, after each detection.
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

  test("finding a box that nothing had found, with the highest score, never costs", () => {
    fc.assert(
      fc.property(study, fc.nat(5), ({ groundTruths, detections }, pick) => {
        // A box away from all others: one that a detection has found already would make that
        // detection wrong.
        const image = pick % groundTruths.length;
        const lost = groundTruths.map((own, i) =>
          i === image
            ? groundTruth(own.imageId, [...own.boxes, NOWHERE], [...own.classIds, 0])
            : own,
        );
        const found = withDetections(
          { groundTruths: lost, detections },
          image,
          detection(NOWHERE, 0.999, [1, 0]),
        );
        const before = averagePrecision(lost, detections, { classAware: false });
        const after = averagePrecision(lost, found, { classAware: false });
        after.byIou.forEach(({ iou, AP }, t) => assertAtLeast(AP, before.byIou[t].AP, `at ${iou}`));
        assertAtLeast(after.AP, before.AP + 0.9 / after.boxes / 101, "and pays");
      }),
    );
  });

  test("a false positive of the lowest score changes nothing, and one of any score never pays", () => {
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
            assertAtLeast(before.byIou[t].AP, AP, "with a false positive more"),
          );
        },
      ),
    );
  });

  test("shuffled images and detections, boxes doubled or moved, scores squeezed or images without anything: the same figures", () => {
    fc.assert(
      fc.property(
        distinctStudy,
        readings,
        fc.integer(),
        ({ groundTruths, detections }, classAware, seed) => {
          const before = averagePrecision(groundTruths, detections, { classAware }).byIou;
          const same = (
            what: string,
            own: readonly ImageGroundTruth[],
            found: readonly ImageDetections[],
          ) =>
            averagePrecision(own, found, { classAware }).byIou.forEach(({ AP }, t) =>
              assert.ok(
                Math.abs(AP - before[t].AP) < TOLERANCE,
                `${what}: ${AP}, before ${before[t].AP}`,
              ),
            );
          const each = (change: (own: Detection) => Detection) =>
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
            groundTruths.map((own) => ({ ...own, boxes: own.boxes.map(doubled) })),
            each((own) => ({ ...own, box: doubled(own.box) })),
          );
          same(
            "squeezed",
            groundTruths,
            each((own) => ({ ...own, score: own.score / 4 })),
          );
          same("an empty image more", [groundTruth("p9_9", []), ...groundTruths], detections);
          // Listed without detections or not listed at all.
          same(
            "left out",
            groundTruths,
            detections.filter((image) => image.detections.length),
          );
        },
      ),
    );
  });

  test("one class is class-agnostic; perfect detections of the highest score are worth 1, whatever comes after", () => {
    fc.assert(
      fc.property(study, ({ groundTruths, detections }) => {
        const agnostic = averagePrecision(groundTruths, detections, { classAware: false });
        const oneClass = averagePrecision(
          groundTruths.map((own) => ({ ...own, classIds: own.classIds.map(() => 0) })),
          detections.map((image) => ({
            ...image,
            detections: image.detections.map((own) => ({ ...own, classProbabilities: [1] })),
          })),
          { classAware: true },
        );
        assert.deepEqual(oneClass.byIou, agnostic.byIou);
        // Of perfect detections of highest score nothing is left to lose, whatever comes after.
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

describe("FROC, whatever was detected", () => {
  const curves = (given: Study, iou: number): FrocCurve[] => {
    const { allImages, tumorFreeImages } = froc(given.groundTruths, given.detections, { iou })!;
    return tumorFreeImages ? [allImages, tumorFreeImages] : [allImages];
  };

  test("lower thresholds find no less and bring no fewer false positives; a higher rate allowed never finds less", () => {
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

  test("a looser hit never finds less at any rate; false positives of the lowest score never pay", () => {
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

describe("intervals by bootstrap, whatever was detected", () => {
  test("each lies between the extremes of what resamples can give, within [0, 1], and inside one of more confidence", () => {
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

  test("sensitivity lies between the worst patient's and the best's, and where all patients are alike at theirs", () => {
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
          const own = patients.map(([count, found]) => Math.min(count, found) / count);
          const [worst, best] = [Math.min(...own), Math.max(...own)];
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

  test("percentiles are among the values' extremes, move with them, and leave as much out above as below", () => {
    const values = fc.array(fc.double({ min: -1, max: 1, noNaN: true }), {
      minLength: 1,
      maxLength: 50,
    });
    fc.assert(
      fc.property(values, fc.double({ min: 0.01, max: 0.99, noNaN: true }), (own, confidence) => {
        const { low, high, resamples } = percentileInterval(own, confidence);
        assert.ok(Math.min(...own) <= low! && low! <= high! && high! <= Math.max(...own));
        const moved = percentileInterval(
          [null, ...own.map((value) => value + 1)].reverse(),
          confidence,
        );
        assert.ok(
          Math.abs(moved.low! - low! - 1) < 1e-9 && Math.abs(moved.high! - high! - 1) < 1e-9,
        );
        assert.equal(moved.resamples, resamples);
        const mirrored = percentileInterval(
          own.map((value) => -value),
          confidence,
        );
        assert.ok(
          Math.abs(mirrored.low! + high!) < 1e-9 && Math.abs(mirrored.high! + low!) < 1e-9,
          "both tails alike",
        );
      }),
    );
  });

  test("resamples draw as many patients as there are, with all their images", () => {
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
