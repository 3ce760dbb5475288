/** Decides which patient each image of a data set shows: from its format, its folders or names. */
import { type Problem, shortened } from "../checks";
import { columnOfPatients, type PatientChoice, patternOf } from "./choice";
import type { NamedImage } from "./candidates";
import { guessPatients, patientFolders, uploadHints } from "./guess";
import { matchNames } from "./match-names";

/** What a headline says when patients are not known. */
export const PATIENTS_UNKNOWN = "patients unknown: a leak cannot be excluded";

/** An image before its patient is known. */
export interface UnassignedImage extends NamedImage {
  readonly id: string;
  /** The patient that the format stores. */
  readonly patient?: string;
}

/** The patients of a data set. */
export interface AssignedPatients {
  /** One for each image; null where it is not known. */
  readonly patients: readonly (string | null)[];
  /** One for each image: as in `PatientGuess`. */
  readonly hints: readonly (string | null)[];
  /** Whether the patients are only a guess, which never stops a training. */
  readonly isGuess: boolean;
  /** Where the patients come from, or why they are unknown; a sentence. */
  readonly evidence: string;
  readonly problems: readonly Problem[];
}

/** How patients are looked for. */
export interface AssignOptions {
  readonly choice?: PatientChoice;
  /** Folders of these names are classes. */
  readonly classNames?: readonly string[];
  /** Where the format stores patients, for people to read, such as `the column 'pid'`. */
  readonly storedIn?: string;
}

/** How to name the patients, for messages. */
const ADVICE = "Name them with --patients PATTERN or --patients folder";

/** Finds the patient of each image. */
export function assignPatients(
  given: readonly UnassignedImage[],
  { choice, classNames, storedIn = "the format" }: AssignOptions = {},
): AssignedPatients {
  // An accent may be one character in one name of a patient, and two in another one.
  const images = given.map(({ path, patient, ...rest }) => ({
    ...rest,
    path: path.normalize("NFC"),
    ...(patient === undefined ? {} : { patient: patient.normalize("NFC") }),
  }));
  if (choice === "none")
    return unknown(images, { reason: "the option --patients none says so", advice: "" });
  const stored = images.map(({ patient }) => patient ?? null);
  const storedCount = stored.filter((patient) => patient !== null).length;
  const isColumn = storedCount > 0 && columnOfPatients(choice) !== null;
  if (storedCount && (choice === undefined || isColumn)) {
    const count = new Set(stored.filter((patient) => patient !== null)).size;
    const evidence =
      storedCount < images.length
        ? `Patients unknown: ${images.length - storedCount} of ${images.length} images have no patient in ${storedIn}.`
        : `Patients: ${count} of ${images.length} images, from ${storedIn}.`;
    return { ...assigned(stored), evidence };
  }
  if (choice === undefined) return guessed(images, classNames);
  return choice === "folder" ? byFolder(images, classNames) : byPattern(images, patternOf(choice));
}

function guessed(
  images: readonly UnassignedImage[],
  classNames?: readonly string[],
): AssignedPatients {
  const { patients, hints, evidence } = guessPatients(images, classNames);
  if (!patients) return unknown(images, { reason: evidence, hints, advice: ` ${ADVICE}.` });
  return {
    ...assigned(patients),
    isGuess: true,
    evidence: `Patients, guessed: ${evidence}. If that is wrong, use --patients.`,
  };
}

/** The patients are unknown. */
function unknown(
  images: readonly UnassignedImage[],
  options: {
    readonly reason: string;
    readonly advice: string;
    readonly hints?: readonly (string | null)[];
  },
): AssignedPatients {
  const nothing = images.map(() => null);
  return {
    ...assigned(nothing),
    hints: options.hints ?? uploadHints(images),
    evidence: `Patients unknown: ${options.reason}.${options.advice}`,
  };
}

function byFolder(
  images: readonly UnassignedImage[],
  classNames?: readonly string[],
): AssignedPatients {
  return named(images, patientFolders(images, classNames), {
    from: "the folders that they are in",
    kind: "images in no folder of a patient",
    message:
      "it is not in a folder of a patient below the folder of images, which --patients folder expects: move it, or use another value",
  });
}

/** @throws when the pattern takes too long */
function byPattern(images: readonly UnassignedImage[], given: RegExp): AssignedPatients {
  const paths = images.map(({ path }) => path);
  const names = paths.map((path) => path.slice(path.lastIndexOf("/") + 1));
  const { source, flags } = given;
  const pattern = new RegExp(source.normalize("NFC"), flags);
  const inPaths = matchNames(pattern, paths);
  const inNames = paths.some((path) => path.includes("/")) ? matchNames(pattern, names) : inPaths;
  const shown = shortened(String(given));
  return named(
    images,
    images.map((_, i) => inPaths[i] ?? inNames[i]),
    {
      from: `the pattern ${shown}`,
      kind: "names without a patient",
      message: `its name does not match the patient pattern ${shown}: rename the file or correct the pattern`,
    },
  );
}

/** Patients that the user's option names: an image without one is an error. */
function named(
  images: readonly UnassignedImage[],
  patients: readonly (string | null)[],
  words: { readonly from: string; readonly kind: string; readonly message: string },
): AssignedPatients {
  const { from, kind, message } = words;
  const missing = images.filter((_, i) => patients[i] === null);
  const count = new Set(patients.filter((patient) => patient !== null)).size;
  return {
    ...assigned(patients),
    evidence: `Patients: ${count} of ${images.length} images, from ${from}.`,
    problems: missing.map(({ id }) => ({ severity: "error", file: id, kind, message })),
  };
}

function assigned(patients: readonly (string | null)[]): Omit<AssignedPatients, "evidence"> {
  return { patients, hints: patients.map(() => null), isGuess: false, problems: [] };
}
