/** The frozen features of the training and of the validation part. */
import type { Dataset } from "../data/dataset";
import type { Detector } from "../detectors/detector";
import type { PreparingEvent } from "../runs/events";
import { takeUntil } from "../util/take-until";
import { FeatureCache } from "./feature-cache";

export interface TrainingFeaturesOptions {
  readonly detector: Detector;
  readonly train: Dataset;
  readonly validation: Dataset | null;
  /** Features of the images of both parts; without them they are computed. */
  readonly shared: FeatureCache | null;
}

/** Computes the features of both parts, or takes them from a shared cache. */
export class TrainingFeatures {
  /** Features of the training images and of their augmented copies. */
  readonly train: FeatureCache;
  /** Features of the validation images; null without a validation part. */
  readonly validation: FeatureCache | null;
  private readonly copies: number;

  /** @throws when a shared cache does not have an image of the parts */
  constructor({ detector, train, validation, shared }: TrainingFeaturesOptions) {
    const open = (dataset: Dataset) =>
      shared?.part(dataset.images.map(({ id }) => id)) ?? FeatureCache.open(detector, dataset);
    this.copies = detector.config.augmentation.copies;
    this.train = open(train);
    this.validation = validation && open(validation);
  }

  /**
   * Computes the features that are missing.
   * @param signal stops after the current batch
   * @throws as `FeatureCache.fill` does
   */
  async *prepare(signal?: AbortSignal): AsyncGenerator<PreparingEvent> {
    yield* takeUntil(signal, this.train.fill(this.copies, "features of training images"));
    if (!this.validation || signal?.aborted) return;
    yield* takeUntil(signal, this.validation.fill(0, "features of validation images"));
  }

  /** Frees the features, unless they belong to a shared cache. */
  dispose(): void {
    this.train.dispose();
    this.validation?.dispose();
  }
}
