/**
 * What a `data.yaml` says: class names and the folders of the splits. Whatever is in the file,
 * this only reads it; folders are looked for elsewhere.
 */
import { LineCounter, parseDocument } from "yaml";
import { Problem, quoted, shortened } from "../../checks";
import { MOST_CLASSES } from "./labels";

/** Bytes; a thousand class names take a third of it. YAML that is made to be slow needs more. */
export const MOST_YAML_BYTES = 64_000;

const SPLITS = ["train", "val", "valid", "validation", "test"];

export interface DataYaml {
  /** What the folders lie below, as it is written; null where the file does not say. */
  readonly path: string | null;
  /** One folder an entry, as it is written. */
  readonly places: readonly { readonly split: string; readonly place: string }[];
  /** Null where the file gives neither names nor their number. */
  readonly classNames: readonly string[] | null;
  readonly problems: readonly Omit<Problem, "file">[];
}

/** Reads the text of a `data.yaml`. Never throws: what is wrong with it is in `problems`. */
export function parseDataYaml(text: string): DataYaml {
  const problems: Omit<Problem, "file">[] = [];
  const report = (message: string, severity: Problem["severity"] = "error", line?: number) =>
    problems.push({ severity, message, ...(line === undefined ? {} : { line }) });
  const content = parseMap(text, report);
  if (!content) return { path: null, places: [], classNames: null, problems };

  const path = content.get("path") ?? null;
  if (path !== null && typeof path !== "string")
    report(`'path' is not a folder's path but ${written(path)}: correct it`);
  const places = SPLITS.flatMap((split) =>
    // One folder or a list of them; a split that is named without any is left out.
    [content.get(split) ?? []].flat().flatMap((place: unknown) => {
      if (typeof place === "string" && place.trim()) return [{ split, place }];
      report(`'${split}' is not a folder's path but ${written(place)}: correct it`);
      return [];
    }),
  );
  const classNames = classNamesOf(content, report);
  return { path: typeof path === "string" ? path : null, places, classNames, problems };
}

type ReportYaml = (message: string, severity?: Problem["severity"], line?: number) => void;

/**
 * Maps stay maps, so that keys are what they are: an object would turn `0` and `"0"` into the
 * same. Null when there is nothing to go on.
 */
function parseMap(text: string, report: ReportYaml): Map<unknown, unknown> | null {
  const lineCounter = new LineCounter();
  let content: unknown;
  try {
    const document = parseDocument(text, { lineCounter, prettyErrors: false, logLevel: "error" });
    const lineOf = ({ pos: [start] }: { pos: readonly [number, number] }) =>
      lineCounter.linePos(start).line;
    const [error] = document.errors;
    // Made into values, a broken document can take forever.
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
    // An alias without its anchor, or aliases of aliases that would unfold to more than memory
    // holds.
    report(`it is not YAML that can be read (${firstLine(error as Error)}): write it plainly`);
    return null;
  }
  if (content === null) report("it is empty: say at least 'names', or remove the file");
  else if (!(content instanceof Map))
    report(`it says ${written(content)} where 'names: […]' is expected: correct it`);
  return content instanceof Map ? content : null;
}

/** Names as a list or a map; where there are none, as many as `nc` says. */
function classNamesOf(content: ReadonlyMap<unknown, unknown>, report: ReportYaml): string[] | null {
  const names = content.get("names") ?? null;
  const count = content.get("nc") ?? null;
  const isCount =
    typeof count === "number" && Number.isInteger(count) && count >= 1 && count <= MOST_CLASSES;
  if (count !== null && !isCount)
    report(
      `'nc' is the number of classes, from 1 to ${MOST_CLASSES}, and not ${written(count)}: correct or remove it`,
    );
  if (names === null) {
    const called = isCount ? `class 0 to class ${count - 1}` : "class 0, class 1 and so on";
    report(
      `it has no 'names', so the classes are called ${called}: add 'names: [first, second]'`,
      "warning",
    );
    return isCount ? Array.from({ length: count }, (_, classId) => `class ${classId}`) : null;
  }
  const list = Array.isArray(names)
    ? (names as unknown[])
    : names instanceof Map
      ? inOrder(names)
      : null;
  if (!list?.length || list.length > MOST_CLASSES) {
    const expected = `neither a list nor a numbered map of class names from 0 up, 1 to ${MOST_CLASSES} of them`;
    report(`'names' is ${expected}: write 'names: [first, second]'`);
    return null;
  }
  if (isCount && count !== list.length)
    report(`'nc' says ${count} classes, 'names' has ${list.length}: correct or remove 'nc'`);
  return list.map((name, classId) => {
    const called =
      typeof name === "string" || typeof name === "number" || typeof name === "boolean"
        ? String(name)
        : "";
    if (!called.trim())
      report(
        `the name of class ${classId} is ${written(name)}: give every class a name, in quotes where it is odd`,
      );
    const twin = list.indexOf(name);
    if (called.trim() && twin < classId)
      report(
        `classes ${twin} and ${classId} are both called ${quoted(called)}: give each a name of its own`,
      );
    return called;
  });
}

/** The values of a map with the keys 0, 1, 2 …, whichever stands first; null for other keys. */
function inOrder(names: ReadonlyMap<unknown, unknown>): unknown[] | null {
  const byNumber = new Map(
    Array.from(names, ([key, name]) => [typeof key === "string" ? Number(key) : key, name]),
  );
  const list = Array.from({ length: names.size }, (_, classId) => byNumber.get(classId));
  return byNumber.size === names.size && list.every((_, classId) => byNumber.has(classId))
    ? list
    : null;
}

/** A value as a message shows it: text in quotes, of anything larger its kind. */
function written(value: unknown): string {
  if (typeof value === "string") return quoted(value);
  if (Array.isArray(value)) return "a list";
  if (value instanceof Map) return "a map";
  return typeof value === "number" || typeof value === "boolean" ? String(value) : "empty";
}

function firstLine({ message }: Error): string {
  return shortened(message.split("\n")[0]);
}
