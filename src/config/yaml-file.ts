/** Reads a YAML or JSON file, and finds the lines of its parts. */
import { readFileSync } from "fs";
import type { Document, YAMLMap } from "yaml";
import { requireNamedFile } from "../util/regular-file";

/** The content of a file. */
export interface YamlFile {
  /** As plain values; null for an empty file. */
  readonly value: unknown;
  /**
   * The line of a member of an object, counted from 1; 1 if there is none.
   * @param names of the objects around it, and its own
   */
  readonly lineOf: (...names: readonly string[]) => number;
}

/**
 * Reads a YAML or JSON file (JSON is a part of YAML).
 * @throws with file and line when the file is not valid YAML
 */
export function readYaml(path: string): YamlFile {
  requireNamedFile(path);
  const text = readFileSync(path, "utf8");
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- an import would load it with this file
  const { LineCounter, parseDocument } = require("yaml") as typeof import("yaml");
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const [error] = [...document.errors, ...document.warnings];
  if (error) {
    const { line, col } = lines.linePos(error.pos[0]);
    throw new Error(`${path}:${line}:${col}: not valid YAML or JSON: ${error.message}`);
  }
  return {
    value: toPlainValue(document, path),
    lineOf: (...names) => {
      const around =
        names.length > 1 ? document.getIn(names.slice(0, -1), true) : document.contents;
      const pair = (around as YAMLMap<KeyNode> | null)?.items?.find(
        ({ key }) => String(key.value) === names.at(-1),
      );
      return pair?.key.range ? lines.linePos(pair.key.range[0]).line : 1;
    },
  };
}

/** A name in an object, and its place in the text. */
interface KeyNode {
  readonly value: unknown;
  readonly range?: readonly [number, number, number] | null;
}

function toPlainValue(document: Document, path: string): unknown {
  try {
    // Nested aliases can expand to more data than fits into memory, and settings do not need them.
    return document.toJS({ maxAliasCount: 0 }) as unknown;
  } catch (error) {
    throw new Error(`${path}: aliases (*name) are not allowed: write the value instead`, {
      cause: error,
    });
  }
}
