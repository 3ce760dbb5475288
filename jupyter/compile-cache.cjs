/**
 * A cache on disk of the compiled sources of this project. Without it, every kernel checks and
 * compiles all of them before its first cell runs.
 *
 * The cache is used only when all sources, the compiler and the installed packages are those that
 * it was written for. Sources are not checked again only when they were checked without an error.
 * The folder can be deleted at any time.
 */
"use strict";

const { createHash } = require("crypto");
const {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} = require("fs");
const { join, resolve, sep } = require("path");

const ROOT = join(__dirname, "..");
const FOLDER =
  process.env.FRCNN_KERNEL_CACHE ?? join(ROOT, "node_modules", ".cache", "notebook-kernel");
/** States of the sources in the cache, at most. */
const MAX_STATES = 4;

const hash = (...texts) => {
  const sum = createHash("sha256");
  for (const text of texts) sum.update(text).update("\0");
  return sum.digest("hex");
};

/**
 * Puts the cache between tslab and its compiler. Call it before tslab is loaded.
 * @param module the entry of the compiler in require.cache
 */
exports.cacheCompiled = (module) => {
  const ts = module.exports;
  const lock = join(ROOT, "package-lock.json");
  const installed = hash(
    ts.version,
    process.version,
    existsSync(lock) ? readFileSync(lock) : "",
    readFileSync(__filename),
  );
  /** The link to the sources beside the notebooks, where tslab looks for them. */
  const sources = resolve("src") + sep;
  const isSource = (path) => path.startsWith(sources);
  const sourcesOf = (program) =>
    program.getSourceFiles().filter(({ fileName }) => isSource(fileName));

  /** States by program. Every cell makes new programs of mostly the same files. */
  const states = new WeakMap();
  let latest = null;
  /** The state of the sources that are compiled at the moment. */
  let compiling = null;

  /** The cache for exactly the sources of a program. */
  const stateOf = (program) => {
    if (states.has(program)) return states.get(program);
    const versions = sourcesOf(program).map(({ fileName, version }) => `${fileName} ${version}`);
    const key = hash(installed, sources, ...versions.sort());
    if (latest?.key !== key) latest = new State(key);
    states.set(program, latest);
    return latest;
  };

  const getPreEmitDiagnosticsOfFiles = (program, files, ...rest) => {
    const state = stateOf(program);
    const unchecked = state.isClean ? files.filter(({ fileName }) => !isSource(fileName)) : files;
    const diagnostics = ts.getPreEmitDiagnosticsOfFiles(program, unchecked, ...rest);
    const all = sourcesOf(program);
    const hasError = diagnostics.some(({ file }) => file && isSource(file.fileName));
    // tslab does not ask for declaration files: they have nothing to run.
    const isComplete = all.every((file) => file.isDeclarationFile || files.includes(file));
    if (!hasError && all.length && isComplete) state.setClean();
    return diagnostics;
  };

  /**
   * From the output of the compiler to the code that Node runs. The result depends on nothing but
   * this output and the options.
   */
  const transpileModule = (source, options) => {
    const key = hash(source, JSON.stringify(options));
    const outputText = compiling?.transpiled[key];
    if (outputText !== undefined) return { outputText, diagnostics: [] };
    const result = ts.transpileModule(source, options);
    compiling?.setTranspiled(key, result.outputText);
    return result;
  };

  const createWatchProgram = (host) => {
    const { afterProgramCreate } = host;
    host.afterProgramCreate = (builder) => {
      const emit = builder.emit.bind(builder);
      builder.emit = (file, write, ...rest) => {
        if (!file || !isSource(file.fileName)) return emit(file, write, ...rest);
        const state = stateOf(builder.getProgram());
        compiling = state;
        try {
          const cached = state.emitted[file.fileName];
          if (cached) {
            for (const [path, text] of cached) write(path, text);
            return { emitSkipped: false, diagnostics: [] };
          }
          const outputs = [];
          const result = emit(
            file,
            (path, text, ...more) => {
              outputs.push([path, text]);
              write(path, text, ...more);
            },
            ...rest,
          );
          state.setEmitted(file.fileName, outputs);
          return result;
        } finally {
          compiling = null;
        }
      };
      afterProgramCreate(builder);
    };
    return ts.createWatchProgram(host);
  };

  // A copy, because the exports of the compiler cannot be replaced.
  module.exports = { ...ts, getPreEmitDiagnosticsOfFiles, transpileModule, createWatchProgram };
};

/**
 * The cache for one state of the sources. Additions are written after the compilation of a cell.
 */
class State {
  constructor(key) {
    this.key = key;
    this.file = join(FOLDER, `${key}.json`);
    const cached = existsSync(this.file) ? JSON.parse(readFileSync(this.file, "utf8")) : {};
    this.isClean = cached.isClean ?? false;
    this.emitted = cached.emitted ?? {};
    this.transpiled = cached.transpiled ?? {};
    this.isWaiting = false;
  }

  setClean() {
    if (this.isClean) return;
    this.isClean = true;
    this.save();
  }

  setEmitted(file, outputs) {
    this.emitted[file] = outputs;
    this.save();
  }

  setTranspiled(key, text) {
    this.transpiled[key] = text;
    this.save();
  }

  save() {
    if (this.isWaiting) return;
    this.isWaiting = true;
    setImmediate(() => {
      this.isWaiting = false;
      const { isClean, emitted, transpiled } = this;
      mkdirSync(FOLDER, { recursive: true });
      // Two kernels can write at the same time: a reader finds one complete file or the other.
      const part = `${this.file}.${process.pid}`;
      writeFileSync(part, JSON.stringify({ isClean, emitted, transpiled }));
      renameSync(part, this.file);
      removeOldStates();
    });
  }
}

function removeOldStates() {
  const modified = (file) => statSync(join(FOLDER, file)).mtimeMs;
  const newestFirst = readdirSync(FOLDER)
    .filter((file) => file.endsWith(".json"))
    .sort((a, b) => modified(b) - modified(a));
  for (const file of newestFirst.slice(MAX_STATES)) rmSync(join(FOLDER, file), { force: true });
}
