/**
 * Evaluates a run's detector on images of a data set and writes everything about it: the work of
 * `npm run evaluate`.
 */
import { basename } from "path";
import { boxContrasts } from "../data/box-intensity";
import type { Dataset } from "../data/dataset";
import { patientLevelClass } from "../data/health/patient-level-class";
import { matchClasses } from "../data/match-classes";
import type { Detector } from "../detectors/detector";
import { AugmentedDetector } from "../inference/augmented-detector";
import { detectDataset } from "../inference/detect-dataset";
import { originalMetrics } from "../inference/original-metrics";
import { traceBoxes } from "../inference/trace-boxes";
import type { SummaryInterval } from "../metrics/bootstrap";
import { cocoGroundTruth, cocoResults } from "../metrics/coco-json";
import { evaluate } from "../metrics/evaluate";
import { missCauses } from "../metrics/missed-boxes";
import { chooseThreshold } from "../metrics/operating-point";
import { loadRun } from "../runs/run-weights";
import type { ImageDetections } from "../types";
import { DISCLAIMER } from "../util/disclaimer";
import { withFolderLock } from "../util/folder-lock";
import { OutputFolder } from "../util/output-folder";
import { cardParts, type EvaluatedImages, evaluatedImages } from "./evaluated-images";
import { evaluationReport } from "./evaluation-report";
import { modelCard } from "./model-card";

/** The names of the result files. */
export const EVALUATION_FILES = {
  report: "report.html",
  card: "model-card.md",
  metrics: "evaluation.json",
  detections: "detections.json",
  cocoGroundTruth: "coco-truth.json",
  cocoDetections: "coco-detections.json",
  cocoClassAgnostic: "coco-detections-class-agnostic.json",
} as const;

/** What is evaluated, and where the results go. */
export interface EvaluateRunOptions {
  /** The run folder. */
  readonly run: string;
  /** The weights of the last epoch (default) or those of the best validation. */
  readonly weights?: "last" | "best";
  readonly dataset: Dataset;
  /** Detects with test-time augmentation; the default is false. See `AugmentedDetector`. */
  readonly augment?: boolean;
  /** The split to evaluate on; default: see `evaluatedImages`. */
  readonly split?: string;
  /** The folder of the results; default: the run folder. */
  readonly out?: string;
  /** Called with sentences for the user. */
  readonly onMessage?: (text: string) => void;
}

/** Where the results are, and the most important of them. */
export interface EvaluatedRun {
  readonly folder: string;
  /** The summary metrics with their intervals. */
  readonly summary: readonly SummaryInterval[];
}

/**
 * Evaluates a run and writes the files of `EVALUATION_FILES`.
 * @throws when the folder holds files of these names that this command did not write, when another
 * process works there, and as `evaluatedImages` does
 */
export async function evaluateRun(options: EvaluateRunOptions): Promise<EvaluatedRun> {
  return withFolderLock(options.out ?? options.run, () => evaluateLocked(options));
}

