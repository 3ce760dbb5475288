/**
 * Loaded into the kernel before tslab, to mend what breaks long sessions in tslab 1.0.22: a file
 * added below the kernel's folder breaks every later cell, output is lost in bursts, and an edited
 * source is not run again when a file between it and the cell is unchanged. Each patch names the
 * part of tslab it changes.
 */
"use strict";

require("./node-shim.cjs");
const { existsSync } = require("fs");
const { createRequire } = require("module");
const { dirname, join, resolve } = require("path");
const { cacheCompiled } = require("./compile-cache.cjs");

/** The last message each socket was given, as a promise that it is on its way. */
const queues = new WeakMap();

const TSLAB = join(__dirname, "..", "node_modules", "tslab", "dist");
const fromTslab = createRequire(join(TSLAB, "main.js"));

// converter.js: it allows one pending timer, and the compiler asks for a second one when anything
// but a source changes that it watches: a folder, a package's description, a file that was missing.
// Only sources are watched here; a changed source looks up its imports anew.
fromTslab("@tslab/typescript-for-tslab");
cacheCompiled(require.cache[fromTslab.resolve("@tslab/typescript-for-tslab")]);
const ts = fromTslab("@tslab/typescript-for-tslab");
ts.sys.watchDirectory = () => ({ close() {} });
const watchFile = ts.sys.watchFile;
ts.sys.watchFile = (path, ...rest) => {
  const isOwnSource = path.endsWith(".ts") && !path.includes("/node_modules/") && existsSync(path);
  return isOwnSource ? watchFile(path, ...rest) : { close() {} };
};

// converter.js: an import that was not found is not looked for again, since folders are not
// watched; a new compiler finds what has come since. executor.js: it forgets only the modules whose
// own source changed; those that import them keep the old code. Here one change makes all anew.
const converter = fromTslab("./converter");
const createConverter = converter.createConverter;
converter.createConverter = (options) => {
  let inner = createConverter(options);
  const outputs = new Map();
  const convert = (declarations, source) => {
    let result = inner.convert(declarations, source);
    if (result.diagnostics.some(wasMissing)) {
      inner.close();
      inner = createConverter(options);
      result = inner.convert(declarations, source);
    }
    const compiled = (result.sideOutputs ?? []).filter(
      ({ path, data }) => outputs.get(path)?.data !== data,
    );
    const isEdited = compiled.some(({ path }) => outputs.has(path));
    for (const output of compiled) outputs.set(output.path, output);
    return { ...result, sideOutputs: isEdited ? [...outputs.values()] : compiled };
  };
  return {
    convert,
    inspect: (...given) => inner.inspect(...given),
    complete: (...given) => inner.complete(...given),
    addModule: (...given) => inner.addModule(...given),
    close: () => inner.close(),
  };
};

/** Whether a source could not be found that is there now. */
function wasMissing({ messageText, fileName = "" }) {
  const [, path] = /^Cannot find module '(\.[^']*)'/.exec(messageText) ?? [];
  return path !== undefined && existsSync(`${resolve(dirname(fileName), path)}.ts`);
}

// jupyter.js: one message a write, sent without waiting; ZeroMQ refuses a send while another is
// under way. Here sends queue up, and what is written in one turn of the event loop is one message.
const zeromq = fromTslab("zeromq");
for (const name of ["Publisher", "Router"]) {
  // The library's prototypes are closed to changes, but tslab looks its classes up when it opens
  // its sockets.
  zeromq[name] = class extends zeromq[name] {
    constructor(options) {
      // No bound: messages beyond one would be dropped without a word while the notebook is slow.
      super({ ...options, sendHighWaterMark: 0 });
    }
    send(message) {
      const sent = (queues.get(this) ?? Promise.resolve()).then(() => super.send(message));
      queues.set(
        this,
        sent.catch(() => undefined),
      );
      return sent;
    }
  };
}

const { JupyterHandlerImpl } = fromTslab("./jupyter");
const execute = JupyterHandlerImpl.prototype.handleExecuteImpl;
JupyterHandlerImpl.prototype.handleExecuteImpl = async function (
  request,
  writeStream,
  writeDisplayData,
) {
  let waiting = [];
  const flush = () => {
    for (const { name, texts } of waiting.splice(0)) writeStream(name, texts.join(""));
  };
  const writeLater = (name, text) => {
    if (!waiting.length) setImmediate(flush);
    const last = waiting[waiting.length - 1];
    if (last?.name === name) last.texts.push(text);
    else waiting.push({ name, texts: [text] });
  };
  const displayAfterText = (data, update) => {
    flush();
    writeDisplayData(data, update);
  };
  try {
    return await execute.call(this, request, writeLater, displayAfterText);
  } finally {
    flush();
  }
};
