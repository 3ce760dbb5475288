/** The figures by size of the box, and by patient. */
import type { CocoMetrics } from "../metrics/coco-metrics";
import type { PatientFindings } from "../metrics/patient-findings";
import { axis, COLORS, escapeText, Figure, figure, round, Trace } from "./figure";

/** What a bar is of: its key, and its name below the bar. */
const BARS: readonly (readonly [keyof CocoMetrics, string])[] = [
  ["APsmall", "AP small"],
  ["APmedium", "AP medium"],
  ["APlarge", "AP large"],
  ["AR1", "AR, 1"],
  ["AR10", "AR, 10"],
  ["AR100", "AR, 100"],
  ["ARsmall", "AR small"],
  ["ARmedium", "AR medium"],
  ["ARlarge", "AR large"],
];

/**
 * COCO's figures by size and by the number of detections allowed, a bar for each named result; a
 * gap where there is no box of a size.
 */
export function cocoMetrics(
  results: readonly { readonly name: string; readonly figures: CocoMetrics }[],
): Figure {
  const traces = results.map(({ name, figures }): Trace => {
    const y = BARS.map(([key]) => {
      const value = figures[key];
      return value === null ? null : round(value);
    });
    const text = y.map((value) => value?.toFixed(2) ?? "");
    return {
      type: "bar",
      name: escapeText(name),
      x: BARS.map(([, label]) => label),
      y,
      text,
      textposition: "outside",
    };
  });
  return figure(
    traces,
    "AP and average recall by box size (32² and 96² pixels) and detections an image",
    {
      yaxis: axis("mean over IoU 0.50 to 0.95", { range: [0, 1.1] }),
      barmode: "group",
      legend: { orientation: "h", y: -0.15 },
      bargroupgap: 0.05,
    },
  );
}

/** Boxes found and missed, a bar a patient; the threshold is in the title. */
export function patientFindings({
  patients,
  scoreThreshold,
  sensitivity,
  iou,
}: PatientFindings): Figure {
  const bar = (
    name: string,
    color: string,
    count: (own: (typeof patients)[number]) => number,
  ): Trace => ({
    type: "bar",
    name,
    marker: { color },
    x: patients.map(({ patient }) => escapeText(patient)),
    y: patients.map(count),
    text: patients.map(
      ({ patient, images, boxes, found, falsePositives }) =>
        `patient ${escapeText(patient)}: ${found} of ${boxes} boxes found<br>${falsePositives} false positives in ${images} images`,
    ),
    textposition: "none",
    hovertemplate: "%{text}<extra></extra>",
  });
  const whole =
    sensitivity === null
      ? "no patient has a box"
      : `${round(100 * sensitivity, 1)} % of patients with a box found`;
  return figure(
    [
      bar("found", COLORS.green, ({ found }) => found),
      bar("missed", COLORS.vermilion, ({ boxes, found }) => boxes - found),
    ],
    `By patient at threshold ${round(scoreThreshold)}, IoU ${iou}: ${whole}`,
    { xaxis: axis("patient", { type: "category" }), yaxis: axis("boxes"), barmode: "stack" },
  );
}
