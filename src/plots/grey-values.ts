/** The figure of grey values inside and outside the boxes. */
import type { Dataset } from "../data/dataset";
import { loadSample, type SampleOptions } from "../data/sample";
import { axis, type Figure, figure, round, type Trace } from "./figure";
import { spread } from "./spread";

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
