import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { averagePrecision } from "../../src/metrics/average-precision";
import {
  compareSummaries,
  summaryIntervals,
  patientResamples,
  percentileInterval,
} from "../../src/metrics/bootstrap";
import { froc } from "../../src/metrics/froc";
import { absenceOf, prepareSummary, summaryMetrics } from "../../src/metrics/summary-metrics";
import { imageRoc } from "../../src/metrics/image-roc";
import { countsAtThreshold } from "../../src/metrics/operating-point";
import { patientFindings } from "../../src/metrics/patient-findings";
import { Random } from "../../src/util/random";
import type { Box, ImageDetections, ImageGroundTruth } from "../../src/types";
import { detection, groundTruth } from "./cases";
import { assertClose, statistics } from "./statistics";

const box = (x: number): Box => [x, 0, x + 10, 10];
/** A detection far from every box. */
const STRAY: Box = [80, 80, 90, 90];

/**
 * Patients with a few slices each, some of them without boxes. Detections are good, loose, of the
 * wrong class, or far from every box.
 */
function study(
  patients: number,
  seed: number,
): { groundTruths: ImageGroundTruth[]; detections: ImageDetections[] } {
  const random = new Random(seed);
  const groundTruths: ImageGroundTruth[] = [];
  const detections: ImageDetections[] = [];
  for (let p = 0; p < patients; p++) {
    const skill = random.uniform(0.3, 1);
    for (let s = 0; s <= random.integer(4); s++) {
      const boxes = Array.from({ length: random.integer(3) }, (_, i) => box(20 * i));
      groundTruths.push(
        groundTruth(
          `p${p}_${s}`,
          boxes,
          boxes.map(() => p % 2),
        ),
      );
      const found = boxes.filter(() => random.chance(skill));
      const moved = found.map(([x1, y1, x2, y2]): Box => [x1 + random.uniform(0, 4), y1, x2, y2]);
      const strays = Array.from({ length: random.integer(3) }, () => STRAY);
      const probabilities = () => [p % 2 ? 0.3 : 0.7, p % 2 ? 0.7 : 0.3];
      detections.push({
        imageId: `p${p}_${s}`,
        detections: [
          ...moved.map((place) => detection(place, random.uniform(0.3, 1), probabilities())),
          ...strays.map((place) => detection(place, random.uniform(0, 0.7), [0.5, 0.5])),
        ],
      });
    }
  }
  return { groundTruths, detections };
}

const THRESHOLD = 0.5;
const { groundTruths, detections } = study(12, 1);
const run = { detections, scoreThreshold: THRESHOLD };

/** The metrics, each computed by its own function. */
function oneByOne(
  groundTruths: readonly ImageGroundTruth[],
  detections: readonly ImageDetections[],
): Record<string, number | null> {
  const agnostic = averagePrecision(groundTruths, detections, { classAware: false });
  const aware = averagePrecision(groundTruths, detections, { classAware: true });
  const counts = countsAtThreshold(groundTruths, detections, {
    scoreThreshold: THRESHOLD,
    classCount: 2,
  });
  return {
    "class-agnostic AP50": agnostic.AP50,
    "class-agnostic AP75": agnostic.AP75,
    "class-agnostic AP": agnostic.AP,
    "class-aware AP50": aware.AP50,
    "class-aware AP75": aware.AP75,
    "class-aware AP": aware.AP,
    "FROC mean, IoU 0.1": froc(groundTruths, detections, { iou: 0.1 })!.allImages.mean,
    "FROC mean, IoU 0.5": froc(groundTruths, detections, { iou: 0.5 })!.allImages.mean,
    sensitivity: counts.recall,
    precision: counts.precision,
    "patient sensitivity": patientFindings(groundTruths, detections, { scoreThreshold: THRESHOLD })
      .sensitivity!,
    "image AUC": imageRoc(groundTruths, detections)!.auc,
  };
}

describe("summary metrics", () => {
  const names = summaryMetrics().map(({ name }) => name);

  test("equal what the function of each metric computes", () => {
    const expected = oneByOne(groundTruths, detections);
    const values = prepareSummary(groundTruths, run)();
    assert.deepEqual(Object.keys(values), names);
    assert.deepEqual(Object.keys(expected), names);
    for (const name of names) assertClose(values[name], expected[name]!, 1e-12, name);
  });

  test("of a resample equal those of copies of the images", () => {
    const summary = prepareSummary(groundTruths, run);
    for (const weights of patientResamples(groundTruths, { seed: 8, resamples: 15 })) {
      const copies = groundTruths.flatMap((image, i) =>
        Array.from({ length: weights[i] }, (_, copy) => ({
          ...image,
          imageId: `${image.imageId} ${copy}`,
          patient: `${image.patient} ${copy}`,
        })),
      );
      const copied = detections.flatMap((image, i) =>
        Array.from({ length: weights[i] }, (_, copy) => ({
          ...image,
          imageId: `${image.imageId} ${copy}`,
        })),
      );
      const expected = oneByOne(copies, copied);
      const actual = summary(weights);
      for (const name of names) assertClose(actual[name], expected[name]!, 1e-12, name);
    }
  });

  test("a metric that does not exist is null, and has a reason", () => {
    const nothing = { detections: [], scoreThreshold: THRESHOLD };
    const none = prepareSummary([groundTruth("a", [])], nothing)();
    assert.ok(names.every((name) => none[name] === null));
    assert.equal(absenceOf("class-agnostic AP"), "no boxes");
    assert.equal(absenceOf("class-aware AP"), "no boxes, or other class names");
    assert.equal(absenceOf("precision"), "no detections");
    const missed = prepareSummary([groundTruth("a", [box(0)])], nothing)();
    assert.equal(missed.sensitivity, 0);
    assert.equal(missed.precision, null);
    assert.equal(missed["class-agnostic AP"], 0);
  });
});

