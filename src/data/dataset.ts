/** Data sets: images with their annotations, and the ways to divide them. */
import { basename } from "path";
import { inspect } from "util";
import type { ImageRecord, ImageGroundTruth, ValueRange } from "../types";
import { userPath } from "../util/user-path";
import { formatProblem, type Problem } from "./checks";
import { changeAnnotations } from "./class-map";
import { groupFolds } from "./folds";
import { imageGroundTruth } from "./ground-truth";
import { arePatientsKnown, groupOf } from "./groups";
import { PATIENTS_UNKNOWN } from "./patients/assign-patients";
import type { PatientChoice } from "./patients/choice";
import { rangeText, trainingRange } from "./pixels/value-range";
import {
  type Evidence,
  type FormatChoice,
  formatChoice,
  readDataset,
  type ReadOptions,
} from "./read-dataset";
import type { SameImage } from "./same-images";
import { isTestSplit, isValidationSplit } from "./splits";

/** One patient, or one group, in this many is held out, unless the configuration says otherwise. */
const HOLD_OUT = 5;

/** The evidence of a data set that was not read from a folder. */
const NOT_READ: Evidence = { format: [], patients: "" };

/** How a data set is divided for training. A configuration is one. */
export interface PartitionRule {
  /** Chooses the patients, or the groups, that are held out. */
  readonly seed: number;
  /** `holdOut`: one patient, or one group, in this many is held out for validation. */
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
  /** Images in the folder that are not used, because they are there twice. */
  readonly leftOutImages?: readonly ImageRecord[];
  /** The names of a scan's channels by their number; empty if the files do not have them. */
  readonly channelNames?: readonly string[];
  /** Images that are in the folder twice. */
  readonly sameImages?: readonly SameImage[];
  /** What was recognized when the folder was read; by default nothing. */
  readonly evidence?: Evidence;
  /** Where the patients were looked for; undefined for the default. */
  readonly patientChoice?: PatientChoice;
  /** The options that it was read with; undefined for the default ones. */
  readonly formatChoice?: FormatChoice;
}

/**
 * Reads a data set and checks all of it; `problems` has what is wrong.
 * @param path its folder; in a notebook, relative to the folder `notebooks`
 * @param options how it is read
 * @throws when the path is missing, or the folder is not a data set
 * @example
 * const dataset = await openDataset("../data/sample");
 * const { train, validation } = dataset.partition({ seed: 1 });
 */
export async function openDataset(path: string, options: ReadOptions = {}): Promise<Dataset> {
  const root = userPath(path);
  const { format: _, ...read } = await readDataset(root, options);
  return new Dataset({
    root,
    ...read,
    patientChoice: options.patients,
    formatChoice: formatChoice(options),
  });
}

/**
 * A data set, or a part of one.
 * @example
 * const test = (await openDataset("../data/sample")).split("test");
 * test.images.length;
 */
export class Dataset implements DatasetParts {
  readonly root: string;
  readonly classNames: readonly string[];
  readonly images: readonly ImageRecord[];
  readonly problems: readonly Problem[];
  readonly notes: readonly string[];
  readonly leftOutImages: readonly ImageRecord[];
  readonly channelNames: readonly string[];
  readonly sameImages: readonly SameImage[];
  readonly evidence: Evidence;
  readonly patientChoice?: PatientChoice;
  readonly formatChoice?: FormatChoice;

  constructor(parts: DatasetParts) {
    this.root = parts.root;
    this.classNames = parts.classNames;
    this.images = parts.images;
    this.problems = parts.problems ?? [];
    this.notes = parts.notes ?? [];
    this.leftOutImages = parts.leftOutImages ?? [];
    this.channelNames = parts.channelNames ?? [];
    this.sameImages = parts.sameImages ?? [];
    this.evidence = parts.evidence ?? NOT_READ;
    this.patientChoice = parts.patientChoice;
    this.formatChoice = parts.formatChoice;
  }

  /** One line, which notebooks and `console.log` show. */
  [inspect.custom](): string {
    const patients = this.arePatientsKnown
      ? `${this.patients.length} patients`
      : "unknown patients";
    return `Dataset ${this.name}: ${this.images.length} images of ${patients}, ${this.boxCount} boxes; classes ${this.classNames.join(", ")}; splits ${this.splits.join(", ")}`;
  }

