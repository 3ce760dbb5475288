/**
 * A whole training in one figure, which can be redrawn while training goes on: losses, average
 * precision with its interval, learning rate and speed.
 */
import type { History, ValidationRecord } from "../runs/history";
import { axis, COLORS, type Figure, figure, round, type Trace } from "./figure";
import { learningRate, losses, thinned } from "./training-curves";

const SIZE = { width: 960, height: 560 } as const;
/** Parts of the width, and parts of the height from the bottom. */
const LEFT = [0, 0.42];
const RIGHT = [0.58, 1];
const UPPER = [0.48, 1];
const LOWER = [0, 0.32];
const SECONDS_PER_MINUTE = 60;

/**
 * The dashboard of a training. Where a history of an early version has no intervals or no speeds,
 * the axis says so.
 * @example
 * await show.live((signal) => trainer.fit({ signal }), () => [figures.dashboard(trainer.history)]);
 */
export function dashboard(history: History): Figure {
  const { validations, speeds } = history;
  const hasIntervals = validations.some(
    ({ intervals }) => intervals && intervals.AP50.low !== null,
  );
  const unit = validations.some(({ intervals }) => intervals?.grouped)
    ? "groups of images (patients unknown)"
    : "patients";
  const interval =
    hasIntervals || !validations.length ? `95 % interval over ${unit}` : "no interval recorded";
  const [rate] = learningRate(history).data;
  const speed: Trace = {
    type: "scatter",
    mode: "lines",
    line: { color: COLORS.pink },
    ...thinned(speeds),
  };
  const data = [
    ...losses(history).data,
    averagePrecision("AP50", COLORS.blue, validations),
    averagePrecision("AP", COLORS.orange, validations),
    { ...rate, line: { color: COLORS.green }, xaxis: "x3", yaxis: "y3" },
    { ...speed, showlegend: false, xaxis: "x4", yaxis: "y4" },
  ];
  return figure(data, `Training${progress(history)}`, {
    xaxis: axis("step", { domain: LEFT, anchor: "y" }),
    yaxis: axis("weighted loss, smoothed", { domain: UPPER, rangemode: "tozero" }),
    xaxis2: axis("epoch", { domain: RIGHT, anchor: "y2", rangemode: "tozero" }),
    yaxis2: axis(`validation, class-agnostic<br>(${interval})`, {
      domain: UPPER,
      anchor: "x2",
      range: [0, 1.02],
    }),
    xaxis3: axis("step", { domain: LEFT, anchor: "y3" }),
    yaxis3: axis("learning rate", {
      domain: LOWER,
      anchor: "x3",
      rangemode: "tozero",
      exponentformat: "power",
    }),
    xaxis4: axis("step", { domain: RIGHT, anchor: "y4" }),
    yaxis4: axis(speeds.length || !history.steps.length ? "images/s" : "images/s (not recorded)", {
      domain: LOWER,
      anchor: "x4",
      rangemode: "tozero",
    }),
    legend: { orientation: "h", x: 0, xanchor: "left", y: -0.14, yanchor: "top" },
    margin: { b: 90 },
    ...SIZE,
  });
}

/** `, epoch 3 of 20, step 4 of 40: 9.4 images/s, 2 min left` */
function progress({ latest }: History): string {
  if (!latest) return "";
  const { epoch, epochs, step, steps, imagesPerSecond, secondsLeft } = latest;
  const minutes = Math.ceil(secondsLeft / SECONDS_PER_MINUTE);
  return `, epoch ${epoch} of ${epochs}, step ${step} of ${steps}: ${round(imagesPerSecond, 1)} images/s, ${minutes} min left`;
}

/** A curve with an interval at each epoch; validations without boxes have no point. */
function averagePrecision(
  name: "AP50" | "AP",
  color: string,
  validations: readonly ValidationRecord[],
): Trace {
  const present = validations.filter(({ metrics }) => metrics.classAgnostic[name] !== null);
  const values = present.map(({ metrics }) => metrics.classAgnostic[name]!);
  const intervals = present.map((validation) => validation.intervals?.[name]);
  const length = (end: number | null | undefined, value: number, sign: 1 | -1) =>
    end === null || end === undefined ? 0 : round(Math.max(0, sign * (end - value)));
  return {
    type: "scatter",
    mode: "lines+markers",
    name: `${name}, class-agnostic`,
    x: present.map(({ epoch }) => epoch),
    y: values.map((value) => round(value)),
    error_y: {
      type: "data",
      symmetric: false,
      array: intervals.map((interval, i) => length(interval?.high, values[i], 1)),
      arrayminus: intervals.map((interval, i) => length(interval?.low, values[i], -1)),
      thickness: 1,
      width: 3,
    },
    line: { color },
    xaxis: "x2",
    yaxis: "y2",
  };
}
