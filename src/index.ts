/** What a notebook's cell imports: `import { openDataset, presets, show } from "./src/index"`. */
export * from "./types";
export { configure, presetByName, presets, type Config } from "./config";
export { Random } from "./random";
export { describe, describeBackend, tf } from "./tensorflow";

export * from "./boxes/anchors";
export * from "./boxes/box";
export * from "./boxes/coding";
export * from "./boxes/match";
export * from "./boxes/nms";
export * from "./boxes/sample";

export { augmentBatch, mapBox, randomAugmentation, samplesToTensor } from "./data/augment";
export { formatProblem, type Problem } from "./data/checks";
export { boxContrasts } from "./data/box-intensity";
export { Dataset, openDataset } from "./data/dataset";
export { foregroundSquare } from "./data/foreground";
export { nearDuplicates } from "./data/health/near-duplicates";
export { boxOutliers } from "./data/health/outliers";
export { patientLevelClass } from "./data/health/patient-level-class";
export { decodeImage } from "./data/image";
export { computeLetterbox, toNetwork, toOriginal } from "./data/letterbox";
export { openVolume, openVolumes, scansIn } from "./data/medical/open-volumes";
export { slicePicture, type Volume, type VolumeOptions } from "./data/medical/volume";
export { sampleBatches } from "./data/loader";
export { loadNetworkImage, loadSample } from "./data/sample";

export { createBackbone, runBlocks } from "./model/backbone";
export { withAvailableBackbone } from "./model/available-backbone";
export { createDetector } from "./model/create-detector";
export type { Detector } from "./model/detector";
export { FasterRCNN } from "./model/faster-rcnn";
export { inspectImage, type Inspection } from "./model/inspection";
export { RpnOnly } from "./model/rpn-only";
export { selectProposals } from "./model/proposals";
export { roiAlign } from "./model/roi-align";
export type { AnchorLosses, RoiLosses } from "./model/loss-by-sample";
export type { ImageTrace, StepTrace } from "./model/trace";

export { classAccuracy, rpnAccuracy } from "./original/accuracy";
export { originalFigures } from "./original/original-figures";
export { OriginalDetector } from "./original/original-detector";
export { TumorDataset } from "./original/tumor-dataset";

export { measureCost, presetTable } from "./training/cost";
export { History } from "./training/history";
export { loadHistory, readRun } from "./training/run-facts";
export { RunFolder } from "./training/run-folder";
export { loadRun, loadWeights, saveWeights } from "./training/run-weights";
export { Trainer, type StepReport } from "./training/trainer";

export { apIntervals } from "./evaluation/ap-interval";
export { averagePrecision } from "./evaluation/average-precision";
export { cocoFigures } from "./evaluation/coco-figures";
export { froc, LOOSE_IOU } from "./evaluation/froc";
export { imageRoc } from "./evaluation/image-roc";
export { patientFindings } from "./evaluation/patient-findings";
export { compareHeadlines, headlineIntervals } from "./evaluation/bootstrap";
export * from "./evaluation/calibration";
export { chooseThreshold, countsAtThreshold } from "./evaluation/operating-point";
export { detectionOutcomes } from "./evaluation/outcomes";
export { errorTypes } from "./evaluation/error-types";
export { errorsBy } from "./evaluation/errors-by";
export { worstErrors } from "./evaluation/errors";
export { labelCandidates } from "./evaluation/label-noise";
export { stageLosses, traceBoxes } from "./evaluation/lost-boxes";
export { meanBoxDetections } from "./evaluation/mean-box";
export { recallByIou } from "./evaluation/proposal-recall";
export { detectDataset, detectImages } from "./evaluation/detect-dataset";
export { evaluate } from "./evaluation/evaluation";
export { detectVolume } from "./evaluation/detect-volume";
export { compareRuns, comparisonTable, runsOn } from "./evaluation/compare-runs";
export { computeMetrics, type Metrics } from "./evaluation/metrics";

export { figures } from "./plots/index";
export type { Figure } from "./plots/figure";

export { notebookSettings } from "./display/settings";
export { show } from "./display/show";
