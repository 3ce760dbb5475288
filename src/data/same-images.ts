/**
 * Images that are in a data set twice. In two splits they make the metrics too good: the detector
 * is evaluated on an image that it was trained on. The copy in training is left out then, so that
 * the split that is evaluated stays as it was published.
 */
import type { ImageRecord } from "../types";
import type { Problem } from "./checks";
import { ImageIndex } from "./image-index";
import { splitKind } from "./splits";
import { groupBy } from "../util/group-by";

/**
 * What to do with an image that is in training and in another split: leave it out of training, keep
 * it, or refuse the data set.
 */
export type OverlapPolicy = "drop" | "keep" | "error";

/** Two images that are the same. */
export interface SameImage {
  readonly first: ImageRecord;
  readonly second: ImageRecord;
  /** Whether their pixels are equal. Otherwise they look the same: one was saved again. */
  readonly isExact: boolean;
  /** Whether one of them is used for training and the other one for evaluation. */
  readonly crossesSplit: boolean;
  /** The one that is left out of training; null if both are used. */
  readonly leftOut: ImageRecord | null;
}

/** The images of a data set that are there twice. */
export interface SameImages {
  readonly pairs: readonly SameImage[];
  readonly problems: readonly Problem[];
}

/** Names of copies that a message lists. */
const MAX_NAMES = 5;

/** Finds images that are the same in two splits, and equal images in one split. */
export function findSameImages(images: readonly ImageRecord[], policy: OverlapPolicy): SameImages {
  const pairs: SameImage[] = [];
  const problems: Problem[] = [];
  const gone = new Set<ImageRecord>();
  const add = (found: { pairs: readonly SameImage[]; problem: Problem }) => {
    for (const pair of found.pairs) {
      pairs.push(pair);
      if (pair.leftOut) gone.add(pair.leftOut);
    }
    problems.push(found.problem);
  };
  for (const copies of equalImages(images)) {
    const training = copies.filter(isTraining);
    const evaluated = copies.filter((image) => !isTraining(image));
    if (training.length && evaluated.length) add(acrossSplits(training, evaluated[0], policy));
    else if (training.length > 1) add(twiceInTraining(training));
    if (evaluated.length > 1) add(twiceInEvaluation(evaluated));
  }
  const evaluated = images.filter((image) => !isTraining(image));
  const index = new ImageIndex(evaluated);
  for (const image of images) {
    if (!isTraining(image) || gone.has(image)) continue;
    const found = index.find(image.fingerprint);
    if (found && !found.isExact) add(acrossSplits([image], found.image, policy, false));
  }
  return { pairs, problems };
}

function isTraining({ split }: ImageRecord): boolean {
  return splitKind(split) === "training";
}

/** The images with equal pixels, for each content that occurs more than once. */
function equalImages(images: readonly ImageRecord[]): ImageRecord[][] {
  const recognizable = images.filter(({ fingerprint }) => fingerprint);
  return Array.from(groupBy(recognizable, ({ fingerprint }) => fingerprint!.pixels).values())
    .filter((copies) => copies.length > 1)
    .map((copies) => copies.sort((a, b) => (a.id < b.id ? -1 : 1)));
}

/** Images of training that are also in a split for evaluation. */
function acrossSplits(
  training: readonly ImageRecord[],
  evaluated: ImageRecord,
  policy: OverlapPolicy,
  isExact = true,
): { pairs: SameImage[]; problem: Problem } {
  const [first] = training;
  const same = isExact ? "the same image as" : "the same image, saved again, as";
  const message = `${same} ${namesOf([evaluated, ...training.slice(1)])}, in another split`;
  const common = { file: first.id, kind: "images that are in two splits", count: training.length };
  const problem: Problem =
    policy === "drop"
      ? { ...common, severity: "warning", leftOut: "image", message }
      : policy === "keep"
        ? {
            ...common,
            severity: "warning",
            message: `${message}, and both are used: metrics of that split are too good`,
          }
        : {
            ...common,
            severity: "error",
            message: `${message}: keep one of them, or use --overlap drop`,
          };
  const pairs = training.map((image): SameImage => ({
    first: image,
    second: evaluated,
    isExact,
    crossesSplit: true,
    leftOut: policy === "drop" ? image : null,
  }));
  return { pairs, problem };
}

/** Equal images in training: one of them is used, the one with most boxes. */
function twiceInTraining(copies: readonly ImageRecord[]): {
  pairs: SameImage[];
  problem: Problem;
} {
  const used = copies.reduce((best, image) =>
    image.annotations.length > best.annotations.length ? image : best,
  );
  const others = copies.filter((image) => image !== used);
  const differ = others.some(({ annotations }) => annotations.length !== used.annotations.length);
  return {
    pairs: others.map((image) => ({
      first: used,
      second: image,
      isExact: true,
      crossesSplit: false,
      leftOut: image,
    })),
    problem: {
      severity: "warning",
      file: others[0].id,
      kind: "images that are in training twice",
      leftOut: "image",
      count: others.length,
      message: `the same image as ${namesOf([used, ...others.slice(1)])}${differ ? ", with other boxes" : ""}: keep one of them`,
    },
  };
}

/** Equal images that are evaluated: they stay, because the split stays as it was published. */
function twiceInEvaluation(copies: readonly ImageRecord[]): {
  pairs: SameImage[];
  problem: Problem;
} {
  const [first, ...others] = copies;
  const crosses = others.some(({ split }) => splitKind(split) !== splitKind(first.split));
  return {
    pairs: others.map((second) => ({
      first,
      second,
      isExact: true,
      crossesSplit: splitKind(first.split) !== splitKind(second.split),
      leftOut: null,
    })),
    problem: {
      severity: "warning",
      file: first.id,
      kind: "images that are evaluated twice",
      message: `the same image as ${namesOf(others)}${crosses ? ", in another split" : ""}: keep one of them`,
    },
  };
}

function namesOf(images: readonly ImageRecord[]): string {
  const names = images.slice(0, MAX_NAMES).map(({ id }) => id);
  const rest = images.length - names.length;
  return names.join(", ") + (rest ? ` and ${rest} more` : "");
}
