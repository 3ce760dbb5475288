/**
 * The messages of tslab 1.0.22 to the notebook: none is lost in a burst, and the kernel is busy
 * while cells wait for their turn. What a cell prints after its end is its output. Messages that tslab
 * does not know write nothing into a cell.
 */
"use strict";

const { AsyncLocalStorage } = require("async_hooks");
const { isAbandoned } = require("./cells.cjs");

/** The last message of each socket, as a promise that it was sent. */
const lastSent = new WeakMap();

/**
 * jupyter.js sends one message for each write and does not wait; ZeroMQ refuses to send while
 * another message is on its way. Here messages wait for each other.
 * @param zeromq the library, before tslab opens its sockets
 */
exports.sendInOrder = (zeromq) => {
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
};

/** The output of the cell in which code runs, also after the cell has ended. */
const outputs = new AsyncLocalStorage();

/**
 * All text that a cell writes in one turn of the event loop becomes one message. The output of a
 * stopped cell is dropped. What a timer writes later is the output of the cell that started it, but
 * errors go to the cell that runs: a program that executes a notebook reads only this one.
 * @param Handler tslab's class that runs cells
 */
exports.joinOutput = (Handler) => {
  const execute = Handler.prototype.handleExecuteImpl;
  Handler.prototype.handleExecuteImpl = async function (request, writeStream, writeDisplayData) {
    const waiting = [];
    const flush = () => {
      for (const { name, texts } of waiting.splice(0)) writeStream(name, texts.join(""));
    };
    const writeLater = (name, text) => {
      if (isAbandoned()) return;
      if (!waiting.length) setImmediate(flush);
      const last = waiting[waiting.length - 1];
      if (last?.name === name) last.texts.push(text);
      else waiting.push({ name, texts: [text] });
    };
    const displayAfterText = (data, update) => {
      if (isAbandoned()) return;
      flush();
      writeDisplayData(data, update);
    };
    const output = { writeLater, displayAfterText };
    const outputOf = () => outputs.getStore() ?? output;
    const write = (name, text) => (name === "stderr" ? output : outputOf()).writeLater(name, text);
    const display = (data, update) => outputOf().displayAfterText(data, update);
    try {
      return await outputs.run(output, () => execute.call(this, request, write, display));
    } finally {
      flush();
    }
  };
};

/**
 * tslab says 'busy' when a cell arrives and 'idle' when it ends, so that JupyterLab shows an idle
 * kernel while the second of two cells runs. Here 'busy' follows while other cells wait.
 * @param Server tslab's class that answers the messages
 */
exports.busyUntilLastCell = (Server) => {
  const publish = Server.prototype.publishStatus;
  const cells = new Set();
  Server.prototype.publishStatus = function (status, request) {
    publish.call(this, status, request);
    if (status === "busy") {
      if (request.header.msg_type === "execute_request") cells.add(request);
      return;
    }
    cells.delete(request);
    const [next] = cells;
    if (next) publish.call(this, "busy", next);
  };
};

/** The messages that tslab answers. */
const ANSWERED = new Set([
  "kernel_info_request",
  "execute_request",
  "is_complete_request",
  "inspect_request",
  "complete_request",
  "comm_info_request",
  "shutdown_request",
]);
/** The frame before the signature and the header of a message. */
const DELIMITER = "<IDS|MSG>";

/**
 * tslab warns of messages that it does not know, and the warning is written into the running cell:
 * JupyterLab asks for the cells of earlier sessions when a kernel starts. Here it says nothing. Each
 * message still makes the kernel busy and idle: JupyterLab learns from it that the kernel lives.
 * @param Server tslab's class that answers the messages
 */
exports.ignoreUnknown = (Server) => {
  const handle = Server.prototype.handleShellMessage;
  Server.prototype.handleShellMessage = function (socket, ...frames) {
    const delimiter = frames.findIndex((frame) => String(frame) === DELIMITER);
    const { msg_type: type } = JSON.parse(frames[delimiter + 2]);
    if (ANSWERED.has(type)) return handle.call(this, socket, ...frames);
    const { warn } = console;
    console.warn = () => undefined;
    try {
      return handle.call(this, socket, ...frames);
    } finally {
      console.warn = warn;
    }
  };
};
