/**
 * Patches of tslab 1.0.22, loaded into the kernel before tslab. They repair faults of long sessions
 * and give cells the habits of other kernels. Each file of jupyter/kernel names the part of tslab
 * that it changes.
 */
"use strict";

require("./node-shim.cjs");
const { createRequire } = require("module");
const { join } = require("path");
const { cacheCompiled } = require("./compile-cache.cjs");
const { converterForSessions, patchCompiler } = require("./kernel/compiler.cjs");
const { executorWithHabits } = require("./kernel/executor.cjs");
const { helpText } = require("./kernel/help-text.cjs");
const { linkLibrary } = require("./kernel/library-link.cjs");
const {
  busyUntilLastCell,
  ignoreUnknown,
  joinOutput,
  sendInOrder,
} = require("./kernel/messages.cjs");
const { endWithParent } = require("./kernel/parent.cjs");
const { inspectErrors } = require("./kernel/stack-traces.cjs");

linkLibrary(process.cwd());
// The folder of the notebook, as in the program that the export makes.
globalThis.__dirname = process.cwd();

const TSLAB = join(__dirname, "..", "node_modules", "tslab", "dist");
const fromTslab = createRequire(join(TSLAB, "main.js"));

const COMPILER = "@tslab/typescript-for-tslab";
fromTslab(COMPILER);
cacheCompiled(require.cache[fromTslab.resolve(COMPILER)]);
const ts = fromTslab(COMPILER);
patchCompiler(ts);
inspectErrors(ts);

const converter = fromTslab("./converter");
converter.createConverter = converterForSessions({ ts, ...converter });
const executor = fromTslab("./executor");
executor.createExecutor = executorWithHabits({ ts, ...executor });

fromTslab("./inspect").printQuickInfo = helpText;

sendInOrder(fromTslab("zeromq"));
const { JupyterHandlerImpl, ZmqServer } = fromTslab("./jupyter");
joinOutput(JupyterHandlerImpl);
busyUntilLastCell(ZmqServer);
ignoreUnknown(ZmqServer);

endWithParent();
