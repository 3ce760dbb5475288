/**
 * Test-time augmentation: a detector that looks at several views of each image and averages what it
 * finds. It can be used wherever a detector is used. The time of detection grows with the number of
 * views.
 */
import { inspect } from "util";
import type { AnchorGrid } from "../boxes/anchors";
import type { Config } from "../config/index";
import type { Detector, FeatureMaps, LossOptions, StepLosses } from "../detectors/detector";
import { detectorText } from "../detectors/detector-text";
import type { DetectionTrace } from "../detectors/faster-rcnn/detection-trace";
import type { ViewFeatures } from "../detectors/faster-rcnn/roi-heads/cascade";
import { type View, viewImages, viewsFor } from "../detectors/faster-rcnn/views";
import { namesSide } from "../planning/side-names";
import type { tf } from "../tensor/tensorflow";
import type { NetworkBoxes, NetworkDetection, Target } from "../types";

/** The members of a detector that test-time augmentation needs. */
type ViewDetector = Detector &
  Required<Pick<Detector, "anchors" | "anchorGrids" | "traceViews" | "featureMaps">>;

/** Which views a detector looks at, and why. */
export interface ViewChoice {
  /** The unchanged image first. */
  readonly views: readonly View[];
  /** A sentence about them, for people. */
  readonly text: string;
}

/**
 * Chooses the views for a detector: the image, its mirror image, and both moved by half a cell of
 * the finest map. Mirror images are left out where they would be wrong: where class names name a
 * side, and where the detector was not trained on mirror images.
 * @throws when the detector has no test-time augmentation
 */
export function chooseViews(detector: Detector): ViewChoice {
  const { anchorGrids, classNames, config } = requireViews(detector);
  const { flip, copies } = config.augmentation;
  const sides = classNames.filter(namesSide);
  const missing = sides.length
    ? `class names name a side (${sides.join(", ")})`
    : flip === 0 || copies === 0
      ? "the detector was not trained on mirror images"
      : null;
  const views = viewsFor(anchorGrids[0].stride, { withMirror: missing === null });
  const { shift } = views.at(-1)!;
  const kinds =
    missing === null
      ? `the image, its mirror image, and both moved by ${shift} pixels of the network's input`
      : `the image, and the image moved by ${shift} pixels of the network's input; no mirror image, because ${missing}`;
  return {
    views,
    text: `Test-time augmentation: boxes and scores are means over ${views.length} views (${kinds}).`,
  };
}

/**
 * A detector that averages its results over several views of each image.
 * @example
 * const detections = await detectDataset(new AugmentedDetector(detector), test);
 */
export class AugmentedDetector implements Detector {
  /** Its views, the unchanged image first. */
  readonly views: readonly View[];
  /** A sentence about the views, for reports. */
  readonly text: string;
  private readonly detector: ViewDetector;

  /**
   * @param detector belongs to the new detector, which disposes it
   * @throws when the detector has no test-time augmentation
   */
  constructor(detector: Detector) {
    this.detector = requireViews(detector);
    ({ views: this.views, text: this.text } = chooseViews(detector));
  }

  /** The configuration of the other detector. */
  get config(): Config {
    return this.detector.config;
  }

  /** The class names of the other detector. */
  get classNames(): readonly string[] {
    return this.detector.classNames;
  }

  /** The anchors of the other detector. */
  get anchors(): NetworkBoxes {
    return this.detector.anchors;
  }

  /** The maps of the other detector. */
  get anchorGrids(): readonly AnchorGrid[] {
    return this.detector.anchorGrids;
  }

  /** The variables of the other detector. */
  variables(): Readonly<Record<string, tf.Variable>> {
    return this.detector.variables();
  }

  /** The frozen features of every view, those of the unchanged images first. */
  frozenFeatures(images: tf.Tensor4D): tf.Tensor4D[] {
    return this.views.flatMap((view) => {
      const inView = viewImages(images, view);
      const features = this.detector.frozenFeatures(inView);
      inView.dispose();
      return features;
    });
  }

  /** The losses for the unchanged images: views are for detection only. */
  losses(
    features: readonly tf.Tensor4D[],
    targets: readonly Target[],
    options: LossOptions,
  ): StepLosses {
    return this.detector.losses(this.byView(features)[0].features, targets, options);
  }

  /** Detects objects in all views. Returns the detections of each image, by falling score. */
  detectFeatures(features: readonly tf.Tensor4D[]): NetworkDetection[][] {
    return this.traceDetections(features).map(({ detections }) => [...detections]);
  }

  /**
   * Detects objects in all views. Anchors, objectness and proposals are those of the unchanged
   * image; the results of the heads are means over the views.
   */
  traceDetections(features: readonly tf.Tensor4D[]): DetectionTrace[] {
    return this.detector.traceViews(this.byView(features));
  }

  /** The strengths of the feature maps for one unchanged image. */
  featureMaps(features: readonly tf.Tensor4D[], regions: NetworkBoxes): FeatureMaps {
    return this.detector.featureMaps(this.byView(features)[0].features, regions);
  }

  /** Frees the weights of the other detector. */
  dispose(): void {
    this.detector.dispose();
  }

  /** One line, which notebooks and `console.log` show. */
  [inspect.custom](): string {
    return `${detectorText(this)}. ${this.text}`;
  }

  /** The features of each view. */
  private byView(features: readonly tf.Tensor4D[]): ViewFeatures[] {
    const count = features.length / this.views.length;
    return this.views.map((view, i) => ({
      view,
      features: features.slice(count * i, count * (i + 1)),
    }));
  }
}

/** @throws when the detector has no test-time augmentation */
function requireViews(detector: Detector): ViewDetector {
  if (detector.anchors && detector.anchorGrids && detector.traceViews && detector.featureMaps)
    return detector as ViewDetector;
  throw new Error(
    `the architecture '${detector.config.architecture}' has no test-time augmentation: use a preset of 'cascade-rcnn', such as default or accurate, or leave it out`,
  );
}
