/**
 * The settings of a configuration, in groups: one group for each part of the detector, its training
 * and its use.
 */

/** A complete configuration. It can be saved as JSON. */
export interface Config {
  /** Name of the preset that the configuration started from. Only people read it. */
  readonly preset: string;
  /**
   * Name of a detector in `src/detectors/registry.ts`. The detector `original` is the experiment
   * that this project repeats.
   */
  readonly architecture: string;
  /** Runs with the same seed, the same data and the same number of threads are identical. */
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

/** How images become inputs of the network. */
export interface DataConfig {
  /** Side of the network's square input, in pixels. */
  readonly imageSize: number;
  /**
   * Crops each image to a square around the head before it is scaled; null does not crop. The head
   * then fills the network's input. The crop also hides the field of view, from which the network
   * could guess the class.
   */
  readonly cropToHead: {
    /** A pixel with a higher grey value belongs to the head. */
    readonly threshold: number;
    /** The side of the square is multiplied by this factor. */
    readonly margin: number;
  } | null;
  /**
   * What the network sees: `grey` makes colors grey, and `rgb` leaves colors as they are. A grey
   * image has three equal channels in both cases. The names of two or three sequences make them the
   * channels: `["t1ce", "flair"]` for scans that show the same patient in the same voxels. The
   * third channel of two sequences is their mean.
   */
  readonly channels: "grey" | "rgb" | readonly string[];
  /**
   * The values of images of more than 8 bits that become black and white. Null finds them in the
   * training images, and the run stores what was found. Images of 8 bits are not changed.
   */
  readonly valueRange: readonly [low: number, high: number] | null;
  /**
   * The percentiles of a scan's values that become black and white, in percent: for NIfTI, and for
   * DICOM whose header has no window.
   */
  readonly scanPercentiles: readonly [low: number, high: number];
}

/**
 * How training images are changed at random. Each image is moved by a random affine map, and its
 * grey values are changed. Every range is symmetric around 'no change'.
 */
export interface AugmentationConfig {
  /**
   * Number of augmented copies of each image. Their frozen features are cached together with those
   * of the unchanged image; 0 turns augmentation off.
   */
  readonly copies: number;
  /** Probability of a left-right flip. */
  readonly flip: number;
  /** The image is scaled by a factor from e^-scale to e^scale. */
  readonly scale: number;
  /** Largest rotation, in degrees. */
  readonly rotation: number;
  /** Largest shift, as a fraction of the image's side. */
  readonly shift: number;
  /** Width divided by height changes by a factor from e^-aspect to e^aspect. */
  readonly aspect: number;
  /** Grey values are multiplied by a factor from e^-brightness to e^brightness. */
  readonly brightness: number;
  /** Grey values in [0, 1] are raised to a power from e^-gamma to e^gamma. */
  readonly gamma: number;
}

/** The network that computes the features, and the part of it that is trained. */
export interface BackboneConfig {
  /** Name of a backbone in `src/backbones/registry.ts`. */
  readonly name: string;
  /**
   * Number of the backbone's blocks, counted from the stem, that keep their ImageNet weights; `all`
   * freezes the whole backbone.
   */
  readonly frozenBlocks: "all" | number;
  /** Index of the last block that runs; null runs all blocks. */
  readonly lastBlock: number | null;
}

/** The layers between the backbone and the region proposal network. */
export type NeckConfig = NoNeckConfig | FusedConfig | PyramidConfig;

interface NeckLayersConfig {
  /** Channels of each map; 0 without a neck. */
  readonly channels: number;
  /** Groups of the group normalization. A pyramid with 0 groups has none, as in the paper. */
  readonly groups: number;
}

/** No neck: the coarsest level of the backbone is used unchanged. */
export interface NoNeckConfig extends NeckLayersConfig {
  readonly kind: "none";
}

/** One map: all levels are scaled to the finest stride and added. */
export interface FusedConfig extends NeckLayersConfig {
  readonly kind: "fused";
}

/** A feature pyramid (Lin et al. 2017, section 3): one map for each level. */
export interface PyramidConfig extends NeckLayersConfig {
  readonly kind: "pyramid";
  /**
   * The levels with a map, finest first, for example `[3, 4, 5, 6]`. Level k has the stride 2^k.
   * Levels above 5 are subsampled from the level before.
   */
  readonly levels: readonly number[];
  /**
   * The size of the RoIs that are pooled from level 4: the square root of their area, in pixels of
   * the network's input (equation 1). Null scales the paper's 224 pixels, which belong to images of
   * 800 pixels, to `data.imageSize`.
   */
  readonly canonicalSize: number | null;
}

/** The boxes that the region proposal network starts from. */
export interface AnchorConfig {
  /**
   * Square roots of the anchors' areas, in pixels of the network's input. With a pyramid, the list
   * is divided evenly among the levels: the first sizes belong to the finest level.
   */
  readonly sizes: readonly number[];
  /** Heights divided by widths. */
  readonly ratios: readonly number[];
  /** The point of a cell at which the center of an anchor lies. */
  readonly placement: "center" | "corner";
}

/** The region proposal network: its layers, its targets, its losses and its proposals. */
export interface RpnConfig {
  /** Channels of the 3x3 convolution. */
  readonly channels: number;
  /**
   * An anchor is positive when its IoU with a ground-truth box is at least this. The anchor with
   * the highest IoU of each ground-truth box is positive too.
   */
  readonly positiveIou: number;
  /** An anchor is negative when its IoU with every ground-truth box is below this. */
  readonly negativeIou: number;
  /** Number of anchors of each image that the loss uses. */
  readonly samples: number;
  /** At most this fraction of the samples is positive. */
  readonly positiveFraction: number;
  readonly boxLoss: "smooth-l1" | "giou";
  readonly objectnessWeight: number;
  readonly boxWeight: number;
  /**
   * Number of anchors with the highest objectness that non-maximum suppression starts from. With a
   * pyramid, the number for each level.
   */
  readonly proposalsBeforeNms: number;
  /** Largest number of proposals after non-maximum suppression. */
  readonly proposalsAfterNms: number;
  /** Of two proposals with a higher IoU, only the one with the higher objectness remains. */
  readonly nmsIou: number;
  /** Proposals with a lower objectness are dropped, in [0, 1]. */
  readonly minScore: number;
}

/** How the features of a region are pooled to a fixed size. */
export interface RoiConfig {
  /** RoIAlign or RoI pooling. */
  readonly kind: "align" | "pool";
  /** Cells per side of a pooled region. */
  readonly outputSize: number;
  /** Samples per cell along each axis (`align` only). */
  readonly samplingRatio: number;
  /**
   * The side of the pooled region divided by the side of the RoI. Above 1, the head also sees the
   * surroundings (`align` only).
   */
  readonly context: number;
}

/**
 * One stage of the cascade. Each stage refines the boxes of the previous one and requires a higher
 * IoU.
 */
export interface CascadeStage {
  /** A RoI is foreground when its IoU with a ground-truth box is at least this. */
  readonly foregroundIou: number;
  /**
   * Factors of the deltas dx, dy, dw and dh: the inverse of their expected standard deviation.
   */
  readonly deltaWeights: readonly [number, number, number, number];
  readonly lossWeight: number;
}

/** The head: its layers, its targets and its losses. */
export interface HeadConfig {
  /** Units of each fully connected layer. */
  readonly hidden: readonly number[];
  readonly stages: readonly CascadeStage[];
  /** Number of RoIs of each image that the loss uses. */
  readonly samples: number;
  /** At most this fraction of the samples is foreground. */
  readonly positiveFraction: number;
  /**
   * Number of randomly moved copies of each ground-truth box that are added to the proposals. With
   * them the head has foreground samples from the first step.
   */
  readonly jitteredGroundTruth: number;
  readonly boxLoss: "smooth-l1" | "giou";
  readonly boxWeight: number;
  readonly foregroundWeight: number;
  readonly classWeight: number;
  readonly labelSmoothing: number;
  /**
   * The weight of each class in the class loss, by class index: larger weights for rare classes.
   * Null weighs all classes alike.
   */
  readonly classWeights: readonly number[] | null;
}

/** Optimizer, schedule and validation. */
export interface TrainingConfig {
  readonly epochs: number;
  readonly batchSize: number;
  readonly optimizer: "adam" | "adamw";
  readonly learningRate: number;
  /** Learning rate of the backbone's trained blocks. */
  readonly backboneLearningRate: number;
  /** `adam` adds the decay to the gradient (L2); `adamw` subtracts it from the weights. */
  readonly weightDecay: number;
  /**
   * `cosine`: a linear warm-up, then half a cosine to 0. `step`: the rate is multiplied by `factor`
   * after every `epochs` epochs.
   */
  readonly schedule:
    | { readonly kind: "cosine"; readonly warmupSteps: number }
    | { readonly kind: "step"; readonly epochs: number; readonly factor: number };
  /** Gradients with a larger global norm are scaled to this norm; null never scales them. */
  readonly clipNorm: number | null;
  /**
   * Decay of the moving average of the weights. Validation and detection use the average; null uses
   * the weights themselves.
   */
  readonly averageDecay: number | null;
  /**
   * When a data set has no validation split, one in this many training patients is held out for
   * validation.
   */
  readonly holdOut: number;
  /** Number of epochs from one validation to the next. The last epoch always has a validation. */
  readonly validateEvery: number;
  /**
   * Training ends after this many validations in a row without a better class-agnostic AP; null
   * never ends it early.
   */
  readonly patience: number | null;
}

/**
 * How the detections of an image are selected. `postprocessDetections` uses these settings. The
 * detector `original` uses only `fusion`, because it selects its boxes as proposals (`rpn`).
 */
export interface InferenceConfig {
  /** Detections with a lower score are dropped. */
  readonly minScore: number;
  /** Of two boxes with a higher IoU, only the better one remains (`nms` only). */
  readonly nmsIou: number;
  /**
   * Width of the Gaussian that lowers the score of a box by its IoU with a better one
   * (`soft-nms`).
   */
  readonly softSigma: number;
  /** Largest number of detections of an image. */
  readonly maxDetections: number;
  /**
   * `rpn.proposalsBeforeNms` for detection, which takes less time for a proposal than training;
   * null is the number of `rpn` (`cascade-rcnn` only).
   */
  readonly proposalsBeforeNms: number | null;
  /** `rpn.proposalsAfterNms` for detection; null is the number of `rpn` (`cascade-rcnn` only). */
  readonly proposalsAfterNms: number | null;
  /**
   * How overlapping boxes are handled. `nms` drops them. `soft-nms` lowers their scores. `mean-box`
   * averages the boxes that non-maximum suppression keeps into one box with the most frequent
   * class, as the original experiment did (architecture `original` only).
   */
  readonly fusion: "nms" | "soft-nms" | "mean-box";
}
