/** Sensitivity, precision and patient sensitivity at the score threshold, as summary metrics. */
import { arePatientsKnown } from "../data/groups";
import { imagesByPatient } from "./images-by-patient";
import { HIT_IOU } from "./outcomes";
import { boxesToFind, OUTCOME, rankDetections } from "./ranking";
import { NO_BOXES, type SummaryMetricGroup } from "./summary-metric";

/**
 * At the score threshold and an IoU of `HIT_IOU`, whatever the classes: the share of the boxes that
 * are found, the share of the detections that found a box, and the share of the patients with boxes
 * in whom at least one box is found. The last one is null if the patients are not known.
 */
export const summaryAtThreshold: SummaryMetricGroup = {
  metrics: [
    { name: "sensitivity", absence: NO_BOXES },
    { name: "precision", absence: "no detections" },
    { name: "patient sensitivity", absence: `${NO_BOXES}, or patients unknown` },
  ],
  atThreshold: true,
  prepare: ({ images: evaluated, groundTruths, scoreThreshold }) => {
    const ranking = rankDetections(evaluated, { classId: null, iouThresholds: [HIT_IOU] });
    const { scores, images, boxes } = ranking;
    const [outcomes] = ranking.outcomes;
    const patients = imagesByPatient(groundTruths);
    const isKnown = arePatientsKnown(groundTruths);
    return (weights) => {
      const weightOf = (image: number) => (weights ? weights[image] : 1);
      const isFound = new Uint8Array(boxes.length);
      let detections = 0;
      let hits = 0;
      // Detections are ranked by falling score: the first one below the threshold ends the loop.
      for (let d = 0; d < scores.length && scores[d] >= scoreThreshold; d++) {
        detections += weightOf(images[d]);
        if (outcomes[d] !== OUTCOME.hit) continue;
        hits += weightOf(images[d]);
        isFound[images[d]] = 1;
      }
      let patientsWithBoxes = 0;
      let foundPatients = 0;
      for (const indices of patients.values()) {
        if (!indices.some((image) => boxes[image])) continue;
        // All images of a patient have the same weight.
        const weight = weightOf(indices[0]);
        patientsWithBoxes += weight;
        if (indices.some((image) => isFound[image])) foundPatients += weight;
      }
      const boxesInAll = boxesToFind(ranking, weights);
      return [
        boxesInAll ? hits / boxesInAll : null,
        detections ? hits / detections : null,
        isKnown && patientsWithBoxes ? foundPatients / patientsWithBoxes : null,
      ];
    };
  },
};
