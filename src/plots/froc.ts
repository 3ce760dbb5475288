/**
 * Sensitivity against false positives: of boxes (FROC), and of whole images (ROC). The score
 * threshold is in every hover text.
 */
import { Froc, FROC_RATES, FrocCurve } from "../metrics/froc";
import type { ImageRoc } from "../metrics/image-roc";
import { axis, Figure, figure, round, SERIES, TEXT_COLOR, Trace } from "./figure";

/**
 * Left end of the axis: a logarithm has no place for 0, so what is below stands here, with its
 * true number in the hover text.
 */
const FEWEST = 1 / 64;
const MOST = FROC_RATES[FROC_RATES.length - 1];
const TICKS = [FEWEST, 1 / 32, 1 / 16, ...FROC_RATES];
/** Room on either side, in powers of ten. */
const PADDING = 0.05;
/** Sensitivities below the lowest that are shown, so that curves close to 1 can be told apart. */
const HEADROOM = 0.1;
/** Points of a curve. */
const MAX_POINTS = 400;

export interface FrocFigureOptions {
  /** The threshold in use, marked on the curves of all images. */
  readonly scoreThreshold?: number;
}

/**
 * A color an IoU; solid with false positives of all images, dashed with those of tumor-free
 * images. Results that are null are left out.
 */
export function froc(
  results: readonly (Froc | null)[],
  { scoreThreshold }: FrocFigureOptions = {},
): Figure {
  const present = results.filter((result): result is Froc => result !== null);
  const traces = present.flatMap(({ iou, allImages, tumorFreeImages }, i) => {
    const color = SERIES[i % SERIES.length];
    const all = curve(allImages, `IoU ${iou}, all ${allImages.images} images`, { color });
    const apart =
      tumorFreeImages &&
      curve(tumorFreeImages, `IoU ${iou}, ${tumorFreeImages.images} tumor-free images`, {
        color,
        dash: "dash",
      });
    // Labelled once: at several IoUs the marks lie close together.
    const marked =
      scoreThreshold === undefined ? [] : [threshold(allImages, scoreThreshold, iou, i === 0)];
    return [...all, ...(apart ?? []), ...marked];
  });
  const lowest = Math.min(1, ...traces.flatMap(({ y }) => y as number[]));
  return figure(traces, "FROC, class-agnostic: tumors found against false positives", {
    xaxis: axis("false positives an image, at most", {
      type: "log",
      tickvals: TICKS,
      ticktext: TICKS.map((rate) => (rate === FEWEST ? `≤ ${rateName(rate)}` : rateName(rate))),
      range: [Math.log10(FEWEST) - PADDING, Math.log10(MOST) + PADDING],
    }),
    yaxis: axis("sensitivity", { range: [Math.max(0, lowest - HEADROOM), 1.02] }),
    legend: { x: 1, xanchor: "right", y: 0.02, yanchor: "bottom" },
    height: 420,
  });
}

function rateName(rate: number): string {
  return rate < 1 ? `1/${1 / rate}` : String(rate);
}

