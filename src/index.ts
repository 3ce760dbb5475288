/**
 * Everything a notebook imports, by room, from the bottom to the top:
 * `import { openDataset, presets, show } from "./src/index"`. The examples in the doc comments are
 * for a cell: their paths start at the folder `notebooks`.
 */

// types: the data that travels between the rooms.
export type * from "./types";

// util: random numbers with a seed.
export { Random } from "./util/random";

// config: presets and their settings.
export { configure, presetByName, presets } from "./config/index";
export type * from "./config/types";

// boxes: anchors, encoding, matching, sampling and non-maximum suppression.
export {
  anchorGrids,
  anchorLevels,
  anchorsByLevel,
  generateLevelAnchors,
  type AnchorLevel,
} from "./boxes/anchor-levels";
export {
  anchorShapes,
  anchorsPerCell,
  generateAnchors,
  kMeansAnchors,
  shapeIou,
  type AnchorClusters,
  type AnchorGrid,
  type Shape,
} from "./boxes/anchors";
export { anchorFit, type AnchorFit } from "./boxes/anchor-fit";
export {
  area,
  boxAt,
  boxCount,
  clipBoxes,
  concatBoxes,
  flattenBoxes,
  gatherBoxes,
  iou,
  iouMatrix,
  unflattenBoxes,
} from "./boxes/box";
export { BoxCoder, type DeltaWeights } from "./boxes/box-coder";
export { BACKGROUND, IGNORED, Matcher, type MatcherOptions, type Matches } from "./boxes/matcher";
export { meanBox } from "./boxes/mean-box";
export { nms, type NmsOptions } from "./boxes/nms";
export { sampleMatches, type SampleRule, type Sampled } from "./boxes/sampler";
export { softNms, type SoftNmsOptions, type SoftNmsResult } from "./boxes/soft-nms";

// weights: where the weights of a backbone come from.
export type { DownloadProgress } from "./weights/fetch";
export type { WeightSourceOptions } from "./weights/sources";

// tensor: TensorFlow, and the layers and losses that TensorFlow.js lacks.
export { roiAlign, type RoiAlignRule } from "./tensor/roi-align";
export { describe, describeBackend, tf } from "./tensor/tensorflow";

// data: data sets, images, volumes, augmentation and checks.
export {
  augmentBatch,
  mapBox,
  randomAugmentation,
  samplesToTensor,
  type AffineMap,
  type Augmentation,
} from "./data/augment";
export { boxContrasts } from "./data/box-intensity";
export { formatProblem, type LeftOutUnit, type Problem } from "./data/checks";
export { convertDataset, type Conversion } from "./data/convert/convert-dataset";
export { type Grouped, groupOf } from "./data/groups";
export { headSquare } from "./data/crop-to-head";
export {
  Dataset,
  openDataset,
  type DatasetParts,
  type Partition,
  type PartitionRule,
} from "./data/dataset";
export type { PatientChoice } from "./data/patients/choice";
export { leftOutText, summarizeProblems } from "./data/problem-summary";
export type { Evidence, FormatChoice, ReadOptions } from "./data/read-dataset";
export type { OverlapPolicy, SameImage } from "./data/same-images";
export { backgroundSuggestions, type BackgroundSuggestion } from "./data/health/background-class";
export { greyRanges, type GreyRange, type GreyRanges } from "./data/health/grey-ranges";
export { groupSizes, type GroupSizes } from "./data/health/group-sizes";
export {
  nearDuplicates,
  type NearDuplicate,
  type NearDuplicates,
} from "./data/health/near-duplicates";
export { networkBoxSizes } from "./data/health/network-box-sizes";
export { boxOutliers, type BoxOutliers, type JudgedSliceBox } from "./data/health/outliers";
export { patientLevelClass, type PatientLevelClass } from "./data/health/patient-level-class";
export { repeatedImages, type RepeatedImages } from "./data/health/repeated-images";
export { decodeImage, type DecodedImage, type PixelOptions } from "./data/image";
export { computeLetterbox, toNetwork, toOriginal } from "./data/letterbox";
export { sampleBatches } from "./data/loader";
export { loadNetworkImage, loadSample, type NetworkImage, type SampleOptions } from "./data/sample";
export type { FailedFile, OpenedVolumes } from "./data/volumes/dicom";
export type { PixelGrid, Space, Vector } from "./data/volumes/geometry";
export type { GreyWindow } from "./data/volumes/grey-window";
export { openVolume, openVolumes, scansIn } from "./data/volumes/open-volumes";
export {
  type FurtherSequence,
  slicePicture,
  type SlicePicture,
  type Volume,
  type VolumeOptions,
  type VolumeSlice,
} from "./data/volumes/volume";
export { writeProblems } from "./data/write-problems";

