/** Notices that the process was killed that would have ended this one. */
"use strict";

/** Milliseconds between two looks at the parent process. */
const POLL = 500;

/**
 * Calls `work` once when the parent process is gone: a process without a parent gets another one.
 * @param parent the number of the parent process
 * @param work
 */
exports.whenParentEnds = (parent, work) => {
  const watch = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(watch);
    work();
  }, POLL);
  watch.unref();
};

/**
 * Ends this process with its parent. Work in progress ends as after SIGTERM.
 * @param parent the number of the parent process
 */
exports.endWithParent = (parent = process.ppid) =>
  exports.whenParentEnds(parent, () => process.kill(process.pid, "SIGTERM"));
