/**
 * Makes `require` read TypeScript. Commands start with this file instead of with tsx, because tsx
 * also starts a thread for ES modules, which takes longer than all the rest of a command's start.
 *
 * A file is compiled when it is loaded for the first time. The result is kept on disk together with
 * a hash of the source and of the compiler, so that a changed file is compiled again. The folder
 * can be deleted at any time.
 */
"use strict";

const { createHash } = require("crypto");
const { mkdirSync, readFileSync, renameSync, writeFileSync } = require("fs");
const Module = require("module");
const { join } = require("path");

const ROOT = join(__dirname, "..");
const FOLDER = process.env.FRCNN_COMMAND_CACHE ?? join(ROOT, "node_modules", ".cache", "commands");

const hash = (...texts) => {
  const sum = createHash("sha256");
  for (const text of texts) sum.update(text).update("\0");
  return sum.digest("hex");
};

const compiler = hash(
  readFileSync(__filename),
  readFileSync(require.resolve("esbuild/package.json")),
  readFileSync(join(ROOT, "tsconfig.json")),
);

Module._extensions[".ts"] = (module, path) => module._compile(compiled(path), path);
// Stack traces name the lines of the sources. Node then also reads the maps of all packages, which
// takes a tenth of a second, and commands print stack traces with this variable only.
if (process.env.FRCNN_DEBUG) process.setSourceMapsEnabled(true);

/** The JavaScript of a file, from the disk if the file has not changed. */
function compiled(path) {
  const source = readFileSync(path, "utf8");
  const cached = join(FOLDER, `${hash(path)}.js`);
  const mark = `\n// ${hash(compiler, source)}\n`;
  const known = readIfExists(cached);
  if (known?.endsWith(mark)) return known;
  // Not loaded at the top: a command whose files are all on the disk does not need it.
  const { code } = require("esbuild").transformSync(source, {
    loader: "ts",
    format: "cjs",
    target: `node${process.versions.node}`,
    // `import()` becomes `require` in a promise: it finds files without an ending as `import` does.
    supported: { "dynamic-import": false },
    sourcefile: path,
    sourcemap: "inline",
    tsconfigRaw: { compilerOptions: { esModuleInterop: true } },
  });
  write(cached, code + mark);
  return code;
}

function readIfExists(file) {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return null;
  }
}

/** Two commands can write at the same time: a reader finds one complete file or the other. */
function write(file, text) {
  const part = `${file}.${process.pid}`;
  try {
    mkdirSync(FOLDER, { recursive: true });
    writeFileSync(part, text);
    renameSync(part, file);
  } catch {
    // The next start compiles the file again.
  }
}