// backbones: from pixels to features.
export { withAvailableBackbone, type AvailableConfig } from "./backbones/available-backbone";
export type { Backbone, BackboneBlock } from "./backbones/backbone";
export { createBackbone, runBlocks, type BlockRange } from "./backbones/create-backbone";

// detectors: from features to losses and detections, and every stage between them.
export { checkConfig } from "./detectors/check-config";
export { createDetector } from "./detectors/create-detector";
export type {
  CreateOptions,
  Detector,
  FeatureMap,
  FeatureMaps,
  LossOptions,
  StepLosses,
} from "./detectors/detector";
export type { DetectionTrace, StageTrace } from "./detectors/faster-rcnn/detection-trace";
export { FasterRCNN } from "./detectors/faster-rcnn/faster-rcnn";
export type { AnchorLosses, RoiLosses } from "./detectors/faster-rcnn/loss-shares";
export type { FusedNeck, Neck } from "./detectors/faster-rcnn/neck";
export { postprocessDetections } from "./detectors/faster-rcnn/postprocess-detections";
export type { PyramidNeck } from "./detectors/faster-rcnn/pyramid-neck";
export {
  sampleRois,
  type RoiAssignment,
  type RoiSampling,
} from "./detectors/faster-rcnn/roi-heads/assign-targets";
export type { BoxHead, HeadOutput } from "./detectors/faster-rcnn/roi-heads/box-head";
export type {
  Cascade,
  CascadeLosses,
  CascadeResult,
  ViewFeatures,
} from "./detectors/faster-rcnn/roi-heads/cascade";
export {
  roiLevels,
  scaledCanonicalSize,
  type RoiMaps,
} from "./detectors/faster-rcnn/roi-heads/multi-scale-roi-align";
export { RpnOnly } from "./detectors/faster-rcnn/rpn-only";
export {
  anchorMatcher,
  assignAnchors,
  type AnchorAssignment,
  type AnchorMatching,
} from "./detectors/faster-rcnn/rpn/assign-anchors";
export {
  detectionRpn,
  selectProposals,
  type BatchProposals,
  type ProposalOptions,
  type Proposals,
} from "./detectors/faster-rcnn/rpn/proposals";
export type { RegionProposalNetwork, RpnOutput } from "./detectors/faster-rcnn/rpn/rpn";
export {
  rpnLosses,
  type RpnLossOptions,
  type RpnLosses,
} from "./detectors/faster-rcnn/rpn/rpn-loss";
export type { ImageTrace, StepTrace } from "./detectors/faster-rcnn/training-trace";
export type { View } from "./detectors/faster-rcnn/views";
export { classAccuracy, rpnAccuracy, type SampledAnchors } from "./detectors/original/accuracy";
export type { ClassHead } from "./detectors/original/class-head";
export { OriginalDetector } from "./detectors/original/original-detector";
export {
  TumorDataset,
  type AnchorTargets,
  type TumorItem,
} from "./detectors/original/tumor-dataset";

// planning: from the statistics of a data set to a configuration.
export { PLAN_FILE } from "./planning/plan-file";
export {
  planConfig,
  planLines,
  type AutoPlan,
  type PlannedData,
  type PlanOptions,
} from "./planning/auto-plan";
export type { PlanChoice } from "./planning/plan-draft";
export type { BackboneUse } from "./planning/plan-input";
export type { TimeEstimate, TrainingSpeed } from "./planning/plan-schedule";
export {
  measureTraining,
  type BoxView,
  type ClassCount,
  type ImageView,
  type TrainingStatistics,
} from "./planning/training-statistics";