  /** Name of the folder. */
  get name(): string {
    return basename(this.root);
  }

  /** Names of the splits, in the order of the images. */
  get splits(): string[] {
    return Array.from(new Set(this.images.map(({ split }) => split)));
  }

  /** All patients that are known, sorted. */
  get patients(): string[] {
    const patients = new Set(this.images.map(({ patient }) => patient));
    return Array.from(patients)
      .filter((patient): patient is string => patient !== null)
      .sort();
  }

  /** Whether the patient of every image is known. */
  get arePatientsKnown(): boolean {
    return arePatientsKnown(this.images);
  }

  /**
   * The groups of images that stay in the same part, sorted: the patients where they are known,
   * elsewhere images that are alike.
   */
  get groups(): string[] {
    return Array.from(new Set(this.images.map(groupOfRecord))).sort();
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
    return this.withImages(this.images.filter(isIncluded));
  }

  /** A data set of other images, which is the same in everything else. */
  withImages(images: readonly ImageRecord[]): Dataset {
    return new Dataset({ ...this, images });
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
   * in the same part, and each patient is in one validation part. Where patients are not known, the
   * same holds for groups of images that are alike. The values that become black and white in
   * images of more than 8 bits are those of the training part.
   * @param options.seed the same seed gives the same folds
   * @throws when there are fewer than k patients or groups
   */
  foldsByPatient(
    k: number,
    options: { readonly seed: number },
  ): { train: Dataset; validation: Dataset }[] {
    return groupFolds(this.images, k, options.seed).map((groups) => {
      const heldOut = new Set(groups);
      const train = this.subset((image) => !heldOut.has(groupOfRecord(image)));
      const validation = this.subset((image) => heldOut.has(groupOfRecord(image)));
      const range = trainingRange(train.images);
      return { train: train.withValueRange(range), validation: validation.withValueRange(range) };
    });
  }

  /**
   * The same images with another range for those of more than 8 bits.
   * @param range the values that become black and white; null does not change the images
   */
  withValueRange(range: ValueRange | null): Dataset {
    if (!range) return this;
    return this.withImages(
      this.images.map((image) => (image.valueRange ? { ...image, valueRange: range } : image)),
    );
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
    const isKnown = this.arePatientsKnown;
    const warning = isKnown ? "" : ` ${sentence(PATIENTS_UNKNOWN)}`;
    if (validation.images.length) {
      const description = `The set's own splits: ${this.splits.join(", ")}.${warning}`;
      return { train, validation, test, description };
    }
    // Of fewer patients than that, one is held out.
    const folds = Math.max(2, Math.min(holdOut, train.groups.length));
    const [fold] = train.foldsByPatient(folds, { seed });
    const unit = isKnown ? "training patients" : "groups of training images";
    const range = fold.train.valueRange;
    const description =
      `The set has no validation split: ${fold.validation.groups.length} of its ${train.groups.length} ` +
      `${unit} (one in ${folds}, seed ${seed}) were held out for it${test ? "" : ", and it has no test split"}.${warning}` +
      (range ? ` Values from ${rangeText(range)} of its training part become black to white.` : "");
    return { ...fold, test, description };
  }

  /**
   * The same images with other class indices.
   * @param classNames the new names, by class index
   * @param indices the new index of each class; null for a class whose boxes are taken away
   */
  withClasses(classNames: readonly string[], indices: readonly (number | null)[]): Dataset {
    const changed = (image: ImageRecord): ImageRecord => ({
      ...image,
      annotations: changeAnnotations(image.annotations, { places: indices }),
    });
    return new Dataset({
      ...this,
      classNames,
      images: this.images.map(changed),
      leftOutImages: this.leftOutImages.map(changed),
      sameImages: this.sameImages.map((pair) => ({
        ...pair,
        first: changed(pair.first),
        second: changed(pair.second),
        leftOut: pair.leftOut && changed(pair.leftOut),
      })),
    });
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

function groupOfRecord(image: ImageRecord): string {
  return groupOf(image, image.id);
}

function sentence(text: string): string {
  return `${text[0].toUpperCase()}${text.slice(1)}.`;
}
