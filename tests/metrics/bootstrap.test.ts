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
import { SummaryMetrics, SUMMARY_METRICS } from "../../src/metrics/summary-metrics";
import { imageRoc } from "../../src/metrics/image-roc";
import { countsAtThreshold } from "../../src/metrics/operating-point";
import { patientFindings } from "../../src/metrics/patient-findings";
import { Random } from "../../src/util/random";
import type { Box, ImageDetections, ImageGroundTruth } from "../../src/types";
import { detection, groundTruth } from "./cases";
import { assertClose, statistics } from "./statistics";

const box = (x: number): Box => [x, 0, x + 10, 10];
/** Far from every box. */
const STRAY: Box = [80, 80, 90, 90];

/**
 * Patients with a few slices each, some without boxes, and detections that are good, loose, of the
 * wrong class or of nothing.
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
      const moved = found.map((own): Box => [
        own[0] + random.uniform(0, 4),
        own[1],
        own[2],
        own[3],
      ]);
      const strays = Array.from({ length: random.integer(3) }, () => STRAY);
      const certain = () => [p % 2 ? 0.3 : 0.7, p % 2 ? 0.7 : 0.3];
      detections.push({
        imageId: `p${p}_${s}`,
        detections: [
          ...moved.map((own) => detection(own, random.uniform(0.3, 1), certain())),
          ...strays.map((own) => detection(own, random.uniform(0, 0.7), [0.5, 0.5])),
        ],
      });
    }
  }
  return { groundTruths, detections };
}

const THRESHOLD = 0.5;
const { groundTruths, detections } = study(12, 1);
const run = { detections, scoreThreshold: THRESHOLD };

/** The figures by the functions that compute each of them alone. */
function oneByOne(
  groundTruths: readonly ImageGroundTruth[],
  detections: readonly ImageDetections[],
): Record<string, number> {
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

describe("headline figures", () => {
  test("on the images as they are, what each function gives alone", () => {
    const expected = oneByOne(groundTruths, detections);
    const figures = new SummaryMetrics(groundTruths, detections, THRESHOLD).at();
    assert.deepEqual(Object.keys(figures).sort(), [...SUMMARY_METRICS].sort());
    for (const name of SUMMARY_METRICS) assertClose(figures[name], expected[name], 1e-12, name);
  });

  test("on a resample, what they give on copies of the images of each patient", () => {
    const figures = new SummaryMetrics(groundTruths, detections, THRESHOLD);
    for (const weights of patientResamples(groundTruths, { seed: 8, resamples: 15 })) {
      const copies = groundTruths.flatMap((own, i) =>
        Array.from({ length: weights[i] }, (_, copy) => ({
          ...own,
          imageId: `${own.imageId} ${copy}`,
          patient: `${own.patient} ${copy}`,
        })),
      );
      const copied = detections.flatMap((own, i) =>
        Array.from({ length: weights[i] }, (_, copy) => ({
          ...own,
          imageId: `${own.imageId} ${copy}`,
        })),
      );
      const expected = oneByOne(copies, copied);
      const actual = figures.at(weights);
      for (const name of SUMMARY_METRICS) assertClose(actual[name], expected[name], 1e-12, name);
    }
  });

  test("what does not exist is null", () => {
    const none = new SummaryMetrics([groundTruth("a", [])], [], THRESHOLD).at();
    assert.ok(SUMMARY_METRICS.every((name) => none[name] === null));
    const missed = new SummaryMetrics([groundTruth("a", [box(0)])], [], THRESHOLD).at();
    assert.equal(missed.sensitivity, 0);
    assert.equal(missed.precision, null);
    assert.equal(missed["class-agnostic AP"], 0);
  });
});

describe("resamples", () => {
  test("patients are drawn whole, as many as there are", () => {
    const patients = Array.from(new Set(groundTruths.map(({ patient }) => patient)));
    for (const weights of patientResamples(groundTruths, { seed: 3, resamples: 50 })) {
      const counts = patients.map((patient) => {
        const own = groundTruths.flatMap((image, i) =>
          image.patient === patient ? [weights[i]] : [],
        );
        assert.equal(new Set(own).size, 1, "images of a patient count alike");
        return own[0];
      });
      assert.equal(
        counts.reduce((sum, count) => sum + count, 0),
        patients.length,
      );
    }
  });

  test("every draw is as likely as any other", () => {
    const three = [groundTruth("a", []), groundTruth("b", []), groundTruth("c", [])];
    const counts = new Map<string, number>();
    const resamples = 27_000;
    for (const weights of patientResamples(three, { seed: 1, resamples })) {
      counts.set(weights.join(), (counts.get(weights.join()) ?? 0) + 1);
    }
    // Of 27 ordered draws three repeat one patient, 18 hold one twice, six hold all.
    assert.equal(counts.size, 10);
    for (const [weights, count] of counts) {
      const ways = weights === "1,1,1" ? 6 : weights.includes("3") ? 1 : 3;
      // Six standard deviations.
      assert.ok(Math.abs(count - ways * 1000) < 6 * Math.sqrt(ways * 1000), `${weights}: ${count}`);
    }
  });
});

describe("intervals", () => {
  test("sensitivity against SciPy's bootstrap over patients", () => {
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
      const sum = (values: readonly number[]) => values.reduce((total, own) => total + own, 0);
      assertClose(value, sum(example.found) / sum(example.boxes), 1e-12, example.name);
      // The end of an interval from 4000 resamples is itself uncertain by about 4 % of the standard
      // error.
      assertClose(low, example.low, 0.16 * example.error, `${example.name}, low`);
      assertClose(high, example.high, 0.16 * example.error, `${example.name}, high`);
    }
  });

  test("two patients, one found and one not: from none to all", () => {
    const two = [groundTruth("a_1", [box(0)]), groundTruth("b_1", [box(0)])];
    const found = [{ imageId: "a_1", detections: [detection(box(0), 0.9)] }];
    const { figures } = summaryIntervals(
      two,
      { detections: found, scoreThreshold: THRESHOLD },
      { seed: 1 },
    );
    const { value, low, high } = figures.find(({ name }) => name === "sensitivity")!;
    assert.deepEqual([value, low, high], [0.5, 0, 1]);
    // In a quarter of the resamples there is only the patient without detections, and then no
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

  test("every figure lies in its interval, and more confidence widens it", () => {
    const wide = summaryIntervals(groundTruths, run, { seed: 1 });
    const narrow = summaryIntervals(groundTruths, run, { seed: 1, confidence: 0.5 });
    wide.figures.forEach(({ name, value, low, high }, i) => {
      assert.ok(low! <= value! && value! <= high!, `${name}: ${value} of ${low} to ${high}`);
      assert.ok(high! - low! > narrow.figures[i].high! - narrow.figures[i].low!, name);
    });
  });

  test("one patient: no interval", () => {
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

  test("percentiles as NumPy's, without what is null", () => {
    const values = [null, ...Array.from({ length: 40 }, (_, i) => 40 - i)];
    assert.deepEqual(percentileInterval(values, 0.75), { low: 5.875, high: 35.125, resamples: 40 });
    assert.deepEqual(percentileInterval([null], 0.95), { low: null, high: null, resamples: 0 });
  });

  test("senseless options", () => {
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
  /** The same with less certain hits: every found box is 40 % as high as before. */
  const worse = {
    scoreThreshold: THRESHOLD,
    detections: detections.map((image, i) => ({
      ...image,
      detections:
        i % 2
          ? image.detections
          : image.detections.map((own) => ({
              ...own,
              box: [...own.box.slice(0, 3), own.box[1] + 4] as unknown as Box,
            })),
    })),
  };

  test("a run and itself: no difference, in every resample", () => {
    for (const figure of compareSummaries(groundTruths, run, run, { seed: 1, resamples: 50 })
      .figures) {
      assert.deepEqual(
        [figure.difference, figure.low, figure.high, figure.secondBetter],
        [0, 0, 0, 0.5],
        figure.name,
      );
    }
  });

  test("second minus first, and the other way round", () => {
    const forth = compareSummaries(groundTruths, worse, run, { seed: 1, resamples: 200 });
    const back = compareSummaries(groundTruths, run, worse, { seed: 1, resamples: 200 });
    const [ap, other] = [forth.figures[0], back.figures[0]];
    assert.equal(ap.name, "class-agnostic AP50");
    assert.ok(ap.difference! > 0 && ap.low! > 0 && ap.secondBetter! > 0.97, JSON.stringify(ap));
    assert.equal(ap.difference, ap.second! - ap.first!);
    assertClose(other.low, -ap.high!, 1e-12, "low");
    assertClose(other.high, -ap.low!, 1e-12, "high");
    assertClose(other.secondBetter, 1 - ap.secondBetter!, 1e-12, "better");
    assert.deepEqual(forth.scoreThresholds, [THRESHOLD, THRESHOLD]);
  });

  test("pairing takes out what makes images hard for both", () => {
    // A thing both do on the same patients: the interval of the difference is narrower than
    // either's own.
    const nearly = {
      scoreThreshold: THRESHOLD,
      detections: detections.map((image, i) => (i === 3 ? { ...image, detections: [] } : image)),
    };
    const pair = compareSummaries(groundTruths, run, nearly, { seed: 1 }).figures.find(
      ({ name }) => name === "sensitivity",
    )!;
    const alone = summaryIntervals(groundTruths, run, { seed: 1 }).figures.find(
      ({ name }) => name === "sensitivity",
    )!;
    assert.ok(pair.high! - pair.low! < (alone.high! - alone.low!) / 2);
  });

  test("a figure that one of them lacks has no difference", () => {
    const nothing = { scoreThreshold: THRESHOLD, detections: [] };
    const precision = compareSummaries(groundTruths, run, nothing, {
      seed: 1,
      resamples: 20,
    }).figures.find(({ name }) => name === "precision")!;
    assert.deepEqual(
      [precision.second, precision.difference, precision.low, precision.secondBetter],
      [null, null, null, null],
    );
  });
});
