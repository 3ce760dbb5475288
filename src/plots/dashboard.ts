/**
 * A whole training at a glance: losses, average precision with its interval, learning rate and
 * speed, in one figure that can be redrawn live.
 */
import type { History, ValidationRecord } from "../runs/history";
import { axis, COLORS, type Figure, figure, round, type Trace } from "./figure";
import { learningRate, losses, thinned } from "./training";

const HEIGHT = 560;
const WIDTH = 960;
const LEFT = [0, 0.45];
const RIGHT = [0.57, 1];
const UPPER = [0.48, 1];
const LOWER = [0, 0.32];
const SECONDS_A_MINUTE = 60;

/**
 * Throws never: what a history does not hold, such as the intervals and speeds of early versions'
 * runs, is said in its panel's title.
 */
export function dashboard(history: History): Figure {
  const { validations, speeds } = history;
  const withIntervals = validations.some(
    ({ intervals }) => intervals && intervals.AP50.low !== null,
  );
  const interval =
    withIntervals || !validations.length ? "95 % interval over patients" : "no interval kept";
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
  return figure(data, `Training${standing(history)}`, {
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
    yaxis4: axis(speeds.length || !history.steps.length ? "images/s" : "images/s (not kept)", {
      domain: LOWER,
      anchor: "x4",
      rangemode: "tozero",
    }),
    legend: { orientation: "h", x: 0, xanchor: "left", y: -0.14, yanchor: "top" },
    margin: { l: 60, r: 20, t: 56, b: 90 },
    width: WIDTH,
    height: HEIGHT,
  });
}

/** `, epoch 3 of 20, step 4 of 40: 9.4 images/s, 2 min left` */
function standing({ latest }: History): string {
  if (!latest) return "";
  const { epoch, epochs, step, steps, imagesPerSecond, secondsLeft } = latest;
  const minutes = Math.ceil(secondsLeft / SECONDS_A_MINUTE);
  return `, epoch ${epoch} of ${epochs}, step ${step} of ${steps}: ${round(imagesPerSecond, 1)} images/s, ${minutes} min left`;
}

function averagePrecision(
  name: "AP50" | "AP",
  color: string,
  validations: readonly ValidationRecord[],
): Trace {
  const held = validations.filter(({ metrics }) => metrics.classAgnostic[name] !== null);
  const values = held.map(({ metrics }) => metrics.classAgnostic[name]!);
  const ends = held.map(({ intervals }) => intervals?.[name]);
  const reach = (end: number | null | undefined, from: number, sign: 1 | -1) =>
    end === null || end === undefined ? 0 : round(Math.max(0, sign * (end - from)));
  return {
    type: "scatter",
    mode: "lines+markers",
    name: `${name}, class-agnostic`,
    x: held.map(({ epoch }) => epoch),
    y: values.map((value) => round(value)),
    error_y: {
      type: "data",
      symmetric: false,
      array: ends.map((interval, i) => reach(interval?.high, values[i], 1)),
      arrayminus: ends.map((interval, i) => reach(interval?.low, values[i], -1)),
      thickness: 1,
      width: 3,
    },
    line: { color },
    xaxis: "x2",
    yaxis: "y2",
  };
}
