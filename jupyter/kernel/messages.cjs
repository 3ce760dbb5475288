/**
 * The messages of tslab 1.0.22 to the notebook: none is lost in a burst, and the kernel is busy
 * while cells wait for their turn.
 */
"use strict";

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

/**
 * All text that a cell writes in one turn of the event loop becomes one message. The output of a
 * stopped cell is dropped.
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
    try {
      return await execute.call(this, request, writeLater, displayAfterText);
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
