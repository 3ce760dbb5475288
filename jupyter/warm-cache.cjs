/** Compiles the sources as a kernel does, so that the first notebook starts without delay. */
"use strict";

const { createRequire } = require("module");
const { join } = require("path");

process.chdir(join(__dirname, "..", "notebooks"));
require("./kernel-preload.cjs");
const { createConverter } = createRequire(
  join(__dirname, "..", "node_modules", "tslab", "dist", "main.js"),
)("./converter");
const converter = createConverter({ cwd: process.cwd(), isJS: false });
converter.convert("", 'import * as all from "./src/index";\nall;');
converter.close();
