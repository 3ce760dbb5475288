import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { compareSummaries, summaryIntervals } from "../../src/metrics/bootstrap";
import { summaryMetrics } from "../../src/metrics/summary-metrics";
import * as figures from "../../src/plots/index";
import { assertFigure, tracesNamed, values } from "./cases";
import { detections, groundTruths } from "./judged-images";

describe("intervals", () => {
  const run = { detections, scoreThreshold: 0.65 };
  const poor = { detections: detections.slice(1), scoreThreshold: 0.2 };

  test("each metric has a point with its interval as error bar", () => {
    const intervals = summaryIntervals(groundTruths, run, { seed: 1, resamples: 100 });
    const figure = figures.summaryIntervals([{ name: "one", intervals }]);
    assertFigure(figure);
    const [trace] = tracesNamed(figure, "one (threshold 0.65)");
    const { ticktext } = figure.layout.yaxis as { ticktext: string[] };
    assert.equal(ticktext.length, summaryMetrics().length);
    const row = ticktext.indexOf("sensitivity at the threshold");
    const metric = intervals.figures.find(({ name }) => name === "sensitivity")!;
    const bars = trace.error_x as { array: number[]; arrayminus: number[] };
    assert.deepEqual([metric.value, metric.low, metric.high], [0.5, 0, 1]);
    assert.deepEqual(
      [values(trace, "x")[row], bars.arrayminus[row], bars.array[row]],
      [0.5, 0.5, 0.5],
    );
    assert.match(String(values(trace, "text")[row]), /threshold 0\.65: 0\.5 \(0 to 1\)/);
    assert.match(JSON.stringify(figure.layout.title), /95 % intervals over 3 patients/);
  });

  test("runs share a row, and a metric that no run has is left out", () => {
    const tumorsOnly = groundTruths.slice(0, 2);
    const withoutTumorFree = (judged: typeof run) => ({
      ...judged,
      detections: judged.detections.filter(({ imageId }) => imageId !== "c_1"),
    });
    const both = [run, poor].map((judged, i) => ({
      name: `run ${i}`,
      intervals: summaryIntervals(tumorsOnly, withoutTumorFree(judged), { seed: 1, resamples: 20 }),
    }));
    const figure = figures.summaryIntervals(both);
    assertFigure(figure);
    const { ticktext } = figure.layout.yaxis as { ticktext: string[] };
    assert.ok(!ticktext.includes("image AUC"));
    assert.deepEqual(
      figure.data.map(({ y }) => (y as number[])[0]),
      [-0.18, 0.18],
    );
  });

  test("with one patient there are points without bars", () => {
    const alone = { detections: detections.slice(0, 1), scoreThreshold: 0.5 };
    const intervals = summaryIntervals(groundTruths.slice(0, 1), alone, { seed: 1 });
    const figure = figures.summaryIntervals([{ name: "one", intervals }]);
    assertFigure(figure);
    assert.ok(
      (figure.data[0].error_x as { array: number[] }).array.every((length) => length === 0),
    );
    assert.match(String(values(figure.data[0], "text")[0]), /no interval/);
    assertFigure(figures.summaryIntervals([]));
  });

  test("differences have the color and the words of their interval", () => {
    const comparison = compareSummaries(groundTruths, [run, run], { seed: 1, resamples: 20 });
    // Values by hand: every color occurs.
    const changed = {
      ...comparison,
      figures: comparison.figures.map((metric, i) =>
        i === 0
          ? { ...metric, difference: 0.2, low: 0.1, high: 0.3, secondBetter: 0.99 }
          : i === 1
            ? { ...metric, difference: -0.2, low: -0.3, high: -0.1 }
            : i === 2
              ? { ...metric, difference: null }
              : metric,
      ),
    };
    const figure = figures.pairedDifferences(changed, ["a", "b"]);
    assertFigure(figure);
    assert.deepEqual(tracesNamed(figure, "second better")[0].x, [0.2]);
    assert.deepEqual(tracesNamed(figure, "second worse")[0].x, [-0.2]);
    assert.equal(
      values(tracesNamed(figure, "no difference shown")[0], "x").length,
      summaryMetrics().length - 3,
    );
    assert.match(
      String(values(figure.data[0], "text")[0]),
      /0\.2 \(0\.1 to 0\.3\).*better in 99 %/,
    );
    assert.match(
      JSON.stringify(figure.layout.xaxis),
      /b \(threshold 0\.65\) minus<br>a \(threshold 0\.65\)/,
    );
    assert.match(JSON.stringify(figure.layout.title), /b against a, 95 %/);
  });
});
