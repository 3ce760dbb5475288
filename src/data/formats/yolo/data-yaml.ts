/**
 * Parses a `data.yaml`: class names and the folders of the splits. The folders are looked for
 * elsewhere.
 */
import { LineCounter, parseDocument } from "yaml";
import { type Problem, quoted, shortened } from "../../checks";
import { MAX_CLASSES, numberedClasses } from "../../class-names";

/**
 * Bytes; a thousand class names take a third of it. A file that is made to take a long time needs
 * more.
 */
export const MAX_YAML_BYTES = 64_000;

/** How the message begins that there are no class names. */
export const NO_NAMES = "it has no 'names'";

const SPLITS = ["train", "val", "valid", "validation", "test"];

/** The content of a `data.yaml`. */
export interface DataYaml {
  /** The folder that the splits' folders are in, as it is written; null if the file has none. */
  readonly path: string | null;
  /** One folder, or one list of images, an entry, with forward slashes. */
  readonly places: readonly { readonly split: string; readonly place: string }[];
  /** Null if the file gives neither the names nor their number. */
  readonly classNames: readonly string[] | null;
  /** Whether labels have keypoints after their boxes: `kpt_shape`. */
  readonly hasKeypoints: boolean;
  /** Whether it says where the images can be downloaded. */
  readonly hasDownload: boolean;
  readonly problems: readonly Omit<Problem, "file">[];
}

/** Reports a problem: an error, unless a severity is given. */
type ReportYaml = (message: string, severity?: Problem["severity"], line?: number) => void;

/**
 * Parses the text of a `data.yaml`. Does not throw: what is wrong with the text is in `problems`.
 */
export function parseDataYaml(text: string): DataYaml {
  const problems: Omit<Problem, "file">[] = [];
  const report: ReportYaml = (message, severity = "error", line) => {
    problems.push({ severity, message, ...(line === undefined ? {} : { line }) });
  };
  const content = parseMap(text, report);
  const nothing = { path: null, places: [], classNames: null };
  if (!content) return { ...nothing, hasKeypoints: false, hasDownload: false, problems };

  const path = content.get("path") ?? null;
  if (path !== null && typeof path !== "string")
    report(`'path' must be a folder's path, not ${describe(path)}: correct it`);
  const places = SPLITS.flatMap((split) =>
    // One folder or a list of them; a split that is named without any is left out.
    valuesOf(content, split).flatMap((place) => {
      if (typeof place === "string" && place.trim())
        return [{ split, place: withForwardSlashes(place) }];
      report(`'${split}' must be a folder's path, not ${describe(place)}: correct it`);
      return [];
    }),
  );
  const classNames = parseClassNames(content, report);
  return {
    path: typeof path === "string" ? withForwardSlashes(path) : null,
    places,
    classNames,
    hasKeypoints: Boolean(content.get("kpt_shape")),
    hasDownload: Boolean(content.get("download")),
    problems,
  };
}

/**
 * Parses the text into a map; null if that is not possible, which is reported. Maps stay maps,
 * because an object would not distinguish the keys `0` and `"0"`.
 */
function parseMap(text: string, report: ReportYaml): Map<unknown, unknown> | null {
  const lineCounter = new LineCounter();
  let content: unknown;
  try {
    const document = parseDocument(text, {
      lineCounter,
      prettyErrors: false,
      logLevel: "error",
      // As Python's YAML does: `<<: *anchor`.
      merge: true,
    });
    const lineOf = ({ pos: [start] }: { pos: readonly [number, number] }) =>
      lineCounter.linePos(start).line;
    const [error] = document.errors;
    // Converting a broken document to values can take forever.
    if (error) {
      report(`it is not YAML (${firstLine(error)}): correct the line`, "error", lineOf(error));
      return null;
    }
    for (const warning of document.warnings)
      report(
        `${firstLine(warning)}: tags have no meaning here and are ignored`,
        "warning",
        lineOf(warning),
      );
    content = document.toJS({ mapAsMap: true }) as unknown;
  } catch (error) {
    // An alias without its anchor, or aliases of aliases that would not fit into memory.
    report(
      `it is YAML that cannot be read (${firstLine(error as Error)}): write it without aliases`,
    );
    return null;
  }
  if (content === null) report("it is empty: add at least 'names', or remove the file");
  else if (!(content instanceof Map))
    report(`it has ${describe(content)} where 'names: […]' is expected: correct it`);
  return content instanceof Map ? content : null;
}

