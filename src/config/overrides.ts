/** Reads overrides of a preset from a file. */
import { readFileSync } from "fs";
import type { Document } from "yaml";
import type { Config } from "./types";
import { checkNames } from "./check";
import type { Overrides } from "./configure";
import { isRecord } from "../util/record";
import { requireNamedFile } from "../util/regular-file";

/**
 * Reads overrides for `configure` from a YAML or JSON file (JSON is a part of YAML), for example
 * `training: { epochs: 5 }`. Names are checked; `checkConfig` checks the values later.
 * @throws with file and line when the file is not valid YAML
 * @throws when a name is not the name of a setting, with the setting that was probably meant
 */
export function readOverrides(path: string): Overrides<Config> {
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- an import would load it with this file
  const { LineCounter, parseDocument } = require("yaml") as typeof import("yaml");
  const lines = new LineCounter();
  requireNamedFile(path);
  const document = parseDocument(readFileSync(path, "utf8"), {
    lineCounter: lines,
    prettyErrors: false,
  });
  const [error] = [...document.errors, ...document.warnings];
  if (error) {
    const { line, col } = lines.linePos(error.pos[0]);
    throw new Error(`${path}:${line}:${col}: not valid YAML or JSON: ${error.message}`);
  }
  const overrides = toPlainValue(document, path) ?? {};
  if (!isRecord(overrides))
    throw new Error(`${path}:1: the file must hold groups of settings: training: { epochs: 5 }`);
  checkNames(overrides, path);
  return overrides;
}

function toPlainValue(document: Document, path: string): unknown {
  try {
    // Nested aliases can expand to more data than fits into memory, and overrides do not need them.
    return document.toJS({ maxAliasCount: 0 });
  } catch (error) {
    throw new Error(`${path}: aliases (*name) are not allowed: write the value instead`, {
      cause: error,
    });
  }
}