/** The line through every threshold, and a mark at each of the seven rates. */
function curve(
  own: FrocCurve,
  name: string,
  line: { readonly color: string; readonly dash?: string },
): Trace[] {
  const named = `${name}, mean ${own.mean.toFixed(3)}`;
  const shared = { type: "scatter", legendgroup: named, line: { ...line, shape: "hv" } };
  const hover = (rate: number, sensitivity: number, scoreThreshold: number) =>
    `${round(rate)} false positives an image<br>sensitivity ${round(sensitivity)}<br>scores of ${round(scoreThreshold)} or more are kept`;
  // The curve is drawn from the last threshold that still stands at the left end, to the first
  // beyond the right one.
  const inside = own.falsePositivesPerImage.map((rate, i) => ({
    x: Math.max(rate, FEWEST),
    y: round(own.sensitivity[i]),
    text: hover(rate, own.sensitivity[i], own.scoreThreshold[i]),
  }));
  const first = Math.max(0, inside.filter(({ x }) => x === FEWEST).length - 1);
  const beyond = inside.findIndex(({ x }) => x > MOST);
  const drawn = inside.slice(first, beyond < 0 ? inside.length : beyond + 1);
  // Where the detections end before the axis does, nothing more is found.
  const last = drawn[drawn.length - 1];
  if (last && last.x < MOST) drawn.push({ ...last, x: MOST });
  const every = Math.max(1, Math.ceil(drawn.length / MAX_POINTS));
  const kept = drawn.filter((_, i) => i % every === 0 || i === drawn.length - 1);
  return [
    {
      ...shared,
      mode: "lines",
      name: named,
      x: kept.map(({ x }) => round(x, 4)),
      y: kept.map(({ y }) => y),
      text: kept.map(({ text }) => text),
      hovertemplate: "%{text}<extra></extra>",
    },
    {
      ...shared,
      mode: "markers",
      name: `${name}, at the seven rates`,
      showlegend: false,
      marker: { color: line.color, size: 7, symbol: line.dash ? "circle-open" : "circle" },
      x: own.points.map(({ rate }) => rate),
      y: own.points.map(({ sensitivity }) => round(sensitivity)),
      text: own.points.map(({ rate, sensitivity, scoreThreshold }) => {
        const kept =
          scoreThreshold === null
            ? "none is kept"
            : `scores of ${round(scoreThreshold)} or more are kept`;
        return `at most ${rateName(rate)} false positives an image<br>sensitivity ${round(sensitivity)}<br>${kept}`;
      }),
      hovertemplate: "%{text}<extra></extra>",
    },
  ];
}

/** Where the threshold in use lies on a curve. */
function threshold(own: FrocCurve, scoreThreshold: number, iou: number, labelled: boolean): Trace {
  const kept = own.scoreThreshold.filter((score) => score >= scoreThreshold).length - 1;
  const [rate, sensitivity] =
    kept < 0 ? [0, 0] : [own.falsePositivesPerImage[kept], own.sensitivity[kept]];
  const text = `threshold ${round(scoreThreshold)}`;
  return {
    type: "scatter",
    mode: "markers+text",
    name: `${text} at IoU ${iou}`,
    showlegend: false,
    marker: { symbol: "x", size: 10, color: TEXT_COLOR },
    x: [Math.min(Math.max(rate, FEWEST), MOST)],
    y: [round(sensitivity)],
    text: [labelled ? text : ""],
    textposition: "bottom right",
    hovertemplate: `${text}<br>${round(rate)} false positives an image<br>sensitivity ${round(sensitivity)}, IoU ${iou}<extra></extra>`,
  };
}

/**
 * Images with a tumor called, against images without one called by mistake; says so where there is
 * nothing to tell apart (null).
 */
export function imageRoc(roc: ImageRoc | null): Figure {
  const axes = {
    xaxis: axis("part of the images without a tumor that are called", { range: [-0.01, 1.02] }),
    yaxis: axis("part of the images with one", { range: [0, 1.05] }),
    height: 420,
    width: 520,
  };
  const title = "Is there a tumor in this image?";
  if (!roc) {
    const text = "no curve: it needs images with a tumor<br>and images without one";
    return figure([], title, {
      ...axes,
      annotations: [{ x: 0.5, y: 0.5, text, showarrow: false }],
    });
  }
  const guessing = {
    type: "scatter",
    mode: "lines",
    name: "guessing",
    line: { dash: "dot", color: TEXT_COLOR, width: 1 },
    x: [0, 1],
    y: [0, 1],
    hoverinfo: "skip",
  };
  const line: Trace = {
    type: "scatter",
    mode: "lines+markers",
    name: `${roc.imagesWithTumor} images with, ${roc.imagesWithoutTumor} without`,
    marker: { size: 4 },
    x: roc.points.map(({ falsePositiveRate }) => round(falsePositiveRate, 4)),
    y: roc.points.map(({ sensitivity }) => round(sensitivity, 4)),
    text: roc.points.map(({ scoreThreshold }) =>
      scoreThreshold === null ? "none is called" : `best score ${round(scoreThreshold)} or more`,
    ),
    hovertemplate: "%{text}<br>%{y} of those with a tumor, %{x} of those without<extra></extra>",
  };
  const legend = { x: 1, xanchor: "right", y: 0.02, yanchor: "bottom" };
  return figure([line, guessing], `${title} AUC ${roc.auc.toFixed(3)}`, { ...axes, legend });
}