describe("resamples", () => {
  test("contain whole patients, as many as there are", () => {
    const patients = Array.from(new Set(groundTruths.map(({ patient }) => patient)));
    for (const weights of patientResamples(groundTruths, { seed: 3, resamples: 50 })) {
      const counts = patients.map((patient) => {
        const weightsOfPatient = groundTruths.flatMap((image, i) =>
          image.patient === patient ? [weights[i]] : [],
        );
        assert.equal(new Set(weightsOfPatient).size, 1, "images of a patient have equal weights");
        return weightsOfPatient[0];
      });
      assert.equal(
        counts.reduce((sum, count) => sum + count, 0),
        patients.length,
      );
    }
  });

  test("are all equally likely", () => {
    const three = [groundTruth("a", []), groundTruth("b", []), groundTruth("c", [])];
    const counts = new Map<string, number>();
    const resamples = 27_000;
    for (const weights of patientResamples(three, { seed: 1, resamples })) {
      counts.set(weights.join(), (counts.get(weights.join()) ?? 0) + 1);
    }
    // Of 27 ordered draws, 3 contain one patient three times, 18 contain one twice, 6 contain all.
    assert.equal(counts.size, 10);
    for (const [weights, count] of counts) {
      const ways = weights === "1,1,1" ? 6 : weights.includes("3") ? 1 : 3;
      // Six standard deviations.
      assert.ok(Math.abs(count - ways * 1000) < 6 * Math.sqrt(ways * 1000), `${weights}: ${count}`);
    }
  });
});

describe("intervals", () => {
  test("of sensitivity agree with the bootstrap of SciPy over patients", () => {
    for (const example of statistics.bootstrap) {
      const images = example.boxes.map((count, p) =>
        groundTruth(
          `p${p}_0`,
          Array.from({ length: count }, (_, i) => box(11 * i)),
        ),
      );
      const found = example.found.map((count, p) => ({
        imageId: `p${p}_0`,
        detections: Array.from({ length: count }, (_, i) => detection(box(11 * i), 0.9)),
      }));
      const { figures } = summaryIntervals(
        images,
        { detections: found, scoreThreshold: THRESHOLD },
        { seed: 4, resamples: 4000 },
      );
      const { value, low, high } = figures.find(({ name }) => name === "sensitivity")!;
      const sum = (values: readonly number[]) => values.reduce((total, count) => total + count, 0);
      assertClose(value, sum(example.found) / sum(example.boxes), 1e-12, example.name);
      // With 4000 resamples, the end of an interval is uncertain by about 4 % of the standard
      // error.
      assertClose(low, example.low, 0.16 * example.error, `${example.name}, low`);
      assertClose(high, example.high, 0.16 * example.error, `${example.name}, high`);
    }
  });

  test("of two patients, one found and one not, go from 0 to 1", () => {
    const two = [groundTruth("a_1", [box(0)]), groundTruth("b_1", [box(0)])];
    const found = [{ imageId: "a_1", detections: [detection(box(0), 0.9)] }];
    const { figures } = summaryIntervals(
      two,
      { detections: found, scoreThreshold: THRESHOLD },
      { seed: 1 },
    );
    const { value, low, high } = figures.find(({ name }) => name === "sensitivity")!;
    assert.deepEqual([value, low, high], [0.5, 0, 1]);
    // A quarter of the resamples contain only the patient without detections: they have no
    // precision.
    const precision = figures.find(({ name }) => name === "precision")!;
    assert.ok(Math.abs(precision.resamples - 750) < 80, `${precision.resamples} resamples`);
    assert.deepEqual([precision.low, precision.high], [1, 1]);
  });

  test("the same seed gives the same, whatever the order of the images; another seed another", () => {
    const again = summaryIntervals(groundTruths, run, { seed: 1, resamples: 100 });
    assert.deepEqual(summaryIntervals(groundTruths, run, { seed: 1, resamples: 100 }), again);
    assert.deepEqual(JSON.parse(JSON.stringify(again)), again);
    const turned = summaryIntervals([...groundTruths].reverse(), run, { seed: 1, resamples: 100 });
    turned.figures.forEach(({ low }, i) =>
      assertClose(low, again.figures[i].low!, 1e-12, again.figures[i].name),
    );
    assert.notDeepEqual(
      summaryIntervals(groundTruths, run, { seed: 2, resamples: 100 }).figures,
      again.figures,
    );
    assert.deepEqual(
      [again.patients, again.images, again.resamples, again.confidence],
      [12, groundTruths.length, 100, 0.95],
    );
  });

  test("contain the metric, and are wider with more confidence", () => {
    const wide = summaryIntervals(groundTruths, run, { seed: 1 });
    const narrow = summaryIntervals(groundTruths, run, { seed: 1, confidence: 0.5 });
    wide.figures.forEach(({ name, value, low, high }, i) => {
      assert.ok(low! <= value! && value! <= high!, `${name}: ${value} of ${low} to ${high}`);
      assert.ok(high! - low! > narrow.figures[i].high! - narrow.figures[i].low!, name);
    });
  });

  test("do not exist with one patient", () => {
    const { figures } = summaryIntervals(
      groundTruths.filter(({ patient }) => patient === "p1"),
      {
        detections: detections.filter(({ imageId }) => imageId.startsWith("p1_")),
        scoreThreshold: THRESHOLD,
      },
      { seed: 1 },
    );
    assert.ok(
      figures.every(({ low, high, resamples }) => low === null && high === null && resamples === 0),
    );
  });

  test("are the percentiles of NumPy, without null values", () => {
    const values = [null, ...Array.from({ length: 40 }, (_, i) => 40 - i)];
    assert.deepEqual(percentileInterval(values, 0.75), { low: 5.875, high: 35.125, resamples: 40 });
    assert.deepEqual(percentileInterval([null], 0.95), { low: null, high: null, resamples: 0 });
  });

  test("reject options outside their range", () => {
    assert.throws(
      () => summaryIntervals(groundTruths, run, { seed: 1, confidence: 95 }),
      /between 0 and 1/,
    );
    assert.throws(
      () => summaryIntervals(groundTruths, run, { seed: 1, resamples: 0 }),
      /whole number above 0/,
    );
  });
});

