/** Frozen features of a data set, computed once for all trainings with the same frozen part. */
import type { Config } from "../config/index";
import type { Dataset } from "../data/dataset";
import { createDetector } from "../detectors/create-detector";
import { FeatureCache } from "../training/feature-cache";
import { withRange } from "../training/run-identity";
import type { ValueRange } from "../types";
import { takeUntil } from "../util/take-until";
import type { ExperimentCallbacks } from "./fold-run";
import type { Fold } from "./same-fold";

/** Holds the features of one configuration at a time. */
export class SharedFeatures {
  private key = "";
  private cache: FeatureCache | null = null;

  /**
   * @param dataset the images
   * @param options.signal stops the computation; the features are then incomplete
   * @param options.onEvent called with the progress of the computation
   */
  constructor(
    private readonly dataset: Dataset,
    private readonly options: Pick<ExperimentCallbacks, "onEvent"> & {
      readonly signal: AbortSignal;
    },
  ) {}

  /**
   * The features of all images and of their augmented copies. They stay valid until the next call
   * with a configuration whose frozen part differs, or with a fold whose training images have
   * another range of values.
   */
  async of(config: Config, { train }: Fold): Promise<FeatureCache> {
    const { data, augmentation, backbone, seed } = withRange(config, train);
    const key = JSON.stringify([data, augmentation, backbone, seed]);
    if (!this.cache || key !== this.key) {
      this.dispose();
      this.cache = await this.compute(config, data.valueRange);
      this.key = key;
    }
    return this.cache;
  }

  /** Frees the features. */
  dispose(): void {
    this.cache?.dispose();
    this.cache = null;
  }

  private async compute(config: Config, range: ValueRange | null): Promise<FeatureCache> {
    const { signal, onEvent } = this.options;
    const detector = await createDetector(config, this.dataset.classNames);
    const features = FeatureCache.open(detector, this.dataset.withValueRange(range));
    const events = features.fill(config.augmentation.copies, "frozen features");
    for await (const event of takeUntil(signal, events)) onEvent?.(event);
    detector.dispose();
    return features;
  }
}
