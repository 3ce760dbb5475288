/** Checks the contents of a `run.json`, which people can edit. */

/** Whether a part of a manifest is what it has to be, and what that is. */
type Check = readonly [name: string, isValid: (value: unknown) => boolean, expected: string];

const PARTS = ["train", "validation"] as const;
type TextsOfParts = Readonly<Record<(typeof PARTS)[number], readonly string[]>>;

const CHECKS: readonly Check[] = [
  ["config", isObject, "the settings of the run"],
  [
    "classNames",
    (value) => isTextList(value) && value.length > 0,
    "a list of at least one class name",
  ],
  ["images", isTextsOfParts, "the lists 'train' and 'validation' of image names"],
];

const OPTIONAL_CHECKS: readonly Check[] = [
  ["fingerprints", isTextsOfParts, "the lists 'train' and 'validation' of fingerprints"],
  ["dataHash", isText, "a text"],
  ["data", isText, "a text"],
  ["source", (value) => isObject(value) && isText(value.folder), "an object with a 'folder'"],
  [
    "initial",
    (value) =>
      isObject(value) &&
      isText(value.run) &&
      isText(value.sha256) &&
      (value.fingerprints === null || isTextList(value.fingerprints)),
    "an object with 'run', 'sha256' and 'fingerprints'",
  ],
  ["software", isObject, "an object"],
  ["epochs", isNumber, "a number"],
  ["minutes", isNumber, "a number"],
  ["best", (value) => value === null || isObject(value), "an object or null"],
];

/**
 * Checks that a value is the manifest of a run, and fills in what older files may lack.
 * @param file path of the file, for the message
 * @throws when a part is missing or of another kind; the message names the part
 */
export function requireManifest(value: unknown, file: string): Record<string, unknown> {
  if (!isObject(value)) throw new Error(`${file}: it does not hold the manifest of a run`);
  const wrong =
    CHECKS.find(([name, isValid]) => !isValid(value[name])) ??
    OPTIONAL_CHECKS.find(([name, isValid]) => value[name] !== undefined && !isValid(value[name]));
  if (wrong) {
    const [name, , expected] = wrong;
    const what = value[name] === undefined ? "is missing" : "has another content";
    throw new Error(
      `${file}: '${name}' ${what}; it must be ${expected}. Put the file back as the training wrote it, or train again`,
    );
  }
  const { images, fingerprints } = value as Record<string, TextsOfParts | undefined>;
  if (fingerprints && PARTS.some((part) => fingerprints[part].length !== images![part].length))
    throw new Error(
      `${file}: 'fingerprints' must have one entry for each of the 'images'. Put the file back as the training wrote it, or train again`,
    );
  return { data: "", software: {}, epochs: 0, minutes: 0, best: null, ...value };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isText(value: unknown): value is string {
  return typeof value === "string";
}

function isNumber(value: unknown): boolean {
  return typeof value === "number" && Number.isFinite(value);
}

function isTextList(value: unknown): value is string[] {
  return Array.isArray(value) && value.every(isText);
}

function isTextsOfParts(value: unknown): boolean {
  return isObject(value) && PARTS.every((part) => isTextList(value[part]));
}
