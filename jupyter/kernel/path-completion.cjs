/** Completion of the paths of files and folders within strings; tslab completes only names. */
"use strict";

const { readdirSync, statSync } = require("fs");
const { homedir } = require("os");
const { join, resolve } = require("path");

/** A string that is taken for a path. */
const PATH = /^(~|\.{0,2})\//;

/**
 * The files and folders with which a string before the cursor can continue.
 * @param ts the compiler
 * @param source TypeScript of a cell
 * @param position of the cursor
 * @returns completions as tslab returns them; undefined where the cursor is in no path
 */
exports.completePath = (ts, source, position) => {
  const literal = stringAt(ts, source, position);
  if (!literal) return undefined;
  const typed = source.slice(literal.getStart() + 1, position);
  if (!PATH.test(typed)) return undefined;
  const isImport = ts.isImportDeclaration(literal.parent);
  const start = position - typed.length + typed.lastIndexOf("/") + 1;
  const prefix = source.slice(start, position);
  const folder = resolve(`${typed.slice(0, typed.length - prefix.length)}.`.replace(/^~/, homedir));
  const candidates = namesIn(folder)
    .filter((name) => name.startsWith(prefix) && (prefix || !name.startsWith(".")))
    .map((name) => (isImport ? name.replace(/(\.d)?\.ts$/, "") : name));
  return { start, end: position, candidates };
};

/** The string literal around a position; a string that is being typed has no second quote. */
function stringAt(ts, source, position) {
  const file = ts.createSourceFile("cell.ts", source, ts.ScriptTarget.ES2022, true);
  let found;
  const visit = (node) => {
    if (node.getStart() >= position || node.end < position) return;
    if (ts.isStringLiteralLike(node)) found = node;
    ts.forEachChild(node, visit);
  };
  visit(file);
  const isBehind = found && position === found.end && /["'`]$/.test(found.getText().slice(1));
  return isBehind ? undefined : found;
}

/** The names in a folder; those of folders end with a slash. */
function namesIn(folder) {
  try {
    return readdirSync(folder).map((name) => (isFolder(join(folder, name)) ? `${name}/` : name));
  } catch {
    return [];
  }
}

function isFolder(path) {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}