// metrics: from ground truth and detections to numbers.
export type { SummaryValues } from "./metrics/summary-metrics";
export * from "./metrics/calibration";
export { apIntervals, type APIntervals } from "./metrics/ap-interval";
export {
  averagePrecision,
  type ApMetrics,
  type AveragePrecision,
  type AveragePrecisionOptions,
  type ClassReading,
  type PrecisionRecall,
  type RankingResult,
} from "./metrics/average-precision";
export {
  compareSummaries,
  summaryIntervals,
  type BootstrapOptions,
  type Interval,
  type JudgedRun,
  type PairedComparison,
  type PairedDifference,
  type SummaryInterval,
  type SummaryIntervals,
} from "./metrics/bootstrap";
export type { Cover, PathRule, STAGES, Stage } from "./metrics/box-path";
export { cocoMetrics, type CocoMetrics } from "./metrics/coco-metrics";
export { errorTypes, type ErrorTypeOptions, type ErrorTypes } from "./metrics/error-types";
export { evaluate, type Evaluation, type EvaluationOptions } from "./metrics/evaluate";
export { froc, LOOSE_IOU, type Froc, type FrocCurve, type FrocPoint } from "./metrics/froc";
export { drawnUnits, unitsText, type DrawnUnits } from "./metrics/images-by-patient";
export { imageRoc, type ImageRoc, type RocPoint } from "./metrics/image-roc";
export { labelCandidates, type LabelCandidate, type LabelCandidates } from "./metrics/label-noise";
export { meanBoxDetections } from "./metrics/mean-box-detections";
export { metricText } from "./metrics/metric-text";
export { computeMetrics, type Metrics } from "./metrics/metrics";
export {
  missCauses,
  type MissCauses,
  type MissedBox,
  type TracedBox,
  type TracedBoxes,
} from "./metrics/missed-boxes";
export {
  chooseThreshold,
  countsAtThreshold,
  type Counts,
  type OperatingPoint,
} from "./metrics/operating-point";
export {
  detectionOutcomes,
  type ImageOutcomes,
  type Outcome,
  type OutcomeOptions,
} from "./metrics/outcomes";
export {
  patientFindings,
  type PatientFinding,
  type PatientFindings,
} from "./metrics/patient-findings";
export { recallByIou, type RecallByIou } from "./metrics/proposal-recall";
export {
  recallByFactor,
  type FactorGroup,
  type RecallByFactor,
  type RecallByFactorOptions,
} from "./metrics/recall-by-factor";
export { worstImages, type FlawedHit, type ImageErrors } from "./metrics/worst-images";

// inference: detectors on data sets, images and volumes.
export type { ProgressOptions } from "./inference/progress-options";
export { AugmentedDetector } from "./inference/augmented-detector";
export { detectDataset, detectImages, type DetectedImage } from "./inference/detect-dataset";
export {
  detectVolume,
  type PlacedDetection,
  type SliceDetections,
  type VolumeDetections,
} from "./inference/detect-volume";
export {
  type FoundSequences,
  openSequences,
  type WantedSequences,
} from "./inference/find-sequences";
export { inspectImage, type Inspection } from "./inference/inspection";
export {
  originalMetrics,
  type OriginalMetrics,
  type OriginalMetricsOptions,
} from "./inference/original-metrics";
export { traceBoxes, type TraceBoxesOptions } from "./inference/trace-boxes";

// runs: saved runs and their histories.
export { compareRuns, runsOn, type ComparedRun, type CompareOptions } from "./runs/compare-runs";
export type {
  EndEvent,
  PreparingEvent,
  StepEvent,
  TrainingEvent,
  ValidationEvent,
  NoticeEvent,
} from "./runs/events";
export { History, type StepRecord, type ValidationRecord } from "./runs/history";
export {
  loadHistory,
  readRunManifest,
  type DataSource,
  type RunManifest,
  type BestValidation,
  type InitialWeights,
} from "./runs/run-manifest";
export { loadRun, loadWeights, saveWeights } from "./runs/run-weights";

// training: trainer, run folders and costs.
export { planAutomatically, type AutomaticOptions } from "./training/plan-automatically";
export type { TrainingState } from "./training/checkpoint";
export { presetCosts, type PresetCost, type TrainingCost } from "./training/cost";
export type { CachedBatch, FeatureCache } from "./training/feature-cache";
export type { OptimizerState } from "./training/optimizer";
export {
  RunFolder,
  type FoundCheckpoint,
  type RunFolderOptions,
  type TrainedRun,
} from "./training/run-folder";
export type { EpochOptions } from "./training/trainer-options";
export { Trainer, type FitOptions, type StepReport, type TrainerOptions } from "./training/trainer";
export type { WeightAverageState } from "./training/weight-average";

// plots: from results to figures.
export type { NamedReliability } from "./plots/calibration";
export type { DetectionFigureOptions } from "./plots/detections";
export { axis, type Figure, figure, type Layout, type Trace } from "./plots/figure";
export type { FrocFigureOptions } from "./plots/froc";
export * as figures from "./plots/index";
export type { NamedIntervals } from "./plots/intervals";
export type { LossFigureOptions } from "./plots/loss-shares";
export type { VolumeFigureOptions } from "./plots/volume";

// display: tables and figures in a notebook.
export type { Showable } from "./display/message";
export {
  type NotebookOptions,
  notebookSettings,
  type NotebookSettings,
  projectRoot,
} from "./display/settings";
export { show } from "./display/show";
export {
  annotationTable,
  comparisonTable,
  imageTable,
  planTable,
  presetTable,
  table,
} from "./display/tables";
