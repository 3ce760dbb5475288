/**
 * The cases that are measured. This project's side is in bench/ours, the reference's side in
 * bench/pytorch.
 */
import { type Config, type Overrides, presets } from "../src/config/index";

/** What a case computes. Both sides have one implementation for each kind. */
export const KINDS = [
  "backbone",
  "training-step",
  "detection",
  "opening",
  "opening-again",
  "data-loading",
  "evaluation",
  "nms",
  "original-way",
  "help",
  "kernel-start",
] as const;

export type Kind = (typeof KINDS)[number];

/** One line of the results. */
export interface BenchCase {
  /** Its name for `--only`. */
  readonly name: string;
  readonly title: string;
  /** The library of the other side. */
  readonly reference: string;
  readonly kind: Kind;
  readonly preset: "default" | "accurate";
  /** Settings that replace those of the preset; parts with other weights start from random ones. */
  readonly overrides?: Overrides<Config>;
  /** Number of images in a batch. */
  readonly batch: number;
  /** Number of measured iterations of each side in a round. */
  readonly iterations: number;
  /** Number of iterations of each side before the first round. */
  readonly warmUps: number;
  /**
   * The largest allowed distance between results (see `compareResults`), by the first part of
   * their names. Null when there is nothing to compare.
   */
  readonly tolerances: Readonly<Record<string, number>> | null;
}

const PYTORCH = "PyTorch";

/**
 * The measured distance is 2e-6 when the sides use different kernels, which sum in different
 * order, and 0 when both use oneDNN's. An error of 0.1 % in one weight of the stem makes 3e-5.
 */
const FEATURES = { level0: 1e-5, level1: 1e-5, level2: 1e-5 };

/**
 * The measured distances are 4e-7 for losses and 6e-6 for gradients. The tolerance of gradients is
 * larger because a value close to 0 may pass a ReLU on one side only.
 */
const STEP = { loss: 1e-5, gradient: 2e-4 };

/** The two sides decode and scale images with different libraries: grey values differ by 1 or 2. */
const DETECTIONS = { boxes: 0.02, scores: 0.02 };
const MEANS = { means: 0.01 };
const PIXELS = { images: 0.03, letterboxes: 1e-6 };

const step = (
  name: string,
  title: string,
  preset: BenchCase["preset"],
  batch: number,
  iterations: number,
): BenchCase => ({
  name,
  title,
  reference: PYTORCH,
  kind: "training-step",
  preset,
  batch,
  iterations,
  warmUps: 3,
  tolerances: STEP,
});

/** A feature pyramid with three levels, and as many anchors per cell as in the preset `default`. */
const PYRAMID: Overrides<Config> = {
  neck: { kind: "pyramid", channels: 96, groups: 8, levels: [3, 4, 5], canonicalSize: null },
  anchors: { sizes: [14, 18, 22, 26, 30, 34, 42, 50, 58, 66, 76, 92, 108, 124, 140] },
};

const backbone = (batch: number, iterations: number): BenchCase => ({
  name: `backbone-${batch}`,
  title: `backbone forward, batch ${batch}, ${presets.default.data.imageSize} pixels`,
  reference: PYTORCH,
  kind: "backbone",
  preset: "default",
  batch,
  iterations,
  warmUps: 3,
  tolerances: FEATURES,
});

export const CASES: readonly BenchCase[] = [
  backbone(1, 10),
  backbone(8, 3),
  step("fine-tuning-4", "fine-tuning step, batch 4, preset accurate", "accurate", 4, 3),
  step("fine-tuning-8", "fine-tuning step, batch 8, preset accurate", "accurate", 8, 2),
  step("head-only-8", "step on cached features, batch 8, preset default", "default", 8, 5),
  {
    ...step(
      "pyramid-8",
      "step on cached features with a feature pyramid, batch 8, preset default",
      "default",
      8,
      5,
    ),
    overrides: PYRAMID,
  },
  {
    name: "detection",
    title: "detection in one image, from its JPEG file",
    reference: `${PYTORCH} and PIL`,
    kind: "detection",
    preset: "accurate",
    batch: 1,
    iterations: 10,
    warmUps: 3,
    tolerances: DETECTIONS,
  },
  {
    name: "opening",
    title: "opening a data set of 500 JPEG images; the reference only decodes them",
    reference: "PIL",
    kind: "opening",
    preset: "default",
    batch: 1,
    iterations: 1,
    warmUps: 1,
    tolerances: MEANS,
  },
  {
    name: "opening-again",
    title: "opening the same data set again; the reference decodes it again",
    reference: "PIL",
    kind: "opening-again",
    preset: "default",
    batch: 1,
    iterations: 1,
    warmUps: 1,
    tolerances: MEANS,
  },
  {
    name: "data-loading",
    title: "decoding and augmenting a training split",
    reference: "DataLoader and PIL",
    kind: "data-loading",
    preset: "default",
    batch: 8,
    iterations: 1,
    warmUps: 1,
    tolerances: PIXELS,
  },
  {
    name: "evaluation",
    title: "COCO metrics of 10,000 detections",
    reference: "pycocotools",
    kind: "evaluation",
    preset: "default",
    batch: 1,
    iterations: 2,
    warmUps: 1,
    tolerances: { metrics: 1e-6 },
  },
  {
    name: "nms",
    title: "non-maximum suppression of 10,000 boxes",
    reference: "numpy",
    kind: "nms",
    preset: "default",
    batch: 1,
    iterations: 3,
    warmUps: 2,
    tolerances: { kept: 0 },
  },
  {
    name: "original-way",
    title:
      "10 epochs of 16 images with cached features; the reference decodes the image and runs the backbone at every step",
    reference: `${PYTORCH}, as in the original experiment`,
    kind: "original-way",
    preset: "default",
    batch: presets.default.training.batchSize,
    iterations: 1,
    warmUps: 1,
    tolerances: null,
  },
  {
    name: "help",
    title: "--help of a command, from its start to its end",
    reference: "torchrun",
    kind: "help",
    preset: "default",
    batch: 1,
    iterations: 2,
    warmUps: 1,
    tolerances: null,
  },
  {
    name: "kernel-start",
    title: "start of a kernel to its first plot",
    reference: "ipykernel and plotly",
    kind: "kernel-start",
    preset: "default",
    batch: 1,
    iterations: 1,
    warmUps: 0,
    tolerances: null,
  },
];

/**
 * The cases of these names.
 * @throws when there is no case of a name, with all names
 */
export function casesByName(names: readonly string[]): BenchCase[] {
  return names.map((name) => {
    const found = CASES.find((candidate) => candidate.name === name);
    if (!found)
      throw new Error(
        `there is no case '${name}': choose from ${CASES.map((candidate) => candidate.name).join(", ")}`,
      );
    return found;
  });
}
