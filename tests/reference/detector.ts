/** The types of detector.json, which make_detector.py writes. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { CascadeStage, HeadConfig, RoiConfig } from "../../src/config/index";

type Rows = number[][];
type Maps = number[][][][];
/** Weights or gradients by the name of the variable. */
type Named = Readonly<Record<string, number[]>>;

interface AnchorImage {
  readonly boxes: Rows;
  readonly assignment: number[];
  readonly positives: number[];
  readonly negatives: number[];
}

interface RoiImage {
  readonly rois: Rows;
  readonly boxes: Rows;
  readonly classIds: number[];
  readonly assignment: number[];
}

type Terms = Readonly<Record<"foreground" | "class" | "boxes", number>>;
type HeadValues = Readonly<{ foreground: number[]; classLogits: Rows; boxDeltas: Rows }>;
type LossConfig = Pick<
  HeadConfig,
  "boxLoss" | "foregroundWeight" | "classWeight" | "boxWeight" | "labelSmoothing"
>;

interface DetectorReference {
  readonly neck: {
    readonly channels: number;
    readonly groups: number;
    readonly inputChannels: number[];
    readonly levels: Maps[];
    readonly variables: Named;
    readonly output: Maps;
    readonly upstream: Maps;
    readonly levelGradients: Maps[];
    readonly gradients: Named;
  };
  readonly rpn: {
    readonly channels: number;
    readonly inputChannels: number;
    readonly anchorsPerCell: number;
    readonly features: Maps;
    readonly variables: Named;
    readonly objectness: Rows;
    readonly boxDeltas: number[][][];
    readonly upstream: { readonly objectness: Rows; readonly boxDeltas: number[][][] };
    readonly featureGradient: Maps;
    readonly gradients: Named;
  };
  readonly proposals: readonly {
    readonly imageSize: number;
    readonly proposalsBeforeNms: number;
    readonly proposalsAfterNms: number;
    readonly nmsIou: number;
    readonly minScore: number;
    readonly anchors: Rows;
    readonly objectness: number[];
    readonly boxDeltas: Rows;
    readonly candidates: Rows;
    readonly candidateScores: number[];
    readonly candidateAnchors: number[];
    readonly proposals: Rows;
    readonly proposalScores: number[];
  }[];
  readonly boxLosses: readonly {
    readonly kind: "smooth-l1" | "giou";
    readonly weights: [number, number, number, number];
    readonly references: Rows;
    readonly matched: Rows;
    readonly input: Rows;
    readonly loss: number[];
    readonly gradient: Rows;
  }[];
  readonly rpnLosses: readonly {
    readonly config: {
      readonly boxLoss: "smooth-l1" | "giou";
      readonly objectnessWeight: number;
      readonly boxWeight: number;
    };
    readonly anchors: Rows;
    readonly objectness: Rows;
    readonly boxDeltas: number[][][];
    readonly images: readonly AnchorImage[];
    readonly terms: { readonly objectness: number; readonly boxes: number };
    /** Shares of the objectness loss, by image. */
    readonly shares: Rows;
    readonly objectnessGradient: Rows;
    readonly deltaGradient: number[][][];
  }[];
  readonly stageLosses: readonly {
    readonly config: LossConfig;
    readonly stage: CascadeStage;
    readonly images: readonly RoiImage[];
    readonly output: HeadValues;
    readonly terms: Terms;
    readonly gradients: HeadValues;
  }[];
  readonly cascade: {
    readonly imageSize: number;
    readonly stride: number;
    readonly classes: number;
    readonly roi: RoiConfig;
    readonly config: LossConfig & Pick<HeadConfig, "hidden" | "stages">;
    readonly features: Maps;
    readonly variables: Named;
    /** By image. */
    readonly rois: Rows[];
    readonly targets: readonly { readonly boxes: Rows; readonly classIds: number[] }[];
    readonly detection: {
      readonly stages: readonly {
        readonly boxes: Rows;
        readonly foreground: number[];
        readonly classProbabilities: Rows;
      }[];
      readonly foreground: number[];
      readonly classProbabilities: Rows;
    };
    readonly losses: {
      readonly terms: Terms;
      /** By stage and image. */
      readonly assignments: number[][][];
      readonly featureGradient: Maps;
      readonly gradients: Named;
    };
  };
}

/** The expected results of the parts of the detector. */
export const detectorReference = JSON.parse(
  readFileSync(join(__dirname, "detector.json"), "utf8"),
) as DetectorReference;

/** Boxes, deltas or other rows as a flat array. */
export const flat = (rows: Rows): Float32Array => Float32Array.from(rows.flat());
