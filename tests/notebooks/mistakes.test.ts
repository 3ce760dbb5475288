/** Mistakes in cells, and code that was copied from a file, in the kernel. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { installedKernel } from "./installed-kernel";

const session = installedKernel();
const { output } = session;

/** Runs a cell that must fail, and returns its error. */
const failure = async (code: string) => (await session.failing(code)).stderr;

test("an error about a promise asks whether await is missing, and others do not", async () => {
  await output("async function three() { return { n: 3 }; }");
  assert.match(
    await failure("const result = three();\nresult.n"),
    /Property 'n' does not exist on type 'Promise<.*>'\. Did you forget to use 'await'\?\n$/,
  );
  assert.doesNotMatch(await failure("(await three()).m"), /await/);
});

test("habits of other kernels and of a terminal get a hint", async () => {
  for (const [cell, hint] of [
    ["const a = 1;\n%timeit a", /Commands with % exist only in the Python kernel/],
    ["!ls", /Commands with ! exist only in the Python kernel.*execSync/],
    ["pip install numpy", /Commands belong into a terminal/],
    ["three?", /press Shift\+Tab/],
    ["print('x')", /write console\.log/],
    ['import { x } from "./x.ts";', /without \.ts/],
  ] as const)
    assert.match((await failure(cell)).split("\n")[0], hint, cell);
  assert.doesNotMatch(await failure("const b: string = 5 % 2;"), /Python/);
});

test("code with export declares the same variables as without", async () => {
  await output(
    "export const size = 3;\nexport function twice(x: number) { return 2 * x; }\nexport interface Row { n: number }",
  );
  assert.equal(await output("const row: Row = { n: twice(size) };\nrow.n"), "6\n");
  assert.equal(await output("export const size = 4;\nsize"), "4\n");
});

test("a function as the last expression has its own name or none", async () => {
  assert.equal(await output("(x: number) => x"), "[Function (anonymous)]\n");
  assert.equal(await output("function named() {}\nnamed"), "[Function: named]\n");
});

test("an error within TensorFlow.js names the line of the cell", async () => {
  await output('import { tf } from "./src/index";');
  const error = await failure("// A comment\ntf.zeros([2, 3]).add(tf.zeros([4, 5]));");
  assert.match(error, /Incompatible shapes[^]*\n {4}at cell \[\d+\], line 2\n/);
});

test("an error after an await within the library names the line of the cell", async () => {
  const error = await failure(
    'import { createDetector, detectDataset, openDataset, presets } from "./src/index";\nconst detector = await createDetector(presets.default, ["a", "b"]);\nconst test = (await openDataset("../data/sample")).split("test");\ndetector.dispose();\nawait detectDataset(detector, test);',
  );
  assert.match(error, /an input was disposed[^]*detector[^]*\n {4}at cell \[\d+\], line 5\n$/);
});

test("the trace of a deep recursion has ten lines, with that of the cell", async () => {
  const error = await failure(
    "function down(n: number): number {\n  if (!n) throw new Error('deep');\n  return down(n - 1) + 1;\n}\ndown(30);",
  );
  const frames = error.trimEnd().split("\n").slice(1);
  assert.equal(frames.length, 11);
  assert.match(frames[0], /^ {4}at down \(cell \[\d+\], line 2\)$/);
  assert.equal(frames[9], "    …");
  assert.match(frames[10], /^ {4}at cell \[\d+\], line 5$/);
});

test("an error is shown with its other properties", async () => {
  const error = await failure(
    "class OwnError extends Error { constructor(readonly code: number) { super('own'); } }\nthrow new OwnError(3);",
  );
  assert.match(error, /own\n {4}at cell \[\d+\], line 2 \{\n {2}code: 3\n\}\n$/);
});

test("the stack of an error and console.trace name the lines of cells, without the kernel", async () => {
  await output("function inner() { return new Error('kept'); }");
  assert.match(
    await output("console.log('text\\n' + inner().stack);"),
    /^text\nError: kept\n {4}at inner \(cell \[\d+\], line 1\)\n {4}at cell \[\d+\], line 1\n$/,
  );
  const { stderr } = await session.kernel.run("// A comment\nconsole.trace('here', 3);");
  assert.match(stderr, /^Trace: here 3\n {4}at cell \[\d+\], line 2\n$/);
});

test("a last expression that cannot be shown is an error of its cell", async () => {
  const value = "({ data: [], get layout(): object { throw new Error('no layout'); } })";
  assert.match(await failure(value), /^Error: no layout\n/);
  assert.equal(await output("1 + 1"), "2\n");
});

test("the column of a table is shown as a table", async () => {
  const { outputs } = await session.kernel.run(
    'const { DataFrame } = await import("danfojs-node");\nconst table = new DataFrame([{ a: 1, b: "x" }]);\ntable["b"]',
  );
  assert.match(String(outputs[0]?.data?.["text/html"]), /<th>b<\/th>.*<td>x<\/td>/);
});
