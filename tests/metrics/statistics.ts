/** Results of scikit-learn and SciPy, written by `make_statistics.py`. */
import { readFileSync } from "node:fs";
import { join } from "node:path";

export interface Statistics {
  readonly calibration: readonly {
    readonly name: string;
    readonly scores: number[];
    readonly hits: number[];
    /** Detections in each of ten bins. */
    readonly counts: number[];
    /** Of the bins that are not empty. */
    readonly precision: number[];
    readonly confidence: number[];
    readonly ece: number;
    readonly worst: number;
    readonly brier: number;
    readonly temperature: number;
    readonly lossBefore: number;
    readonly lossAfter: number;
  }[];
  readonly roc: readonly {
    readonly name: string;
    readonly scores: number[];
    readonly positive: number[];
    readonly auc: number;
    readonly falsePositiveRate: number[];
    readonly sensitivity: number[];
    /** Without the first point, at which no image is called positive. */
    readonly thresholds: number[];
  }[];
  /** Boxes and found boxes of each patient, and the 95 % interval of the share of found boxes. */
  readonly bootstrap: readonly {
    readonly name: string;
    readonly boxes: number[];
    readonly found: number[];
    readonly low: number;
    readonly high: number;
    readonly error: number;
  }[];
}

export const statistics: Statistics = JSON.parse(
  readFileSync(join(__dirname, "../reference/statistics.json"), "utf8"),
);

export function assertClose(
  actual: number | null,
  expected: number,
  tolerance: number,
  what: string,
): void {
  if (actual === null || !(Math.abs(actual - expected) <= tolerance)) {
    throw new Error(`${what}: ${actual}, expected ${expected}`);
  }
}
