/**
 * The FROC figure: recall of boxes against false positives. Hover texts have the score threshold.
 */
import { type Froc, FROC_RATES, type FrocCurve } from "../metrics/froc";
import { axis, type Figure, figure, round, SERIES, TEXT_COLOR, type Trace } from "./figure";
import { legendAbove } from "./legend";

const SIZE = { width: 720, height: 460 } as const;
/**
 * The left end of the logarithmic axis, which has no place for 0. Points with fewer false positives
 * are drawn here; their hover texts have the true number.
 */
const FEWEST = 1 / 64;
const MOST = FROC_RATES[FROC_RATES.length - 1];
const TICKS = [FEWEST, 1 / 32, 1 / 16, ...FROC_RATES];
/** Room at both ends of the axis, in powers of ten. */
const PADDING = 0.05;
/** The axis begins so far below the lowest sensitivity: curves close to 1 stay apart. */
const HEADROOM = 0.1;
/** Room above a sensitivity of 1, in parts of the axis below it. */
const TOP_PART = 0.05;
/** Where the label of the threshold still has room on the axis of sensitivity, and to its right. */
const LABEL = { lowest: 0.15, rightmost: 2 } as const;
/** Points of a curve, at most. */
const MAX_POINTS = 400;

/** Options of `figures.froc`. */
export interface FrocFigureOptions {
  /** The threshold in use, marked on the curves of all images. */
  readonly scoreThreshold?: number;
}

/**
 * Free-response ROC curves (Bunch et al. 1977), class-agnostic. Each IoU has a color. Solid curves
 * count the false positives of all images, dashed curves those of images without tumors.
 * @param results a null result has no curves
 * @example
 * await show(figures.froc([froc(groundTruths, detections)], { scoreThreshold: 0.5 }));
 */
export function froc(
  results: readonly (Froc | null)[],
  { scoreThreshold }: FrocFigureOptions = {},
): Figure {
  const present = results.filter((result): result is Froc => result !== null);
  const traces = present.flatMap(({ iou, allImages, tumorFreeImages }, i) => {
    const color = SERIES[i % SERIES.length];
    const solid = curve(allImages, `IoU ${iou}, all ${allImages.images} images`, { color });
    const dashed = tumorFreeImages
      ? curve(tumorFreeImages, `IoU ${iou}, ${tumorFreeImages.images} tumor-free images`, {
          color,
          dash: "dash",
        })
      : [];
    // One label is enough: the marks of several IoUs are close together.
    const marks =
      scoreThreshold === undefined ? [] : [thresholdMark(allImages, scoreThreshold, iou, i === 0)];
    return [...solid, ...dashed, ...marks];
  });
  const lowest = Math.min(1, ...traces.flatMap(({ y }) => y as number[]));
  const bottom = Math.max(0, lowest - HEADROOM);
  return figure(traces, "FROC, class-agnostic: sensitivity against false positives", {
    ...SIZE,
    ...legendAbove(traces, SIZE.width),
    xaxis: axis("false positives per image, at most", {
      type: "log",
      tickvals: TICKS,
      ticktext: TICKS.map((rate) => (rate === FEWEST ? `≤ ${rateText(rate)}` : rateText(rate))),
      range: [Math.log10(FEWEST) - PADDING, Math.log10(MOST) + PADDING],
    }),
    yaxis: axis("sensitivity", { range: [bottom, 1 + TOP_PART * (1 - bottom)] }),
  });
}

function rateText(rate: number): string {
  return rate < 1 ? `1/${1 / rate}` : String(rate);
}

/** The line through every threshold, and a mark at each of the seven rates. */
function curve(
  froc: FrocCurve,
  name: string,
  line: { readonly color: string; readonly dash?: string },
): Trace[] {
  const label = `${name}, mean ${froc.mean.toFixed(3)}`;
  const common = { type: "scatter", legendgroup: label, line: { ...line, shape: "hv" } };
  const points = curvePoints(froc);
  return [
    {
      ...common,
      mode: "lines",
      name: label,
      x: points.map(({ x }) => round(x, 4)),
      y: points.map(({ y }) => y),
      text: points.map(({ text }) => text),
      hovertemplate: "%{text}<extra></extra>",
    },
    {
      ...common,
      mode: "markers",
      name: `${label}, at the seven rates`,
      showlegend: false,
      marker: { color: line.color, size: 7, symbol: line.dash ? "circle-open" : "circle" },
      x: froc.points.map(({ rate }) => rate),
      y: froc.points.map(({ sensitivity }) => round(sensitivity)),
      text: froc.points.map(({ rate, sensitivity, scoreThreshold }) => {
        const scores =
          scoreThreshold === null ? "no detection" : `scores from ${round(scoreThreshold)}`;
        return `at most ${rateText(rate)} false positives per image<br>sensitivity ${round(sensitivity)}<br>${scores}`;
      }),
      hovertemplate: "%{text}<extra></extra>",
    },
  ];
}

/**
 * The points of a curve within the axis: from the last one at the left end, to the first one beyond
 * the right end.
 */
function curvePoints({ falsePositivesPerImage, sensitivity, scoreThreshold }: FrocCurve) {
  const points = falsePositivesPerImage.map((rate, i) => ({
    x: Math.max(rate, FEWEST),
    y: round(sensitivity[i]),
    text: `${round(rate)} false positives per image<br>sensitivity ${round(sensitivity[i])}<br>scores from ${round(scoreThreshold[i])}`,
  }));
  const first = Math.max(0, points.filter(({ x }) => x === FEWEST).length - 1);
  const beyond = points.findIndex(({ x }) => x > MOST);
  const inside = points.slice(first, beyond < 0 ? points.length : beyond + 1);
  // Where the detections end before the axis, nothing more is found.
  const last = inside[inside.length - 1];
  if (last && last.x < MOST) inside.push({ ...last, x: MOST });
  const every = Math.max(1, Math.ceil(inside.length / MAX_POINTS));
  return inside.filter((_, i) => i % every === 0 || i === inside.length - 1);
}

/** A mark where the threshold in use is on a curve. */
function thresholdMark(
  froc: FrocCurve,
  scoreThreshold: number,
  iou: number,
  withLabel: boolean,
): Trace {
  const point = froc.scoreThreshold.filter((score) => score >= scoreThreshold).length - 1;
  const [rate, sensitivity] =
    point < 0 ? [0, 0] : [froc.falsePositivesPerImage[point], froc.sensitivity[point]];
  const text = `threshold ${round(scoreThreshold)}`;
  const x = Math.min(Math.max(rate, FEWEST), MOST);
  // Below a rising curve and right of it there is room, except at the ends of the axes.
  const place = `${sensitivity > LABEL.lowest ? "bottom" : "top"} ${x > LABEL.rightmost ? "left" : "right"}`;
  return {
    type: "scatter",
    mode: "markers+text",
    name: `${text} at IoU ${iou}`,
    showlegend: false,
    marker: { symbol: "x", size: 10, color: TEXT_COLOR },
    x: [x],
    y: [round(sensitivity)],
    text: [withLabel ? text : ""],
    textposition: place,
    hovertemplate: `${text}<br>${round(rate)} false positives per image<br>sensitivity ${round(sensitivity)}, IoU ${iou}<extra></extra>`,
  };
}