async function evaluateLocked(options: EvaluateRunOptions): Promise<EvaluatedRun> {
  const { run, dataset, split, out = run } = options;
  const output = await OutputFolder.open(out, "evaluate");
  await output.requireReplaceable(Object.values(EVALUATION_FILES));
  const { detector: loaded, manifest } = await loadRun(run, options.weights);
  const augmented = options.augment ? new AugmentedDetector(loaded) : null;
  const detector = augmented ?? loaded;
  const matched = matchClasses(dataset, {
    classNames: manifest.classNames,
    changes: manifest.source?.reading,
  });
  const evaluated = await evaluatedImages(matched.dataset, manifest, split);
  const { images, what, overlap } = evaluated;
  const classAware = matched.isClassAware(images);
  const classesNote = matched.note(images);
  options.onMessage?.(`${images.images.length} images of ${what}; ${overlap.text}`);
  if (classesNote !== null) options.onMessage?.(classesNote);
  if (augmented) options.onMessage?.(augmented.text);
  const groundTruths = images.groundTruths();
  const traced = detector.traceDetections ? await traceBoxes(detector, images) : null;
  const detections = traced?.detections ?? (await detectDataset(detector, images));

  const { config } = manifest;
  // Also those that only the data set has, so that its boxes have their names.
  const { classNames } = matched.dataset;
  // If this evaluation is killed, the files of an earlier one must not be taken for its own.
  for (const file of Object.values(EVALUATION_FILES)) await output.remove(file);
  // Detection takes longest: its results are on disk before anything else can fail.
  await output.writeJson(EVALUATION_FILES.detections, detections);
  const description = `${dataset.name}, ${what}. ${DISCLAIMER}`;
  await output.writeJson(
    EVALUATION_FILES.cocoGroundTruth,
    cocoGroundTruth(groundTruths, classNames, description),
  );
  for (const [file, classAware] of [
    [EVALUATION_FILES.cocoDetections, true],
    [EVALUATION_FILES.cocoClassAgnostic, false],
  ] as const)
    await output.writeJson(file, cocoResults(groundTruths, detections, { classAware }));

  const { scoreThreshold, thresholdChoice } = await choose(detector, evaluated, detections);
  const contrasts = await boxContrasts(images.images);
  const { seed } = config;
  const evaluation = evaluate(groundTruths, detections, {
    classNames,
    scoreThreshold,
    seed,
    contrasts,
    classAware,
  });
  const { metrics, intervals } = evaluation;
  await output.writeJson(EVALUATION_FILES.metrics, {
    notice: DISCLAIMER,
    ...metrics,
    scoreThreshold,
    intervals,
    patientOverlap: overlap,
    ...(augmented && { testTimeAugmentation: { text: augmented.text, views: augmented.views } }),
    ...(classesNote === null ? {} : { classesNote }),
  });

  const title = `${basename(run)} on ${what} of ${dataset.name}`;
  const stages = traced && missCauses(traced, { scoreThreshold });
  const classNote = [
    patientLevelClass(dataset).text,
    ...(classesNote === null ? [] : [`${classesNote}.`]),
  ].join(" ");
  await output.write(
    EVALUATION_FILES.card,
    modelCard({
      title,
      manifest,
      parts: await cardParts(evaluated, manifest),
      patientOverlap: overlap.text,
      thresholdChoice,
      classNote,
      testTimeAugmentation: augmented?.text ?? null,
      evaluation,
      stages,
    }),
  );
  const original = traced && (await originalMetrics(detector, images, { scoreThreshold, seed }));
  detector.dispose();
  await output.write(
    EVALUATION_FILES.report,
    await evaluationReport({
      title,
      images: images.images,
      groundTruths,
      detections,
      classNames,
      evaluation,
      classAware,
      stages,
      original,
      manifest: [
        `Preset ${config.preset}, ${manifest.epochs} ${manifest.epochs === 1 ? "epoch" : "epochs"}, trained on ${manifest.images.train.length} images: ${manifest.data}`,
        `Judged on ${images.images.length} images of ${what}; ${overlap.text}.`,
        ...(augmented ? [augmented.text] : []),
        thresholdChoice,
        classNote,
      ],
    }),
  );
  return { folder: out, summary: intervals.figures };
}

/**
 * The score threshold with the best F1: on the validation images, and on the evaluated ones when
 * they are the validation images or there are none.
 */
async function choose(
  detector: Detector,
  { images, validation, isValidation }: EvaluatedImages,
  detections: readonly ImageDetections[],
): Promise<{ scoreThreshold: number; thresholdChoice: string }> {
  const onOthers = !isValidation && validation.images.length > 0;
  const { scoreThreshold } = onOthers
    ? chooseThreshold(validation.groundTruths(), await detectDataset(detector, validation))
    : chooseThreshold(images.groundTruths(), detections);
  const where = onOthers
    ? "the images held out for validation"
    : "the evaluated images themselves, so that the metrics at this threshold are slightly too good";
  return { scoreThreshold, thresholdChoice: `The score threshold has the best F1 on ${where}.` };
}
