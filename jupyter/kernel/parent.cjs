/** Ends the kernel when JupyterLab was killed and could not end it. */
"use strict";

/** Milliseconds between two looks at the parent process. */
const POLL = 1000;

/** A process without a parent gets another one. Work in progress ends as after SIGTERM. */
exports.endWithParent = () => {
  const parent = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(watch);
    process.kill(process.pid, "SIGTERM");
  }, POLL);
  watch.unref();
};
