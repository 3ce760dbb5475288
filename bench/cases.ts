/**
 * What is measured. The sides of a case share its kind; what they work on is written by
 * bench/ours.ts and read by bench/pytorch.
 */
import { presets } from "../src/config/index";

export const KINDS = [
  "backbone",
  "training-step",
  "detection",
  "data-loading",
  "evaluation",
  "nms",
  "original-way",
  "kernel-start",
] as const;

export type Kind = (typeof KINDS)[number];

export interface BenchCase {
  /** What `--only` takes. */
  readonly name: string;
  readonly title: string;
  /** What the other side is, where it is not simply PyTorch. */
  readonly reference: string;
  readonly kind: Kind;
  readonly preset: "default" | "accurate";
  /** Images that go through the network, or are loaded, together. */
  readonly batch: number;
  /** Measured iterations of each side in a round. */
  readonly iterations: number;
  /** Iterations of each side before the first round. */
  readonly warmUps: number;
  /**
   * How far results may be apart, by the first part of a result's name: the Euclidean norm of the
   * difference over that of the reference. Null where there is nothing to compare.
   */
  readonly tolerances: Readonly<Record<string, number>> | null;
}

const PYTORCH = "PyTorch";

/**
 * Float32 summed in another order, through some forty layers: 2e-6 where the sides use other
 * kernels, 0 where both use oneDNN's. One weight of the stem that is a thousandth off makes 3e-5.
 */
const FEATURES = { level0: 1e-5, level1: 1e-5, level2: 1e-5 };

/**
 * Losses are 4e-7 apart and gradients 6e-6; gradients have room for a value that lies right at a
 * ReLU's bend, and passes on one side alone.
 */
const STEP = { loss: 1e-5, gradient: 2e-4 };

/**
 * The two sides decode and scale images by different libraries, whose grey values differ by one or
 * two.
 */
const DETECTIONS = { boxes: 0.02, scores: 0.02 };
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
    title: "COCO figures of 10,000 detections",
    reference: "pycocotools",
    kind: "evaluation",
    preset: "default",
    batch: 1,
    iterations: 2,
    warmUps: 1,
    tolerances: { figures: 1e-6 },
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
      "10 epochs of 16 images, features cached; the reference decodes and runs the backbone again at every one-image step",
    reference: `${PYTORCH} the original's way`,
    kind: "original-way",
    preset: "default",
    batch: presets.default.training.batchSize,
    iterations: 1,
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

/** The cases of those names. Throws with the names there are. */
export function casesByName(names: readonly string[]): BenchCase[] {
  return names.map((name) => {
    const found = CASES.find((candidate) => candidate.name === name);
    if (!found)
      throw new Error(
        `there is no case '${name}': ${CASES.map((candidate) => candidate.name).join(", ")}`,
      );
    return found;
  });
}