describe("two runs on the same images", () => {
  /** The same run with boxes that are less high in every second image. */
  const worse = {
    scoreThreshold: THRESHOLD,
    detections: detections.map((image, i) => ({
      ...image,
      detections:
        i % 2
          ? image.detections
          : image.detections.map((found) => {
              const [x1, y1, x2] = found.box;
              return { ...found, box: [x1, y1, x2, y1 + 4] as const };
            }),
    })),
  };

  test("a run and itself do not differ in any resample", () => {
    const options = { seed: 1, resamples: 50 };
    for (const metric of compareSummaries(groundTruths, [run, run], options).figures) {
      const { name, difference, low, high, secondBetter } = metric;
      assert.deepEqual([difference, low, high, secondBetter], [0, 0, 0, 0.5], name);
    }
  });

  test("the difference is second minus first, and changes its sign when they are swapped", () => {
    const options = { seed: 1, resamples: 200 };
    const forth = compareSummaries(groundTruths, [worse, run], options);
    const back = compareSummaries(groundTruths, [run, worse], options);
    const [ap, other] = [forth.figures[0], back.figures[0]];
    assert.equal(ap.name, "class-agnostic AP50");
    assert.ok(ap.difference! > 0 && ap.low! > 0 && ap.secondBetter! > 0.97, JSON.stringify(ap));
    assert.equal(ap.difference, ap.second! - ap.first!);
    assertClose(other.low, -ap.high!, 1e-12, "low");
    assertClose(other.high, -ap.low!, 1e-12, "high");
    assertClose(other.secondBetter, 1 - ap.secondBetter!, 1e-12, "better");
    assert.deepEqual(forth.scoreThresholds, [THRESHOLD, THRESHOLD]);
  });

  test("pairing removes the difficulty that the images have for both", () => {
    // The runs differ in one image only, so the interval of the difference is narrower than the
    // interval of one run.
    const nearly = {
      scoreThreshold: THRESHOLD,
      detections: detections.map((image, i) => (i === 3 ? { ...image, detections: [] } : image)),
    };
    const pair = compareSummaries(groundTruths, [run, nearly], { seed: 1 }).figures.find(
      ({ name }) => name === "sensitivity",
    )!;
    const alone = summaryIntervals(groundTruths, run, { seed: 1 }).figures.find(
      ({ name }) => name === "sensitivity",
    )!;
    assert.ok(pair.high! - pair.low! < (alone.high! - alone.low!) / 2);
  });

  test("a metric that one run does not have has no difference", () => {
    const nothing = { scoreThreshold: THRESHOLD, detections: [] };
    const options = { seed: 1, resamples: 20 };
    const comparison = compareSummaries(groundTruths, [run, nothing], options);
    const precision = comparison.figures.find(({ name }) => name === "precision")!;
    assert.deepEqual(
      [precision.second, precision.difference, precision.low, precision.secondBetter],
      [null, null, null, null],
    );
  });
});
