/** Errors as text whose lines name cells and TypeScript files, without those of the kernel. */
"use strict";

const { existsSync, readFileSync } = require("fs");
const { SourceMap } = require("module");
const { relative, sep } = require("path");
const {
  inspect,
  types: { isNativeError },
} = require("util");

const FRAME = /^\s+at (?:(.*) \(|async )?((?:file:\/\/)?[^()]+):(\d+):(\d+)\)?$/;
/** Node writes the JavaScript line that throws before the error: a line of a cell or of a module. */
const EXCERPT = /^(?:cell-\d+\.ts|evalmachine\.<anonymous>|node:[\w/]+):\d+\n[^]*?\n\s*\^+\n\n/;
const CELL = /^cell-(\d+)\.ts$/;
/** Modules of Node, and packages: tslab is one of them. */
const HIDDEN = /^node:|[\\/]node_modules[\\/]|[\\/]jupyter[\\/]/;
/** Frames of an error that Node keeps: those of TensorFlow.js alone are more than ten. */
const KEPT_FRAMES = 60;
/** Frames of an error that are printed, with the last one. */
const PRINTED_FRAMES = 10;
/** Sources of the last cells that are remembered. */
const CELLS = 200;

const cells = new Map();

/**
 * Remembers a cell, so that errors can name its lines.
 * @param number of the cell
 * @param cell
 * @param cell.source its TypeScript
 * @param cell.modules the JavaScript between it and the CommonJS module that runs
 */
exports.rememberCell = (number, cell) => {
  cells.set(number, cell);
  cells.delete(number - CELLS);
};

/**
 * The text of an error: its name and message, its own properties and causes, and where it was
 * thrown.
 * @param ts the compiler
 */
exports.errorText = (ts, error) => inspect(readableError(ts, error), { depth: 1 });

/**
 * Makes every error readable that is printed, not only those that end a cell: the error of a
 * promise without `await`, of a timer, or in `console.log(error)`.
 * @param ts the compiler
 */
exports.inspectErrors = (ts) => {
  Error.stackTraceLimit = KEPT_FRAMES;
  // The property `stack` of all errors, also that of `console.trace`.
  Error.prepareStackTrace = (error, frames) => {
    const lines = frames.map((frame) => `    at ${frame}`);
    return withoutKernel(ts, [Error.prototype.toString.call(error), ...lines].join("\n"));
  };
  Object.defineProperty(Error.prototype, inspect.custom, {
    configurable: true,
    writable: true,
    value() {
      // The objects of `readableError` are not native errors: Node prints them.
      return isNativeError(this) ? exports.errorText(ts, this) : this;
    },
  });
};

/** An error with another stack. Node prints it with the other properties. */
function readableError(ts, error) {
  const stack = { value: withoutKernel(ts, String(error.stack ?? error)) };
  // The message of a failed assertion says what its properties say.
  const isAssertion = error.code === "ERR_ASSERTION";
  const properties = { ...(!isAssertion && Object.getOwnPropertyDescriptors(error)), stack };
  const { cause } = error;
  if (isNativeError(cause)) properties.cause = { value: readableError(ts, cause) };
  return Object.create(error, properties);
}

/** The first frames of a stack and its last one, which is most often the line of the cell. */
function withoutKernel(ts, stack) {
  const lines = stack.replace(EXCERPT, "").split("\n");
  const isReadable = !lines.some((line) => FRAME.test(line));
  if (isReadable) return lines.join("\n");
  const texts = [];
  const later = [];
  let printed = 0;
  for (const line of lines) {
    if (!/^\s+at /.test(line)) texts.push(line);
    else if (printed === PRINTED_FRAMES - 1) later.push(line);
    else {
      const text = frameText(ts, line);
      if (text === null) continue;
      texts.push(text);
      printed++;
    }
  }
  const visible = later.filter((line) => FRAME.test(line) && !HIDDEN.test(FRAME.exec(line)[2]));
  let last = null;
  while (visible.length && last === null) last = frameText(ts, visible.pop());
  if (visible.length) texts.push("    …");
  if (last !== null) texts.push(last);
  return texts.join("\n");
}

/** The name and the place of a frame; null for a frame of the kernel, of Node or of a package. */
function frameText(ts, line) {
  const frame = FRAME.exec(line);
  if (!frame) return null;
  const [, fullName = "", file, row, column] = frame;
  // tslab calls the functions of earlier cells as methods of a proxy.
  const name = fullName.replace(/^(async )?Proxy\./, "$1");
  if (HIDDEN.test(file)) return null;
  const position = { row: Number(row), column: Number(column) };
  const place = placeOf(ts, file.replace(/^file:\/\//, ""), position);
  if (place === null) return null;
  const isNamed = name && !/^(Object\.|async )?<anonymous>$/.test(name);
  return isNamed ? `    at ${name} (${place})` : `    at ${place}`;
}

/** The place of a frame in words; null for the function that tslab puts around a cell. */
function placeOf(ts, file, position) {
  const [, number] = CELL.exec(file) ?? [];
  if (number) {
    const cell = cells.get(Number(number));
    if (!cell) return `cell [${number}]`;
    const row = originalRow(ts, cell, position);
    return row ? `cell [${number}], line ${row}` : null;
  }
  const source = file.replace(/\.js$/, ".ts");
  const name = relative(process.cwd(), source).split(sep).join("/");
  if (source === file || !existsSync(source)) return `${name}:${position.row}`;
  return `${name}:${originalRow(ts, { source: readFileSync(source, "utf8") }, position) ?? 1}`;
}

/**
 * The line of TypeScript that a line of JavaScript was made from. tslab keeps no source maps, so
 * its two steps are done again with maps: to JavaScript with `import`, and from it to CommonJS.
 * @returns from 1; undefined when no line of TypeScript belongs to it
 */
function originalRow(ts, { source, modules }, { row, column }) {
  const first = transpiled(ts, source, ts.ModuleKind.ESNext);
  const second = transpiled(ts, modules ?? first.outputText, ts.ModuleKind.CommonJS);
  if (row > second.outputText.trimEnd().split("\n").length) return undefined;
  const between = entry(second, { row: row - 1, column: column - 1 });
  const original = between && entry(first, between);
  return original && original.row + 1;
}

function transpiled(ts, source, module) {
  return ts.transpileModule(source, {
    compilerOptions: {
      module,
      target: ts.ScriptTarget.ES2022,
      esModuleInterop: true,
      noImplicitUseStrict: true,
      sourceMap: true,
    },
  });
}

function entry({ sourceMapText }, { row, column }) {
  const { originalLine, originalColumn } = new SourceMap(JSON.parse(sourceMapText)).findEntry(
    row,
    column,
  );
  return originalLine === undefined ? undefined : { row: originalLine, column: originalColumn };
}
