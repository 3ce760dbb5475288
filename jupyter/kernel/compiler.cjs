/**
 * The compiler of tslab 1.0.22 in long sessions: a file that is added below the folder of the
 * kernel does not break later cells; an edited source runs also when a file between it and the cell
 * is unchanged; an import that was missing is found; `for await` works at the top level of a cell;
 * errors have hints.
 */
"use strict";

const { existsSync } = require("fs");
const { dirname, resolve } = require("path");
const { hasForAwait, rewriteCell } = require("./cell-source.cjs");
const { withHints } = require("./hints.cjs");

/** Paths of the sources that were edited since the kernel last loaded them. */
const edited = new Set();

/**
 * Changes the compiler. Call it before tslab is loaded.
 * @param ts the compiler
 */
exports.patchCompiler = (ts) => {
  // converter.js allows one pending timer. The compiler asks for a second one when a folder, the
  // description of a package or a missing file changes. So only sources are watched here. A changed
  // source looks up its imports again.
  ts.sys.watchDirectory = () => ({ close() {} });
  const watchFile = ts.sys.watchFile;
  ts.sys.watchFile = (path, callback, ...rest) => {
    const isSource = path.endsWith(".ts") && !path.includes("/node_modules/") && existsSync(path);
    if (!isSource) return { close() {} };
    const noteEdit = (...event) => {
      edited.add(path);
      callback(...event);
    };
    return watchFile(path, noteEdit, ...rest);
  };
};

/**
 * converter.js does not look again for an import that was missing, because folders are not watched.
 * Here a new compiler finds it. executor.js forgets only the modules whose own source changed;
 * those that import them keep the old code. Here one change loads all modules again.
 * @param options
 * @param options.ts the compiler
 * @param options.createConverter tslab's own function
 * @returns a function in its place. The result of `convert` also has the TypeScript that was
 * compiled, `source`, the JavaScript before it became a CommonJS module, `modules`, and whether all
 * modules are loaded again, `isReloading`. `takeEdited` returns the paths of the sources that were
 * edited since its last call.
 */
exports.converterForSessions =
  ({ ts, createConverter }) =>
  (options) => {
    let inner = createConverter(options);
    const outputs = new Map();
    /** What the compiler transpiled last. */
    let modules = null;
    const { transpileModule } = ts;
    ts.transpileModule = (text, ...rest) => {
      modules = text;
      return transpileModule(text, ...rest);
    };
    const convert = (declarations, cell) => {
      const source = rewriteCell(ts, cell);
      let result = inner.convert(declarations, source);
      if (result.diagnostics.some(existsNow)) {
        inner.close();
        inner = createConverter(options);
        result = inner.convert(declarations, source);
      }
      const compiled = (result.sideOutputs ?? []).filter(
        ({ path, data }) => outputs.get(path)?.data !== data,
      );
      const isReloading = compiled.some(({ path }) => outputs.has(path));
      for (const output of compiled) outputs.set(output.path, output);
      const sideOutputs = isReloading ? [...outputs.values()] : compiled;
      // tslab runs a cell as an asynchronous function when it finds an `await`.
      const hasToplevelAwait = result.hasToplevelAwait || hasForAwait(ts, source);
      const diagnostics = withHints(source, result.diagnostics);
      return {
        ...result,
        diagnostics,
        sideOutputs,
        hasToplevelAwait,
        source,
        modules,
        isReloading,
      };
    };
    return {
      convert,
      takeEdited() {
        const paths = [...edited];
        edited.clear();
        return paths;
      },
      inspect: (...parameters) => inner.inspect(...parameters),
      complete: (...parameters) => inner.complete(...parameters),
      addModule: (...parameters) => inner.addModule(...parameters),
      close: () => inner.close(),
    };
  };

/** Whether a diagnostic says that a source is missing which exists by now. */
function existsNow({ messageText, fileName = "" }) {
  const [, path] = /^Cannot find module '(\.[^']*)'/.exec(messageText) ?? [];
  return path !== undefined && existsSync(`${resolve(dirname(fileName), path)}.ts`);
}
