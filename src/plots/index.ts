/**
 * Every figure there is, by name: `figures.boxSizes(dataset)`. They draw results and compute none.
 */
import * as anchors from "./anchors";
import * as calibration from "./calibration";
import * as dashboard from "./dashboard";
import * as dataset from "./dataset";
import * as detections from "./detections";
import * as errorTypes from "./error-types";
import * as evaluation from "./evaluation";
import * as froc from "./froc";
import * as health from "./health";
import * as intervals from "./intervals";
import * as epochReplay from "./epoch-replay";
import * as lossShares from "./loss-shares";
import * as labelNoise from "./label-candidates";
import * as missedBoxes from "./missed-boxes";
import * as sizesAndPatients from "./sizes-and-patients";
import * as stages from "./stages";
import * as training from "./training";
import * as volume from "./volume";

export const figures = {
  splitOverview: dataset.splitOverview,
  classDistribution: dataset.classDistribution,
  boxSizes: dataset.boxSizes,
  boxesPerImage: dataset.boxesPerImage,
  boxHeatmap: dataset.boxHeatmap,
  patientsOverview: dataset.patientsOverview,
  intensityHistogram: dataset.intensityHistogram,
  imageGrid: dataset.imageGrid,
  networkInputs: dataset.networkInputs,
  augmentations: dataset.augmentations,
  anchorShapes: anchors.anchorShapes,
  anchorsOnImage: anchors.anchorsOnImage,
  matchedAnchors: anchors.matchedAnchors,
  recallAgainstIou: anchors.recallAgainstIou,
  bestIouHistogram: anchors.bestIouHistogram,
  sampledAnchors: training.sampledAnchors,
  objectnessHeatmap: training.objectnessHeatmap,
  proposals: training.proposals,
  sampledRois: training.sampledRois,
  gradientNorms: training.gradientNorms,
  losses: training.losses,
  learningRate: training.learningRate,
  validationCurves: training.validationCurves,
  anchorLosses: lossShares.anchorLosses,
  roiLosses: lossShares.roiLosses,
  dashboard: dashboard.dashboard,
  validationSlices: epochReplay.validationSlices,
  epochReplay: epochReplay.epochReplay,
  detectionGrid: detections.detectionGrid,
  worstImageGrid: detections.worstImageGrid,
  meanBoxComparison: detections.meanBoxComparison,
  precisionRecall: evaluation.precisionRecall,
  apByIou: evaluation.apByIou,
  scoreHistogram: evaluation.scoreHistogram,
  runComparison: evaluation.runComparison,
  froc: froc.froc,
  imageRoc: froc.imageRoc,
  summaryIntervals: intervals.summaryIntervals,
  pairedDifferences: intervals.pairedDifferences,
  reliability: calibration.reliability,
  cocoMetrics: sizesAndPatients.cocoMetrics,
  patientFindings: sizesAndPatients.patientFindings,
  errorTypes: errorTypes.errorTypes,
  recallByFactor: errorTypes.recallByFactor,
  duplicatePairs: health.duplicatePairs,
  outliers: health.outliers,
  labelCandidates: labelNoise.labelCandidates,
  stageCoverage: missedBoxes.stageCoverage,
  stageCosts: missedBoxes.stageCosts,
  missedBoxes: missedBoxes.missedBoxes,
  letterboxStage: stages.letterboxStage,
  featureMaps: stages.featureMaps,
  objectnessSlider: stages.objectnessSlider,
  movedAnchors: stages.movedAnchors,
  nmsSlider: stages.nmsSlider,
  regionFeatures: stages.regionFeatures,
  headOutputs: stages.headOutputs,
  movedProposals: stages.movedProposals,
  scoreSlider: stages.scoreSlider,
  volumeSlices: volume.volumeSlices,
};
