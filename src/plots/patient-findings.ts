/** The figure of found and missed boxes by patient. */
import type { PatientFindings } from "../metrics/patient-findings";
import { axis, COLORS, escapeText, type Figure, figure, round, type Trace } from "./figure";

type Patient = PatientFindings["patients"][number];

/**
 * Found and missed boxes, a bar for each patient. The title has the threshold and the share of the
 * patients with a found box.
 * @example
 * const findings = patientFindings(groundTruths, detections, { scoreThreshold: 0.5 });
 * await show(figures.patientFindings(findings));
 */
export function patientFindings(findings: PatientFindings): Figure {
  const { patients, scoreThreshold, sensitivity, iou } = findings;
  const bar = (name: string, color: string, count: (patient: Patient) => number): Trace => ({
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
  const share =
    sensitivity === null
      ? patients.length
        ? "no patient has a box"
        : "patients unknown"
      : `${round(100 * sensitivity, 1)} % of patients with a found box`;
  return figure(
    [
      bar("found", COLORS.green, ({ found }) => found),
      bar("missed", COLORS.vermilion, ({ boxes, found }) => boxes - found),
    ],
    `Boxes by patient at threshold ${round(scoreThreshold)}, IoU ${iou}: ${share}`,
    { xaxis: axis("patient", { type: "category" }), yaxis: axis("boxes"), barmode: "stack" },
  );
}
