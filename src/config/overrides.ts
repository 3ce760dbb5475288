/** Overrides of a preset from a file. */
import { readFileSync } from "fs";
import { LineCounter, parseDocument, type Document } from "yaml";
import type { Config } from "./types";
import { checkNames } from "./check";
import type { Overrides } from "./configure";
import { isRecord } from "../util/record";

/**
 * What a YAML or JSON file (which is YAML too) says about a configuration, for `configure`:
 * `training: { epochs: 5 }`. Throws, with file and line, when it cannot be read as one, and with
 * what was probably meant when a name is no setting's. Values are for `checkConfig` to look at.
 */
export function readOverrides(path: string): Overrides<Config> {
  const lines = new LineCounter();
  const document = parseDocument(readFileSync(path, "utf8"), {
    lineCounter: lines,
    prettyErrors: false,
  });
  const [error] = [...document.errors, ...document.warnings];
  if (error) {
    const { line, col } = lines.linePos(error.pos[0]);
    throw new Error(`${path}:${line}:${col}: neither YAML nor JSON: ${error.message}`);
  }
  const overrides = plain(document, path) ?? {};
  if (!isRecord(overrides))
    throw new Error(`${path}:1: it is no group of settings, as in 'training: { epochs: 5 }'`);
  checkNames(overrides, path);
  return overrides;
}

function plain(document: Document, path: string): unknown {
  try {
    // An alias of an alias of an alias can stand for more than there is memory; a configuration
    // needs none.
    return document.toJS({ maxAliasCount: 0 });
  } catch (error) {
    throw new Error(`${path}: aliases (*name) are not read here: write out what they stand for`, {
      cause: error,
    });
  }
}
