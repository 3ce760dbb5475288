/**
 * Patches of tslab 1.0.22, loaded into the kernel before tslab. They repair three faults of long
 * sessions: a file that is added below the folder of the kernel breaks every later cell; output is
 * lost in bursts; an edited source does not run when a file between it and the cell is unchanged.
 * Each patch names the part of tslab that it changes.
 */
"use strict";

require("./node-shim.cjs");
const { existsSync } = require("fs");
const { createRequire } = require("module");
const { dirname, join, resolve } = require("path");
const { cacheCompiled } = require("./compile-cache.cjs");

/** The last message of each socket, as a promise that it was sent. */
const lastSent = new WeakMap();

const TSLAB = join(__dirname, "..", "node_modules", "tslab", "dist");
const fromTslab = createRequire(join(TSLAB, "main.js"));

// converter.js allows one pending timer. The compiler asks for a second one when a folder, the
// description of a package or a missing file changes. So only sources are watched here. A changed
// source looks up its imports again.
fromTslab("@tslab/typescript-for-tslab");
cacheCompiled(require.cache[fromTslab.resolve("@tslab/typescript-for-tslab")]);
const ts = fromTslab("@tslab/typescript-for-tslab");
ts.sys.watchDirectory = () => ({ close() {} });
const watchFile = ts.sys.watchFile;
ts.sys.watchFile = (path, ...rest) => {
  const isSource = path.endsWith(".ts") && !path.includes("/node_modules/") && existsSync(path);
  return isSource ? watchFile(path, ...rest) : { close() {} };
};

// converter.js does not look again for an import that was missing, because folders are not watched.
// Here a new compiler finds it. executor.js forgets only the modules whose own source changed;
// those that import them keep the old code. Here one change loads all modules again.
const converter = fromTslab("./converter");
const createConverter = converter.createConverter;
converter.createConverter = (options) => {
  let inner = createConverter(options);
  const outputs = new Map();
  const convert = (declarations, source) => {
    let result = inner.convert(declarations, source);
    if (result.diagnostics.some(existsNow)) {
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

// jupyter.js sends one message for each write and does not wait; ZeroMQ refuses to send while
// another message is on its way. Here messages wait for each other, and all text that is written in
// one turn of the event loop is one message.
const zeromq = fromTslab("zeromq");
for (const name of ["Publisher", "Router"]) {
  // The prototypes of the library cannot be changed. tslab looks up the classes when it opens its
  // sockets.
  zeromq[name] = class extends zeromq[name] {
    constructor(options) {
      // No limit: messages beyond a limit would be dropped silently while the notebook is slow.
      super({ ...options, sendHighWaterMark: 0 });
    }
    send(message) {
      const sent = (lastSent.get(this) ?? Promise.resolve()).then(() => super.send(message));
      lastSent.set(
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
  const waiting = [];
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
