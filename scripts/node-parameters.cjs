/** How Node is started for a command of the project. */
"use strict";

const { join } = require("path");

const ROOT = join(__dirname, "..");

/** @returns the parameters of Node before the parameters of the command */
exports.nodeParameters = (script) => [
  ...["--require", join(ROOT, "jupyter", "node-shim.cjs")],
  // The coverage of all processes is added up by file, so that each must run the code of the tests.
  ...(process.env.NODE_V8_COVERAGE
    ? ["--import", "tsx"]
    : ["--require", join(ROOT, "scripts", "typescript.cjs")]),
  script,
];
