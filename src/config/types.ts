/**
 * The shape of a configuration: every number and choice, by the part of the detector it belongs
 * to.
 */

export interface Config {
  /** The preset it came from, for people to read. */
  readonly preset: string;
  /**
   * Name of the detector in `src/detectors/registry.ts`; `original` is the experiment that this
   * project re-does.
   */
  readonly architecture: string;
  /** Same seed, data and thread count: same run. */
  readonly seed: number;
  readonly data: DataConfig;
  readonly augmentation: AugmentationConfig;
  readonly backbone: BackboneConfig;
  readonly neck: NeckConfig;
  readonly anchors: AnchorConfig;
  readonly rpn: RpnConfig;
  readonly roi: RoiConfig;
  readonly head: HeadConfig;
  readonly training: TrainingConfig;
  readonly inference: InferenceConfig;
}

export interface DataConfig {
  /** Side of the network's square input in pixels. */
  readonly imageSize: number;
  /**
   * Crop to the square around the head before scaling: null, or the grey value above which a pixel
   * counts as head and the factor by which the square is widened. It spends the network's pixels on
   * the head, and hides the field of view, from which a class can be guessed.
   */
  readonly cropToHead: { readonly threshold: number; readonly margin: number } | null;
}

/**
 * Each image is moved by a random affine map and its grey values are changed; ranges are symmetric
 * around no change.
 */
export interface AugmentationConfig {
  /**
   * Augmented copies of each image whose frozen features are cached beside the unchanged ones; 0
   * turns augmentation off.
   */
  readonly copies: number;
  /** Probability of a left-right flip. */
  readonly flip: number;
  /** Zoom by e^±scale. */
  readonly scale: number;
  /** Degrees. */
  readonly rotation: number;
  /** Fraction of the image's side. */
  readonly shift: number;
  /** Width against height by e^±aspect. */
  readonly aspect: number;
  /** Grey values times e^±brightness. */
  readonly brightness: number;
  /** Grey values, as fractions of white, to the power e^±gamma. */
  readonly gamma: number;
}

export interface BackboneConfig {
  /** Name of the backbone in `src/backbones/registry.ts`. */
  readonly name: string;
  /**
   * `all`, or how many of the backbone's blocks (the stem is the first) keep their ImageNet
   * weights.
   */
  readonly frozenBlocks: "all" | number;
  /** The last block that runs; null runs all. */
  readonly lastBlock: number | null;
}

export interface NeckConfig {
  /**
   * `none` uses the coarsest level as it is; `fused` adds all levels, scaled up, to one map at the
   * finest stride.
   */
  readonly kind: "none" | "fused";
  readonly channels: number;
  /** Groups of the group normalisation. */
  readonly groups: number;
}

export interface AnchorConfig {
  /** Square roots of the anchors' areas in pixels. */
  readonly sizes: readonly number[];
  /** Heights divided by widths. */
  readonly ratios: readonly number[];
  /** Where in its cell an anchor's centre lies. */
  readonly placement: "center" | "corner";
}

export interface RpnConfig {
  /** Channels of the 3x3 convolution. */
  readonly channels: number;
  /**
   * An anchor whose IoU with a truth box is at least this is positive; so is the best anchor of
   * every box.
   */
  readonly positiveIou: number;
  /** An anchor whose IoU with every truth box is below this is negative. */
  readonly negativeIou: number;
  /** Anchors an image that the loss sees. */
  readonly samples: number;
  /** At most this part of them is positive. */
  readonly positiveFraction: number;
  readonly boxLoss: "smooth-l1" | "giou";
  readonly objectnessWeight: number;
  readonly boxWeight: number;
  /** Proposals kept by score before NMS, and after it. */
  readonly proposalsBeforeNms: number;
  readonly proposalsAfterNms: number;
  readonly nmsIou: number;
  /** Objectness below which there is no proposal, in [0, 1]. */
  readonly minScore: number;
}

export interface RoiConfig {
  readonly kind: "align" | "pool";
  /** Cells a side. */
  readonly outputSize: number;
  /** Samples a cell along each axis (align only). */
  readonly samplingRatio: number;
  /**
   * Sides of the region that is pooled over the roi's own: above 1 the head also sees what lies
   * around (align only).
   */
  readonly context: number;
}

/** One stage of the cascade: each refines the boxes of the one before and asks for tighter ones. */
export interface CascadeStage {
  /** A roi whose IoU with a truth box is at least this is foreground. */
  readonly foregroundIou: number;
  /**
   * What the deltas x, y and width, height are multiplied by (the inverse of their expected
   * spread).
   */
  readonly deltaWeights: readonly [number, number, number, number];
  readonly lossWeight: number;
}

export interface HeadConfig {
  /** Units of the fully connected layers. */
  readonly hidden: readonly number[];
  readonly stages: readonly CascadeStage[];
  /** Rois an image that the loss sees. */
  readonly samples: number;
  readonly positiveFraction: number;
  /**
   * Randomly moved copies of each truth box added to the proposals, so that the head sees
   * positives from the first step.
   */
  readonly jitteredGroundTruth: number;
  readonly boxLoss: "smooth-l1" | "giou";
  readonly boxWeight: number;
  readonly foregroundWeight: number;
  readonly classWeight: number;
  readonly labelSmoothing: number;
}

export interface TrainingConfig {
  readonly epochs: number;
  readonly batchSize: number;
  readonly optimizer: "adam" | "adamw";
  readonly learningRate: number;
  /** Rate of the backbone's trained blocks. */
  readonly backboneLearningRate: number;
  /** `adam` adds it to the gradient (L2), `adamw` takes it off the weights. */
  readonly weightDecay: number;
  readonly schedule:
    | { readonly kind: "cosine"; readonly warmupSteps: number }
    | { readonly kind: "step"; readonly epochs: number; readonly factor: number };
  /** Gradients whose global norm is above this are scaled down to it; null leaves them. */
  readonly clipNorm: number | null;
  /**
   * Decay of the moving average of the weights, which validation and detection use; null uses the
   * weights themselves.
   */
  readonly averageDecay: number | null;
  /**
   * Where a data set has no validation split, one of so many of its training patients is held out
   * for it.
   */
  readonly holdOut: number;
  /** Epochs between two evaluations on the validation part (the last epoch always has one). */
  readonly validateEvery: number;
  /**
   * Ends training after so many validations in a row without a better class-agnostic AP; null
   * never does.
   */
  readonly patience: number | null;
}

export interface InferenceConfig {
  /** Detections below this score are dropped. */
  readonly minScore: number;
  /** Boxes that overlap by more than this are one (`nms` and `mean-box`). */
  readonly nmsIou: number;
  /**
   * Width of the Gaussian by which a box loses score to a better one that it overlaps
   * (`soft-nms`).
   */
  readonly softSigma: number;
  readonly maxDetections: number;
  /**
   * What becomes of boxes that overlap: `nms` drops them, `soft-nms` lowers their scores;
   * `mean-box` averages what NMS kept into one box with the most frequent class, as the original
   * did (preset `original` only).
   */
  readonly fusion: "nms" | "soft-nms" | "mean-box";
}
