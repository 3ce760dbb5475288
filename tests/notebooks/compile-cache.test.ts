import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { temporaryFolder } from "../data/files";

const ROOT = join(__dirname, "../..");

/**
 * Compiles a cell as a new kernel does and prints the result, with the numbers of files that the
 * compiler itself had to transpile and to check.
 */
const KERNEL = `
const tslab = require("module").createRequire(${JSON.stringify(join(ROOT, "node_modules", "tslab", "dist", "main.js"))});
const compiler = require.resolve(tslab.resolve("@tslab/typescript-for-tslab"));
tslab(compiler);
const entry = require.cache[compiler];
let transpiled = 0;
let checked = 0;
const { transpileModule, getPreEmitDiagnosticsOfFiles } = entry.exports;
entry.exports = {
  ...entry.exports,
  transpileModule: (...parameters) => (transpiled++, transpileModule(...parameters)),
  getPreEmitDiagnosticsOfFiles: (program, files, ...rest) => {
    checked += files.length;
    return getPreEmitDiagnosticsOfFiles(program, files, ...rest);
  },
};
require(${JSON.stringify(join(ROOT, "jupyter", "kernel-preload.cjs"))});
const converter = tslab("./converter").createConverter({ cwd: process.cwd(), isJS: false });
const { output, sideOutputs = [], diagnostics } = converter.convert("", process.argv[1]);
const outputs = sideOutputs.map(({ path, data }) => [path, data]);
console.log(JSON.stringify({ output, outputs, problems: diagnostics.map(({ messageText }) => messageText), transpiled, checked }));
setTimeout(() => process.exit(0), 100);
`;

interface Compiled {
  readonly output?: string;
  readonly outputs: readonly (readonly [string, string])[];
  readonly problems: readonly string[];
  readonly transpiled: number;
  readonly checked: number;
}

function kernel(cwd: string, cell: string): Compiled {
  const env = { ...process.env, FRCNN_KERNEL_CACHE: join(cwd, "cache") };
  const { stdout, stderr } = spawnSync(process.execPath, ["-e", KERNEL, cell], {
    cwd,
    env,
    encoding: "utf8",
  });
  assert.ok(stdout, stderr);
  return JSON.parse(stdout) as Compiled;
}

function folderWith(a: string): { folder: string; edit: (text: string) => void } {
  const folder = temporaryFolder();
  mkdirSync(join(folder, "src"));
  const edit = (text: string) => writeFileSync(join(folder, "src", "a.ts"), text);
  writeFileSync(join(folder, "src", "b.ts"), `export const two: number = 2;\n`);
  edit(a);
  return { folder, edit };
}

const CELL = `import { sum } from "./src/a";\nconsole.log(sum(1));`;
const SOURCE = `import { two } from "./b";\nexport const sum = (x: number) => x + two;\n`;

test("a second kernel compiles the cell alone and gets the same result", () => {
  const { folder } = folderWith(SOURCE);
  const first = kernel(folder, CELL);
  const second = kernel(folder, CELL);
  assert.deepEqual(first.problems, []);
  assert.deepEqual(
    first.outputs.map(([path]) => path.slice(folder.length)),
    ["/src/a.js", "/src/b.js"],
  );
  const counts = { transpiled: 0, checked: 0 };
  assert.deepEqual({ ...second, ...counts }, { ...first, ...counts });
  assert.deepEqual([first.transpiled, second.transpiled], [3, 1]);
  // Types of the sources are known to another cell, although the sources are not checked again.
  assert.match(
    kernel(folder, CELL.replace("sum(1)", `sum("1")`)).problems.join(),
    /'string' is not assignable/,
  );
});

test("a second kernel checks the cell alone, also where sources import a declaration file", () => {
  const { folder } = folderWith(
    `import { two } from "./b";\nimport type { Three } from "./c";\nexport const sum = (x: Three) => x + two;\n`,
  );
  writeFileSync(join(folder, "src", "c.d.ts"), "export type Three = number;\n");
  const [first, second] = [kernel(folder, CELL), kernel(folder, CELL)];
  assert.deepEqual(first.problems, []);
  assert.ok(first.checked > 1, `${first.checked} files`);
  assert.equal(second.checked, 1);
});

test("an edited source is compiled again, with the sources that import it", () => {
  const { folder, edit } = folderWith(SOURCE);
  kernel(folder, CELL);
  edit(SOURCE.replace("x + two", "x - two"));
  const edited = kernel(folder, CELL);
  assert.match(edited.outputs[0][1], /x - /);
  assert.equal(edited.transpiled, 3);
  edit(SOURCE.replace("x: number", "x: string"));
  assert.match(kernel(folder, CELL).problems.join(), /'number' is not assignable/);
});

test("errors in sources are reported every time", () => {
  const { folder } = folderWith(`${SOURCE}export const wrong: string = two;\n`);
  for (const { problems } of [kernel(folder, CELL), kernel(folder, CELL)])
    assert.match(problems.join(), /'number' is not assignable to type 'string'/);
});
