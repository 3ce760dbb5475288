/** Lets the cells of a notebook in any folder below `notebooks` import the library. */
"use strict";

const { existsSync, symlinkSync } = require("fs");
const { isAbsolute, join, relative, sep } = require("path");

const ROOT = join(__dirname, "..", "..");
const NOTEBOOKS = join(ROOT, "notebooks");
/** Cells import from `./src/index`: a link beside the notebook leads to the folder `src`. */
const LINK = "src";

/**
 * Makes the link in a folder below `notebooks` that does not have it.
 * @param folder the folder of the notebook, an absolute path
 */
exports.linkLibrary = (folder) => {
  const path = relative(NOTEBOOKS, folder);
  const isBelow = path !== "" && path.split(sep)[0] !== ".." && !isAbsolute(path);
  if (!isBelow || existsSync(join(folder, LINK))) return;
  try {
    symlinkSync(relative(folder, join(ROOT, LINK)), join(folder, LINK));
  } catch {
    // The folder is read-only, or another kernel made the link: an import says what is missing.
  }
};
