/** A data set: its images, classes and what is wrong with it; parts of it are data sets too. */
import { basename, resolve } from "path";
import type { ImageRecord, ImageGroundTruth } from "../types";
import { formatProblem, Problem } from "./checks";
import { patientFolds } from "./folds";
import { readDataset, ReadOptions } from "./formats/yolo/read-yolo";
import { imageGroundTruth } from "./ground-truth";

/** Names under which a data set may keep its validation images. */
const VALIDATION_SPLITS = ["val", "valid", "validation"];

/** One patient in so many is held out, unless the configuration says otherwise. */
const HOLD_OUT = 5;

/** A configuration is one. */
export interface PartitionRule {
  readonly seed: number;
  readonly training?: { readonly holdOut: number };
}

export interface Partition {
  readonly train: Dataset;
  readonly validation: Dataset;
  /** Null when the set has no test images. */
  readonly test: Dataset | null;
  /** How the parts came about, in a sentence. */
  readonly description: string;
}

/**
 * Reads a YOLO-format data set and checks all of it; `problems` holds what was found. Throws when
 * the folder holds no data set.
 */
export async function openDataset(path: string, options: ReadOptions = {}): Promise<Dataset> {
  const root = resolve(path);
  const { images, classNames, problems } = await readDataset(root, options);
  return new Dataset({
    root,
    classNames,
    images,
    problems,
    patientPattern: options.patientPattern,
  });
}

/** What a data set is made of. */
export interface DatasetParts {
  /** Absolute path of its folder. */
  readonly root: string;
  readonly classNames: readonly string[];
  readonly images: readonly ImageRecord[];
  /** Errors before warnings. */
  readonly problems?: readonly Problem[];
  /** How patients were recognized in file names; undefined is the usual way. */
  readonly patientPattern?: RegExp;
}

export class Dataset implements DatasetParts {
  readonly root: string;
  readonly classNames: readonly string[];
  readonly images: readonly ImageRecord[];
  readonly problems: readonly Problem[];
  readonly patientPattern?: RegExp;

  constructor({ root, classNames, images, problems = [], patientPattern }: DatasetParts) {
    this.root = root;
    this.classNames = classNames;
    this.images = images;
    this.problems = problems;
    this.patientPattern = patientPattern;
  }

  /** The folder's name. */
  get name(): string {
    return basename(this.root);
  }

  get splits(): string[] {
    return Array.from(new Set(this.images.map(({ split }) => split)));
  }

  get patients(): string[] {
    return Array.from(new Set(this.images.map(({ patient }) => patient))).sort();
  }

  get boxCount(): number {
    return this.images.reduce((sum, { annotations }) => sum + annotations.length, 0);
  }

  /** Itself, when it has no errors; else throws with all of them. */
  requireValid(): this {
    const errors = this.problems.filter(({ severity }) => severity === "error");
    if (errors.length) {
      throw new Error(
        `${this.root} has ${errors.length} error${errors.length === 1 ? "" : "s"}; nothing was trained:\n${errors.map(formatProblem).join("\n")}`,
      );
    }
    return this;
  }

  /** The images for which `keep` holds, as a data set. */
  subset(keep: (image: ImageRecord) => boolean): Dataset {
    return new Dataset({ ...this, images: this.images.filter(keep) });
  }

  /** The images of one split; throws with the names there are. */
  split(name: string): Dataset {
    if (!this.splits.includes(name))
      throw new Error(`${this.root} has no split '${name}', only ${this.splits.join(", ")}`);
    return this.subset((image) => image.split === name);
  }

  /**
   * k ways to hold out a part of the patients; every patient is held out once. The same for the
   * same seed.
   */
  foldsByPatient(k: number, { seed }: { seed: number }): { train: Dataset; validation: Dataset }[] {
    return patientFolds(this.images, k, seed).map((patients) => {
      const held = new Set(patients);
      return {
        train: this.subset(({ patient }) => !held.has(patient)),
        validation: this.subset(({ patient }) => held.has(patient)),
      };
    });
  }

  /**
   * Training, validation and test part: the set's own splits, and where it has no validation one,
   * some of the training patients.
   * @param rule `training.holdOut`: one patient in so many is held out
   */
  partition({ seed, training: { holdOut } = { holdOut: HOLD_OUT } }: PartitionRule): Partition {
    const own = VALIDATION_SPLITS.find((name) => this.splits.includes(name));
    const test = this.splits.includes("test") ? this.split("test") : null;
    const isTraining = ({ split }: ImageRecord) => split !== own && split !== "test";
    if (own) {
      const description = `The set's own splits: ${this.splits.join(", ")}.`;
      return { train: this.subset(isTraining), validation: this.split(own), test, description };
    }
    const [fold] = this.subset(isTraining).foldsByPatient(holdOut, { seed });
    const description =
      `The set has no validation split: ${fold.validation.patients.length} of its ${this.subset(isTraining).patients.length} ` +
      `training patients (one in ${holdOut}, seed ${seed}) were held out for it${test ? "" : ", and it has no test split"}.`;
    return { ...fold, test, description };
  }

  /**
   * All images but those of a test split: what choices may be made on, and what a last training
   * may use.
   */
  withoutTest(): Dataset {
    return this.subset(({ split }) => split !== "test");
  }

  /** What evaluation compares detections to. */
  groundTruths(): ImageGroundTruth[] {
    return this.images.map(imageGroundTruth);
  }
}
