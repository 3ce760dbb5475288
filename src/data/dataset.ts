/** Data sets: images with their annotations, and the ways to divide them. */
import { basename, resolve } from "path";
import type { ImageRecord, ImageGroundTruth, ValueRange } from "../types";
import { formatProblem, type Problem } from "./checks";
import { patientFolds } from "./folds";
import { imageGroundTruth } from "./ground-truth";
import { readDataset, type ReadOptions } from "./read-dataset";
import { isTestSplit, isValidationSplit } from "./splits";

/** One patient in this many is held out, unless the configuration says otherwise. */
const HOLD_OUT = 5;

/** How a data set is divided for training. A configuration is one. */
export interface PartitionRule {
  /** Chooses the patients that are held out. */
  readonly seed: number;
  /** `holdOut`: one patient in this many is held out for validation. */
  readonly training?: { readonly holdOut: number };
}

/** The parts of a data set that training uses. */
export interface Partition {
  readonly train: Dataset;
  readonly validation: Dataset;
  /** Null if the data set has no test images. */
  readonly test: Dataset | null;
  /** Where the parts come from, in one sentence. */
  readonly description: string;
}

/** What a data set consists of. */
export interface DatasetParts {
  /** Absolute path of its folder. */
  readonly root: string;
  /** By class index. */
  readonly classNames: readonly string[];
  readonly images: readonly ImageRecord[];
  /** What is wrong with it; errors before warnings. */
  readonly problems?: readonly Problem[];
  /** Remarks for people to read that are not problems. */
  readonly notes?: readonly string[];
  /** How patients were found in file names; undefined for the default. */
  readonly patientPattern?: RegExp;
}

/**
 * Reads a data set and checks all of it; `problems` has what is wrong.
 * @param path its folder
 * @param options how it is read
 * @throws when the folder is not a data set
 * @example
 * const dataset = await openDataset("data/sample");
 * const { train, validation } = dataset.partition({ seed: 1 });
 */
export async function openDataset(path: string, options: ReadOptions = {}): Promise<Dataset> {
  const root = resolve(path);
  const { images, classNames, problems, notes } = await readDataset(root, options);
  const { patientPattern } = options;
  return new Dataset({ root, classNames, images, problems, notes, patientPattern });
}

/**
 * A data set, or a part of one.
 * @example
 * const test = (await openDataset("data/sample")).split("test");
 * test.images.length;
 */
export class Dataset implements DatasetParts {
  readonly root: string;
  readonly classNames: readonly string[];
  readonly images: readonly ImageRecord[];
  readonly problems: readonly Problem[];
  readonly notes: readonly string[];
  readonly patientPattern?: RegExp;

  constructor({
    root,
    classNames,
    images,
    problems = [],
    notes = [],
    patientPattern,
  }: DatasetParts) {
    this.root = root;
    this.classNames = classNames;
    this.images = images;
    this.problems = problems;
    this.notes = notes;
    this.patientPattern = patientPattern;
  }

  /** Name of the folder. */
  get name(): string {
    return basename(this.root);
  }

  /** Names of the splits, in the order of the images. */
  get splits(): string[] {
    return Array.from(new Set(this.images.map(({ split }) => split)));
  }

  /** All patients, sorted. */
  get patients(): string[] {
    return Array.from(new Set(this.images.map(({ patient }) => patient))).sort();
  }

  /**
   * The values that become black and white in its images of more than 8 bits; null if it has none.
   */
  get valueRange(): ValueRange | null {
    return this.images.find(({ valueRange }) => valueRange)?.valueRange ?? null;
  }

  /** Number of ground-truth boxes. */
  get boxCount(): number {
    return this.images.reduce((sum, { annotations }) => sum + annotations.length, 0);
  }

  /**
   * Returns the data set itself if it has no errors.
   * @throws with all errors, if there are any
   */
  requireValid(): this {
    const errors = this.problems.filter(({ severity }) => severity === "error");
    if (errors.length) {
      throw new Error(
        `${this.root} has ${errors.length} error${errors.length === 1 ? "" : "s"}; nothing was trained:\n${errors.map(formatProblem).join("\n")}`,
      );
    }
    return this;
  }

  /** The images for which `isIncluded` is true, as a data set. */
  subset(isIncluded: (image: ImageRecord) => boolean): Dataset {
    return new Dataset({ ...this, images: this.images.filter(isIncluded) });
  }

  /**
   * The images of one split.
   * @throws when there is no split of this name; the message lists those that there are
   */
  split(name: string): Dataset {
    if (!this.splits.includes(name))
      throw new Error(`${this.root} has no split '${name}', only ${this.splits.join(", ")}`);
    return this.subset((image) => image.split === name);
  }

  /**
   * Divides the data set k times into a training and a validation part. All images of a patient are
   * in the same part, and each patient is in one validation part.
   * @param options.seed the same seed gives the same folds
   * @throws when there are fewer than k patients
   */
  foldsByPatient(
    k: number,
    options: { readonly seed: number },
  ): { train: Dataset; validation: Dataset }[] {
    return patientFolds(this.images, k, options.seed).map((patients) => {
      const heldOut = new Set(patients);
      return {
        train: this.subset(({ patient }) => !heldOut.has(patient)),
        validation: this.subset(({ patient }) => heldOut.has(patient)),
      };
    });
  }

  /**
   * Divides the data set into training, validation and test images: by its own splits, or, if it
   * has no validation split, by holding out patients of the training images.
   */
  partition(rule: PartitionRule): Partition {
    const { seed, training: { holdOut } = { holdOut: HOLD_OUT } } = rule;
    const validation = this.subset(({ split }) => isValidationSplit(split));
    const testImages = this.subset(({ split }) => isTestSplit(split));
    const test = testImages.images.length ? testImages : null;
    const train = this.subset(({ split }) => !isValidationSplit(split) && !isTestSplit(split));
    if (validation.images.length) {
      const description = `The set's own splits: ${this.splits.join(", ")}.`;
      return { train, validation, test, description };
    }
    const [fold] = train.foldsByPatient(holdOut, { seed });
    const description =
      `The set has no validation split: ${fold.validation.patients.length} of its ${train.patients.length} ` +
      `training patients (one in ${holdOut}, seed ${seed}) were held out for it${test ? "" : ", and it has no test split"}.`;
    return { ...fold, test, description };
  }

  /** All images except those of a test split: the ones that choices may be based on. */
  withoutTest(): Dataset {
    return this.subset(({ split }) => !isTestSplit(split));
  }

  /** The ground truth of each image, in pixels of the original image. */
  groundTruths(): ImageGroundTruth[] {
    return this.images.map(imageGroundTruth);
  }
}
