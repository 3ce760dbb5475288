/**
 * What the kernel compiled of this project's sources, kept on disk: without it every kernel checks
 * and compiles all of them before its first cell runs. Nothing is taken from the cache unless all
 * sources, the compiler and the installed packages are what they were when it was written, and only
 * sources that were checked without an error are not checked again. It may be deleted at any time.
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
/** Sources change often; so many of their states are kept. */
const KEPT = 4;

const hash = (...texts) => {
  const sum = createHash("sha256");
  for (const text of texts) sum.update(text).update("\0");
  return sum.digest("hex");
};

/**
 * Puts the cache between tslab and its compiler. Call it before tslab is loaded.
 * @param module the compiler's entry in require.cache
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
  /** Where tslab looks for the sources: the link beside the notebooks. */
  const sources = resolve("src") + sep;
  const isOwn = (path) => path.startsWith(sources);

  /** By program, since every cell makes new ones of mostly the same files. */
  const states = new WeakMap();
  let last = null;
  /** Whose sources are being compiled just now. */
  let compiling = null;

  /** The cache for exactly these sources. */
  const stateOf = (program) => {
    if (states.has(program)) return states.get(program);
    const own = program.getSourceFiles().filter(({ fileName }) => isOwn(fileName));
    const key = hash(
      installed,
      sources,
      ...own.flatMap(({ fileName, version }) => [`${fileName} ${version}`]).sort(),
    );
    if (last?.key !== key) last = new State(key);
    states.set(program, last);
    return last;
  };

  const getPreEmitDiagnosticsOfFiles = (program, files, ...rest) => {
    const state = stateOf(program);
    const unchecked = state.isClean ? files.filter(({ fileName }) => !isOwn(fileName)) : files;
    const found = ts.getPreEmitDiagnosticsOfFiles(program, unchecked, ...rest);
    const all = program.getSourceFiles().filter(({ fileName }) => isOwn(fileName));
    const isWrong = found.some(({ file }) => file && isOwn(file.fileName));
    if (!isWrong && all.length && all.every((file) => files.includes(file))) state.setClean();
    return found;
  };

  /**
   * From the compiler's output to what Node runs; that output and the options are all the result
   * depends on.
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
        if (!file || !isOwn(file.fileName)) return emit(file, write, ...rest);
        const state = stateOf(builder.getProgram());
        compiling = state;
        try {
          const known = state.emitted[file.fileName];
          if (known) {
            for (const [path, text] of known) write(path, text);
            return { emitSkipped: false, diagnostics: [] };
          }
          const files = [];
          const result = emit(
            file,
            (path, text, ...more) => {
              files.push([path, text]);
              write(path, text, ...more);
            },
            ...rest,
          );
          state.setEmitted(file.fileName, files);
          return result;
        } finally {
          compiling = null;
        }
      };
      afterProgramCreate(builder);
    };
    return ts.createWatchProgram(host);
  };

  // A copy, since the compiler's own exports cannot be replaced.
  module.exports = { ...ts, getPreEmitDiagnosticsOfFiles, transpileModule, createWatchProgram };
};

/**
 * What is known of one state of the sources; what is added is written when the cell's compilation
 * is over.
 */
class State {
  constructor(key) {
    this.key = key;
    this.file = join(FOLDER, `${key}.json`);
    const known = existsSync(this.file) ? JSON.parse(readFileSync(this.file, "utf8")) : {};
    this.isClean = known.isClean ?? false;
    this.emitted = known.emitted ?? {};
    this.transpiled = known.transpiled ?? {};
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
      // Two kernels may write at once: a reader sees one or the other, whole.
      const part = `${this.file}.${process.pid}`;
      writeFileSync(part, JSON.stringify({ isClean, emitted, transpiled }));
      renameSync(part, this.file);
      const age = (file) => statSync(join(FOLDER, file)).mtimeMs;
      const old = readdirSync(FOLDER)
        .filter((file) => file.endsWith(".json"))
        .sort((a, b) => age(b) - age(a));
      for (const file of old.slice(KEPT)) rmSync(join(FOLDER, file), { force: true });
    });
  }
}
