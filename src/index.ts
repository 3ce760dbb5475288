/** What a notebook's cell imports: `import { openDataset, presets, show } from "./src/index"`. */
export * from "./types";
export { configure, presetByName, presets, type Config } from "./config/index";
export { Random } from "./util/random";
export { describe, describeBackend, tf } from "./tensor/tensorflow";

export * from "./boxes/anchors";
export * from "./boxes/box";
export * from "./boxes/box-coder";
export * from "./boxes/matcher";
export * from "./boxes/nms";
export * from "./boxes/sampler";

export { augmentBatch, mapBox, randomAugmentation, samplesToTensor } from "./data/augment";
export { formatProblem, type Problem } from "./data/checks";
export { boxContrasts } from "./data/box-intensity";
export { Dataset, openDataset } from "./data/dataset";
export { headSquare } from "./data/crop-to-head";
export { nearDuplicates } from "./data/health/near-duplicates";
export { boxOutliers } from "./data/health/outliers";
export { patientLevelClass } from "./data/health/patient-level-class";
export { decodeImage } from "./data/image";
export { computeLetterbox, toNetwork, toOriginal } from "./data/letterbox";
export { openVolume, openVolumes, scansIn } from "./data/volumes/open-volumes";
export { slicePicture, type Volume, type VolumeOptions } from "./data/volumes/volume";
export { sampleBatches } from "./data/loader";
export { loadNetworkImage, loadSample } from "./data/sample";

export { createBackbone, runBlocks } from "./backbones/create-backbone";
export { withAvailableBackbone } from "./backbones/available-backbone";
export { createDetector } from "./detectors/create-detector";
export type { Detector } from "./detectors/detector";
export { FasterRCNN } from "./detectors/faster-rcnn/faster-rcnn";
export { inspectImage, type Inspection } from "./inference/inspection";
export { RpnOnly } from "./detectors/faster-rcnn/rpn-only";
export { selectProposals } from "./detectors/faster-rcnn/rpn/proposals";
export { roiAlign } from "./tensor/roi-align";
export type { AnchorLosses, RoiLosses } from "./detectors/faster-rcnn/loss-shares";
export type { ImageTrace, StepTrace } from "./detectors/faster-rcnn/training-trace";

export { classAccuracy, rpnAccuracy } from "./detectors/original/accuracy";
export { originalMetrics } from "./inference/original-metrics";
export { OriginalDetector } from "./detectors/original/original-detector";
export { TumorDataset } from "./detectors/original/tumor-dataset";

export { measureCost, presetCosts } from "./training/cost";
export { annotationTable, comparisonTable, imageTable, presetTable, table } from "./display/tables";
export { History } from "./runs/history";
export { loadHistory, readRunManifest } from "./runs/run-manifest";
export { RunFolder } from "./training/run-folder";
export { loadRun, loadWeights, saveWeights } from "./runs/run-weights";
export { Trainer, type StepReport } from "./training/trainer";

export { apIntervals } from "./metrics/ap-interval";
export { averagePrecision } from "./metrics/average-precision";
export { cocoMetrics } from "./metrics/coco-metrics";
export { froc, LOOSE_IOU } from "./metrics/froc";
export { imageRoc } from "./metrics/image-roc";
export { patientFindings } from "./metrics/patient-findings";
export { compareSummaries, summaryIntervals } from "./metrics/bootstrap";
export * from "./metrics/calibration";
export { chooseThreshold, countsAtThreshold } from "./metrics/operating-point";
export { detectionOutcomes } from "./metrics/outcomes";
export { errorTypes } from "./metrics/error-types";
export { recallByFactor } from "./metrics/recall-by-factor";
export { worstImages } from "./metrics/worst-images";
export { labelCandidates } from "./metrics/label-noise";
export { missCauses } from "./metrics/missed-boxes";
export { traceBoxes } from "./inference/trace-boxes";
export { meanBoxDetections } from "./metrics/mean-box-detections";
export { recallByIou } from "./metrics/proposal-recall";
export { detectDataset, detectImages } from "./inference/detect-dataset";
export { evaluate } from "./metrics/evaluate";
export { detectVolume } from "./inference/detect-volume";
export { compareRuns, runsOn } from "./runs/compare-runs";
export { computeMetrics, type Metrics } from "./metrics/metrics";

export * as figures from "./plots/index";
export type { Figure, Layout, Trace } from "./plots/figure";

export type { Showable } from "./display/message";
export { notebookSettings, type NotebookSettings } from "./display/settings";
export { show } from "./display/show";
