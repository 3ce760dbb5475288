/** The types of boxes.json; make_boxes.py writes it. */
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

interface BoxesReference {
  readonly iou: { readonly a: number[][]; readonly b: number[][]; readonly matrix: number[][] };
  readonly coding: Readonly<Record<"references" | "targets" | "encoded" | "deltas" | "decoded", number[][]>> & {
    readonly weights: [number, number, number, number];
  };
  readonly nms: {
    readonly boxes: number[][];
    readonly scores: number[];
    readonly cases: { readonly threshold: number; readonly kept: number[] }[];
  };
  readonly roiAlign: RoiCase[];
  readonly roiPool: RoiCase[];
  readonly losses: {
    readonly sigmoid: LossCase<number[]> & { readonly labels: number[] };
    readonly softmax: (LossCase<number[][]> & { readonly classIds: number[]; readonly labelSmoothing: number })[];
    readonly smoothL1: (LossCase<number[][]> & { readonly target: number[][]; readonly beta: number })[];
    readonly giou: LossCase<number[][]> & { readonly target: number[][] };
  };
}

export const reference: BoxesReference = JSON.parse(readFileSync(join(__dirname, "boxes.json"), "utf8"));
