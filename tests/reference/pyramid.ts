/** The types of pyramid.json, which make_pyramid.py writes. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { HeadConfig, RoiConfig, RpnConfig } from "../../src/config/index";

type Rows = number[][];
type Maps = number[][][][];
/** Weights or gradients by the name of the variable. */
type Named = Readonly<Record<string, number[]>>;

interface PyramidSettings {
  readonly levels: number[];
  readonly channels: number;
  readonly groups: number;
}

interface PyramidReference {
  readonly pyramids: readonly (PyramidSettings & {
    readonly inputChannels: number[];
    readonly inputs: Maps[];
    readonly variables: Named;
    readonly maps: Maps[];
    readonly upstream: Maps[];
    readonly inputGradients: Maps[];
    readonly gradients: Named;
  })[];
  readonly step: {
    readonly imageSize: number;
    readonly neck: PyramidSettings & { readonly canonicalSize: number };
    readonly inputChannels: number[];
    readonly anchorSizes: number[];
    readonly ratios: number[];
    readonly rpnChannels: number;
    readonly classes: number;
    readonly roi: RoiConfig;
    readonly head: Pick<
      HeadConfig,
      | "hidden"
      | "stages"
      | "boxLoss"
      | "foregroundWeight"
      | "classWeight"
      | "boxWeight"
      | "labelSmoothing"
    >;
    readonly rpnLoss: Pick<RpnConfig, "boxLoss" | "objectnessWeight" | "boxWeight">;
    readonly proposalConfig: Pick<
      RpnConfig,
      "proposalsBeforeNms" | "proposalsAfterNms" | "nmsIou" | "minScore"
    >;
    readonly inputs: Maps[];
    readonly variables: Named;
    readonly anchors: Rows;
    readonly levelCounts: number[];
    readonly objectness: Rows;
    readonly boxDeltas: number[][][];
    /** By image. */
    readonly proposals: readonly {
      readonly proposals: Rows;
      readonly proposalScores: number[];
      readonly candidateCount: number;
      readonly bestAnchors: number[];
    }[];
    /** By image. */
    readonly samples: readonly {
      readonly boxes: Rows;
      readonly assignment: number[];
      readonly positives: number[];
      readonly negatives: number[];
    }[];
    /** By image. */
    readonly classIds: Rows;
    /** By image. */
    readonly rois: Rows[];
    /** By stage of the cascade: the level and the foreground logit of each RoI. */
    readonly stages: readonly { readonly levels: number[]; readonly foreground: number[] }[];
    readonly terms: Readonly<Record<string, number>>;
    readonly inputGradients: Maps[];
    readonly gradients: Named;
  };
}

/** The expected results of a detector with a feature pyramid. */
export const pyramidReference = JSON.parse(
  readFileSync(join(__dirname, "pyramid.json"), "utf8"),
) as PyramidReference;