/** The values of a key in any case, as CVAT writes `Train`; of a list, each of its values. */
function valuesOf(content: ReadonlyMap<unknown, unknown>, name: string): unknown[] {
  return Array.from(content).flatMap(([key, value]) =>
    typeof key === "string" && key.toLowerCase() === name ? [value ?? []].flat() : [],
  );
}

/** A path as Windows writes it, with forward slashes. */
function withForwardSlashes(path: string): string {
  return path.trim().replace(/\\/g, "/");
}

/** The class names of a list or a map; without names, as many as `nc` says; null without both. */
function parseClassNames(
  content: ReadonlyMap<unknown, unknown>,
  report: ReportYaml,
): string[] | null {
  const names = content.get("names") ?? null;
  const count = parseCount(content.get("nc") ?? null, report);
  if (names === null) {
    const numbered =
      count === null ? "class 0, class 1 and so on" : `class 0 to class ${count - 1}`;
    report(
      `${NO_NAMES}, so the classes are called ${numbered}: add 'names: [first, second]'`,
      "warning",
    );
    return count === null ? null : numberedClasses(count);
  }
  const list = Array.isArray(names)
    ? (names as unknown[])
    : names instanceof Map
      ? valuesInOrder(names)
      : null;
  if (!list?.length || list.length > MAX_CLASSES) {
    report(
      `'names' must be a list, or a map with the keys 0, 1 and so on, of 1 to ${MAX_CLASSES} class names: write 'names: [first, second]'`,
    );
    return null;
  }
  if (count !== null && count !== list.length)
    report(`'nc' says ${count} classes, 'names' has ${list.length}: correct or remove 'nc'`);
  // The name 1 and the name "1" are the same.
  const texts = list.map((name) => (isScalar(name) ? String(name) : ""));
  return list.map((name, classId) => {
    const text = texts[classId];
    const first = texts.indexOf(text);
    if (!text.trim())
      report(
        `the name of class ${classId} is ${describe(name)}: give every class a name, in quotes if it has special characters`,
      );
    else if (first < classId)
      report(
        `classes ${first} and ${classId} are both called ${quoted(text)}: give each a name of its own`,
      );
    return text;
  });
}

/** The number of classes; null if there is none or it is invalid, which is reported. */
function parseCount(value: unknown, report: ReportYaml): number | null {
  if (value === null) return null;
  // Quotes around a number change nothing.
  const count = typeof value === "string" && /^\d+$/.test(value.trim()) ? Number(value) : value;
  if (typeof count === "number" && Number.isInteger(count) && count >= 1 && count <= MAX_CLASSES)
    return count;
  report(
    `'nc' must be the number of classes, from 1 to ${MAX_CLASSES}, not ${describe(count)}: correct or remove it`,
  );
  return null;
}

/** The values of a map with the keys 0, 1, 2 and so on, in any order; null for other keys. */
function valuesInOrder(names: ReadonlyMap<unknown, unknown>): unknown[] | null {
  const byNumber = new Map(
    Array.from(names, ([key, name]) => [typeof key === "string" ? Number(key) : key, name]),
  );
  const list = Array.from({ length: names.size }, (_, classId) => byNumber.get(classId));
  return byNumber.size === names.size && list.every((_, classId) => byNumber.has(classId))
    ? list
    : null;
}

function isScalar(value: unknown): value is string | number | boolean {
  return ["string", "number", "boolean"].includes(typeof value);
}

/** A value as a message shows it: text in quotes, and of a list or a map only that it is one. */
function describe(value: unknown): string {
  if (typeof value === "string") return quoted(value);
  if (Array.isArray(value)) return "a list";
  if (value instanceof Map) return "a map";
  return isScalar(value) ? String(value) : "empty";
}

function firstLine({ message }: Error): string {
  return shortened(message.split("\n")[0]);
}
