/** The types of boxes.json and hard-boxes.json; make_boxes.py and make_hard_boxes.py write them. */
import { readFileSync } from "node:fs";
import { join } from "node:path";

interface RoiCase {
  readonly stride: number;
  readonly outputSize: number;
  readonly samplingRatio: number;
  readonly rois: number[][];
  readonly images: number[];
  readonly features: number[][][][];
  readonly output: number[][][][];
  readonly upstream: number[][][][];
  readonly gradient: number[][][][];
}

interface LossCase<Input> {
  readonly input: Input;
  readonly loss: number[];
  readonly gradient: Input;
}

interface NmsReference {
  readonly boxes: number[][];
  readonly scores: number[];
  readonly cases: { readonly threshold: number; readonly kept: number[] }[];
}

interface LossesReference {
  readonly sigmoid: LossCase<number[]> & { readonly labels: number[] };
  readonly softmax: (LossCase<number[][]> & {
    readonly classIds: number[];
    readonly labelSmoothing: number;
  })[];
  readonly smoothL1: (LossCase<number[][]> & {
    readonly target: number[][];
    readonly beta: number;
  })[];
  readonly giou: LossCase<number[][]> & { readonly target: number[][] };
}

interface BoxesReference {
  readonly iou: { readonly a: number[][]; readonly b: number[][]; readonly matrix: number[][] };
  readonly coding: Readonly<
    Record<"references" | "targets" | "encoded" | "deltas" | "decoded", number[][]>
  > & {
    readonly weights: [number, number, number, number];
  };
  readonly nms: NmsReference;
  readonly roiAlign: RoiCase[];
  readonly roiPool: RoiCase[];
  readonly losses: LossesReference;
}

interface HardBoxesReference {
  readonly nms: NmsReference;
  readonly matching: (Readonly<Record<"candidates" | "groundTruth", number[][]>> & {
    readonly positiveIou: number;
    readonly negativeIou: number;
    readonly allowLowQualityMatches: boolean;
    readonly assignment: number[];
    readonly iou: number[];
  })[];
  readonly roiAlign: RoiCase[];
  /**
   * `loss` is the sum of `decoded * upstream` for each row. `giou` is the GIoU loss of the decoded
   * boxes.
   */
  readonly decoding: LossCase<number[][]> &
    Readonly<Record<"references" | "upstream" | "decoded", number[][]>> & {
      readonly weights: [number, number, number, number];
      readonly giou: LossCase<number[][]> & { readonly target: number[][] };
    };
  readonly losses: LossesReference;
}

const read = (name: string) => JSON.parse(readFileSync(join(__dirname, name), "utf8"));

/** The expected results for usual boxes. */
export const reference: BoxesReference = read("boxes.json");
/** The expected results for crowded, touching, nested, distant, very small and very large boxes. */
export const hardReference: HardBoxesReference = read("hard-boxes.json");
