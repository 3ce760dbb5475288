/** Preloaded by a test: writes the packages that a process has loaded into a file when it ends. */
"use strict";

const { writeFileSync } = require("fs");

process.on("exit", () => {
  const packages = Object.keys(require.cache).flatMap((path) => {
    const [, name] = /.*[\\/]node_modules[\\/]((?:@[^\\/]+[\\/])?[^\\/]+)/.exec(path) ?? [];
    return name ?? [];
  });
  writeFileSync(process.env.LOADED_PACKAGES, JSON.stringify([...new Set(packages)]));
});
