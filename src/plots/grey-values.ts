/** Figures of grey values: inside and outside the boxes, and of each image. */
import type { Dataset } from "../data/dataset";
import { patientName } from "../data/groups";
import type { GreyRange, GreyRanges } from "../data/health/grey-ranges";
import { loadSample, type SampleOptions } from "../data/sample";
import { axis, escapeText, type Figure, figure, round, type Trace } from "./figure";
import { groupBy } from "../util/group-by";
import { spread } from "../util/spread";

const GREY_LEVELS = 256;
/** Grey levels in one bin of the histogram. */
const BIN = 4;
const IMAGES = 60;

/**
 * How bright boxes and their surroundings are, as the network sees them. Black pixels, which are
 * outside the head, do not count.
 * @param images how many images of the data set are read, at most
 * @example
 * await show(await figures.intensityHistogram(dataset, presets.default.data));
 */
export async function intensityHistogram(
  dataset: Dataset,
  config: SampleOptions,
  images = IMAGES,
): Promise<Figure> {
  const inside = new Float64Array(GREY_LEVELS / BIN);
  const outside = new Float64Array(GREY_LEVELS / BIN);
  for (const record of spread(dataset.images, images)) {
    const { pixels, boxes, letterbox } = await loadSample(record, { ...config, channels: "grey" });
    pixels.forEach((value, i) => {
      if (value === 0) return;
      const x = i % letterbox.size;
      const y = Math.floor(i / letterbox.size);
      const isInside = boxes.some(([x1, y1, x2, y2]) => x >= x1 && x < x2 && y >= y1 && y < y2);
      (isInside ? inside : outside)[Math.floor(value / BIN)]++;
    });
  }
  return figure(
    [curve("inside boxes", inside), curve("outside, without black", outside)],
    "Grey values inside and outside the boxes",
    {
      xaxis: axis("grey value (0 black, 255 white)"),
      yaxis: axis(`share of the pixels per ${BIN} grey values`),
    },
  );
}

/**
 * The range of grey values of each image, from its 1 to its 99 percentile, with the median as a
 * dot. The color is that of the split.
 * @example
 * await show(figures.greyRanges(await greyRanges(dataset)));
 */
export function greyRanges({ ranges }: GreyRanges): Figure {
  const numbered = ranges.map((range, i) => ({ ...range, place: i + 1 }));
  const traces = Array.from(
    groupBy(numbered, ({ image }) => image.split),
    ([split, members]): Trace => ({
      type: "scatter",
      mode: "markers",
      name: escapeText(split),
      marker: { size: 4 },
      x: members.map(({ place }) => place),
      y: members.map(({ median }) => median),
      error_y: {
        type: "data",
        symmetric: false,
        array: members.map(({ high, median }) => high - median),
        arrayminus: members.map(({ low, median }) => median - low),
        thickness: 1,
        width: 0,
      },
      text: members.map(rangeLines),
      hovertemplate: "%{text}<extra>%{fullData.name}</extra>",
    }),
  );
  return figure(traces, "Range of grey values of each image", {
    xaxis: axis("image", { range: [0, ranges.length + 1] }),
    yaxis: axis("grey value, without black", { range: [0, GREY_LEVELS] }),
  });
}

function rangeLines({ image, low, median, high }: GreyRange): string {
  return [
    image.id,
    `patient ${patientName(image.patient)}`,
    `${round(low, 1)} to ${round(high, 1)}, median ${round(median, 1)}`,
  ]
    .map(escapeText)
    .join("<br>");
}

/** Counts by bin as shares of their sum. */
function curve(name: string, counts: Float64Array): Trace {
  const total = Math.max(
    1,
    counts.reduce((sum, count) => sum + count, 0),
  );
  return {
    type: "scatter",
    mode: "lines",
    name,
    x: Array.from(counts, (_, bin) => (bin + 0.5) * BIN),
    y: Array.from(counts, (count) => round(count / total, 5)),
  };
}
