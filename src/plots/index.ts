/**
 * The list of all figures. A figure is a function from results to plain Plotly JSON; it computes no
 * results itself. Notebooks call it as `figures.boxSizes(dataset)`.
 *
 * To add a figure, write one file and add one line here. The smallest figure is
 *
 *     import { axis, type Figure, figure } from "./figure";
 *
 *     export function myFigure(values: readonly number[]): Figure {
 *       const line = { type: "scatter", x: values.map((_, i) => i + 1), y: values };
 *       return figure([line], "My values", { xaxis: axis("step"), yaxis: axis("value") });
 *     }
 *
 * `panels.ts` draws pictures with boxes, and `slider.ts` puts them under a slider.
 */

// The data set.
export { boxesPerImage, boxHeatmap, boxSizes, classDistribution } from "./dataset";
export { patientsOverview, splitOverview } from "./dataset";
export { augmentations, imageGrid, networkInputs } from "./dataset-images";
export { greyRanges, intensityHistogram } from "./grey-values";
export { type CountOption, duplicatePairs, outliers, repeatedImages } from "./health";

// Anchors.
export { anchorShapes, anchorsOnImage, type CellAnchors, matchedAnchors } from "./anchors";
export { bestIouHistogram, recallAgainstIou } from "./anchors";
export { plannedAnchors } from "./plan";

// Training.
export { gradientNorms, objectnessHeatmap, proposals } from "./training-step";
export { sampledAnchors, sampledRois } from "./training-step";
export { anchorLosses, type LossFigureOptions, roiLosses } from "./loss-shares";
export { learningRate, losses, validationCurves } from "./training-curves";
export { dashboard } from "./dashboard";
export { epochReplay, validationSlices } from "./epoch-replay";
export { sweepRounds, sweepSetting } from "./sweep";

// Detections and metrics.
export { detectionGrid, meanBoxComparison, worstImageGrid } from "./detections";
export type { DetectionFigureOptions, MeanBoxOptions, WorstImageOptions } from "./detections";
export { apByIou, precisionRecall, runComparison, scoreHistogram } from "./evaluation";
export type { NamedPrecision } from "./evaluation";
export { froc, type FrocFigureOptions } from "./froc";
export { imageRoc } from "./image-roc";
export { type NamedIntervals, pairedDifferences, summaryIntervals } from "./intervals";
export { type NamedReliability, reliability } from "./calibration";
export { cocoMetrics, type NamedCocoMetrics } from "./coco-metrics";
export { patientFindings } from "./patient-findings";
export { errorTypes } from "./error-types";
export { recallByFactor } from "./recall-by-factor";
export { type LabelCandidateOptions, labelCandidates } from "./label-candidates";
export { type MissedBoxOptions, missedBoxes, stageCosts, stageCoverage } from "./missed-boxes";

// One image inside the detector.
export { featureMaps, letterboxStage } from "./inspection-features";
export { objectnessSlider, regionFeatures } from "./inspection-features";
export { headOutputs, movedAnchors, movedProposals } from "./inspection-boxes";
export { nmsSlider, scoreSlider } from "./inspection-boxes";

// Scans.
export { type VolumeFigureOptions, volumeSlices } from "./volume";
