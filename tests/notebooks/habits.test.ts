/** The habits of the kernel: what a cell keeps, how it is stopped, and what it shows. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { test } from "node:test";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterError, installedKernel } from "./installed-kernel";
import { type CellResult, INSTALLED, Kernel, ROOT } from "./kernel";

/** In milliseconds: what a cell has replaced is freed within this time. */
const COLLECTED = 2000;

const session = installedKernel();
const { output, failing } = session;

/** Runs a cell, and presses the stop button when it has written a text. */
async function stopped(code: string, text: string): Promise<CellResult> {
  const result = await session.kernel.run(code, (message) => {
    if (message.text?.includes(text)) session.kernel.interrupt();
  });
  assert.equal(result.status, "error");
  await afterError();
  return result;
}

test("a cell that fails keeps what it has assigned; the rest stays as it was", async () => {
  await output("const first = 1;\nlet second = 'old';\nclass Third {}");
  const { stderr } = await failing(
    "const detector: { n: number } = { n: 5 };\nconst first = 'new', other = [1];\nthrow new Error('broken');\nconst missing = 3;\nconst second = 7;",
  );
  assert.match(stderr, /^Error: broken\n/);
  assert.equal(
    await output("console.log(detector.n.toFixed(1), first.length, other[0], second.length);"),
    "5.0 3 1 3\n",
  );
  const unknown = await failing("console.log(missing);");
  assert.match(unknown.stderr, /Cannot find name 'missing'/);
  assert.equal(await output("console.log(new Third() instanceof Third);"), "true\n");
});

test("before the library is imported, the last expression is a text of a few lines", async () => {
  const text = await output("new Float32Array(5000)");
  assert.match(
    text,
    /^Float32Array\(5000\) \[\n[^]*… \d+ more lines; console\.log shows all of them\n$/,
  );
  assert.equal(text.trimEnd().split("\n").length, 6);
  assert.equal(
    await output("'ab'.repeat(10_000)"),
    `${"ab".repeat(5000)}\n… 10000 more characters; console.log shows all of them\n`,
  );
});

test("__dirname is the folder of the notebook", async () => {
  assert.equal(await output("console.log(__dirname);"), `${join(ROOT, "notebooks")}\n`);
});

test("a stopped cell keeps what it has assigned, and writes nothing into later cells", async () => {
  const { stderr } = await stopped(
    "const kept = 4;\nfor (let i = 0; ; i++) {\n  console.log('turn', i);\n  await new Promise((done) => setTimeout(done, 20));\n}",
    "turn 3",
  );
  assert.match(stderr, /^Stopped\. Variables that already have a value are kept\./);
  assert.equal(
    await output("await new Promise((done) => setTimeout(done, 300));\nconsole.log(kept);"),
    "4\n",
  );
});

test("the stop button ends a cell that waits for nothing", async () => {
  const { stderr } = await stopped(
    "console.log('endless');\nsetImmediate(() => 0);\nawait 0;\nfor (;;) await new Promise(setImmediate);",
    "endless",
  );
  assert.match(stderr, /^Stopped\./);
});

test("a timer writes into the cell that started it; its errors are seen in the cell that runs", async () => {
  await output(
    "setTimeout(() => console.log('later'), 300);\nsetTimeout(() => console.error('wrong'), 300);",
  );
  const { stdout, stderr } = await session.kernel.run(
    "console.log('first');\nawait new Promise((done) => setTimeout(done, 600));\nconsole.log('last');",
  );
  assert.deepEqual([stdout, stderr], ["first\nlast\n", "wrong\n"]);
});

test("the library ends the work of a stopped cell", async () => {
  await output(
    'import { openDataset } from "./src/index";\nimport { decodeRecord } from "./src/data/image";\nconst dataset = await openDataset("../data/sample");\nlet decoded = 0;',
  );
  await stopped(
    "console.log('decoding');\nfor (;;) for (const record of dataset.images) {\n  await decodeRecord(record);\n  decoded++;\n}",
    "decoding",
  );
  const count = await output("console.log(decoded);");
  await afterError();
  assert.equal(await output("console.log(decoded);"), count, "it goes on");
});

test("errors name the lines of cells and of TypeScript files, and no others", async () => {
  const { stderr } = await failing(
    "interface Unused {\n  a: number;\n}\n// a comment\nfunction inner(value: number): never {\n  throw new Error(`wrong ${value}`, { cause: new Error('below') });\n}\n\ninner(3);",
  );
  assert.match(
    stderr,
    /^Error: wrong 3\n {4}at inner \(cell \[\d+\], line 6\)\n {4}at cell \[\d+\], line 9 \{\n {2}\[cause\]: Error: below\n {6}at inner \(cell \[\d+\], line 6\)\n {6}at cell \[\d+\], line 9\n\}\n$/,
  );
  const source = await failing('await openDataset("/nothing/here");');
  const [message, ...frames] = source.stderr.trimEnd().split("\n");
  assert.equal(message, "Error: /nothing/here: there is no such folder");
  assert.match(frames[0], /^ {4}at chooseFormat \(src\/data\/formats\/registry\.ts:\d+\)$/);
  const [, line] = /:(\d+)\)$/.exec(frames[0])!;
  const { stdout } = spawnSync("sed", [
    "-n",
    `${line}p`,
    join(ROOT, "src/data/formats/registry.ts"),
  ]);
  assert.match(stdout.toString(), /no such folder/);
  assert.match(frames[frames.length - 1], /^ {4}at cell \[\d+\], line 1$/);
});

test("errors that do not end a cell name its lines too", async () => {
  const noFolder =
    /^Error: \/nothing\/here: there is no such folder\n {4}at chooseFormat \(src\/data\/formats\/registry\.ts:\d+\)\n( {4}at [\w.]+ \(src\/[\w/-]+\.ts:\d+\)\n)* {4}at cell \[\d+\], line 1\n$/;
  const printed = await output(
    'try { await openDataset("/nothing/here"); } catch (error) { console.log(error); }',
  );
  assert.match(printed, noFolder);
  const { status, stderr } = await session.kernel.run(
    'const forgotten = openDataset("/nothing/here");\nawait new Promise((done) => setTimeout(done, 1000));',
  );
  assert.equal(status, "ok");
  assert.match(stderr.replace(/^UnhandledPromiseRejection: /, ""), noFolder);
  const asserting = await failing(
    'import { strict } from "assert";\nstrict.equal(1, 2, "not equal");',
  );
  assert.match(
    asserting.stderr,
    /^AssertionError .*: not equal\n[^]*\n {4}at cell \[\d+\], line 2\n/,
  );
});

test("await in parentheses and for await work at the top level of a cell", async () => {
  const code = `
async function* three() { yield 1; yield 2; yield 3; }
for await (const i of three()) console.log(i);
const four = await (Promise.resolve(4));
const five = await ({ inner: Promise.resolve(5) }).inner;
const six = await [Promise.resolve(6)][0];
async function within() { return await (Promise.resolve(7)); }
console.log(four, five, six, await within());`;
  assert.equal(await output(code), "1\n2\n3\n4 5 6 7\n");
});

test("shorthand properties and patterns work with the variables of earlier cells", async () => {
  await output("const size = 3;\nconst box = { size: 4, name: 'a' };");
  assert.equal(await output("console.log({ size });"), "{ size: 3 }\n");
  assert.equal(
    await output("const { size: other, name } = box;\nconsole.log(other, name);"),
    "4 a\n",
  );
  assert.equal(
    await output("const read = ({ size: s }: typeof box) => s;\nconsole.log(read(box));"),
    "4\n",
  );
});

test("the last expression of a cell is shown in a few lines, and as show would", async () => {
  await output(
    'import { annotationTable, createDetector, figures, presets, show, tf, Trainer } from "./src/index";',
  );
  const shown = async (code: string) => {
    const { status, stdout, stderr, outputs } = await session.kernel.run(code);
    assert.deepEqual([status, stdout, stderr], ["ok", "", ""], code);
    const displays = outputs.filter(({ type }) => type === "display_data");
    assert.equal(displays.length, 1, code);
    return displays[0].data as Record<string, string>;
  };
  const text = async (code: string) => {
    const data = await shown(code);
    assert.deepEqual(Object.keys(data), ["text/plain"]);
    assert.ok(data["text/plain"].split("\n").length <= 6, data["text/plain"]);
    return data["text/plain"];
  };
  assert.match(
    await text("dataset"),
    /^Dataset sample: \d+ images of \d+ patients, \d+ boxes; classes [\w-]+, [\w-]+; splits \w+, \w+/,
  );
  assert.equal(
    await text("tf.range(0, 8).reshape([2, 4])"),
    "Tensor float32 [2, 4]: 0, 1, 2, 3, 4, 5, …",
  );
  assert.equal(
    await text("const gone = tf.scalar(1);\ngone.dispose();\ngone"),
    "Tensor float32 [], disposed",
  );
  assert.match(
    await text(
      "const network = await createDetector(presets.default, dataset.classNames);\nnetwork",
    ),
    /^Detector cascade-rcnn with efficientnet-lite0: [\d,]+ trained weights; classes /,
  );
  assert.match(
    await text(
      "const trainer = new Trainer({ detector: network, train: dataset.split('train') });\ntrainer",
    ),
    /^Trainer: 0 of \d+ epochs done; \d+ training and 0 validation images$/,
  );
  await text("dataset.images[0]");
  await text("presets");
  assert.ok((await shown("figures.boxSizes(dataset)"))["application/vnd.plotly.v1+json"]);
  assert.match((await shown("annotationTable(dataset)"))["text/html"], /^<table/);
  assert.equal(await output("null"), "");
  assert.equal(await output("'a text'"), "a text\n");
});

test("a promise as the last expression is awaited: its value is shown, or its error", async () => {
  assert.equal(await output("const later = async () => 7;\nlater()"), "7\n");
  assert.equal(await output("const promise = Promise.resolve('a text');\npromise"), "a text\n");
  assert.equal(await output("Promise.resolve()"), "");
  const { stderr } = await failing("const refused = 5;\nPromise.reject(new Error('not here'))");
  assert.match(stderr, /^Error: not here\n {4}at cell \[\d+\], line 2\n$/);
  assert.equal(await output("refused"), "5\n");
  const endless = await stopped("console.log('waiting');\nnew Promise(() => 0)", "waiting");
  assert.match(endless.stderr, /^Stopped\./);
});

test("a cell that fails keeps a name that it declares and that an earlier cell imported", async () => {
  await output('import { basename } from "path";');
  await failing("throw new Error('broken');\nconst basename = 3;");
  assert.equal(await output("console.log(basename('a/b'));"), "b\n");
});

test("notebooks in any folder below notebooks import the library", async () => {
  const folder = mkdtempSync(join(ROOT, "notebooks", "own", "test-"));
  const deep = join(folder, "of mine");
  mkdirSync(deep);
  const other = await Kernel.start(INSTALLED, deep);
  try {
    const { stdout, stderr } = await other.run(
      'import { iou } from "./src/index";\nconsole.log(iou([0, 0, 2, 2], [0, 0, 2, 1]));',
    );
    assert.deepEqual([stdout, stderr], ["0.5\n", ""]);
  } finally {
    await other.stop();
    rmSync(folder, { recursive: true });
  }
});

test("events that are awaited instead of read are an error that says what to write", async () => {
  const { stderr } = await failing("await trainer.fit();");
  assert.match(stderr, /trainer\.fit gives events.*write 'for await \(const event of trainer\.fit/);
});

test("work that takes longer than two seconds shows one line of progress; short work none", async () => {
  await output(`import { detectDataset, openDataset, presets, tf } from "./src/index";
const { test } = (await openDataset("../data/sample")).partition({ seed: 1 });
const pause = { milliseconds: 0 };
const detector = {
  config: presets.default,
  frozenFeatures: () => tf.zeros([1]),
  detectFeatures() {
    const end = performance.now() + pause.milliseconds;
    while (performance.now() < end);
    return Array.from({ length: 8 }, () => []);
  },
} as any;`);
  const lines = async () =>
    (await session.kernel.run("void (await detectDataset(detector, test));")).outputs.filter(
      ({ type }) => type.endsWith("display_data"),
    );
  assert.deepEqual(await lines(), []);
  await output("pause.milliseconds = 2500;");
  const [line, ...updates] = await lines();
  assert.equal(line.type, "display_data");
  assert.match(String(line.data!["text/plain"]), /^detection █+░* \d+ of \d+$/);
  assert.ok(updates.length > 0);
  assert.ok(updates.every(({ type }) => type === "update_display_data"));
  const last = String(updates[updates.length - 1].data!["text/plain"]);
  const [, done, total] = /(\d+) of (\d+)$/.exec(last)!;
  assert.equal(done, total);
});

test("a cell that runs again frees what it replaced, but nothing that a variable leads to", async () => {
  await output(`import { FasterRCNN, openDataset, presets, tf, Trainer } from "./src/index";
const sample = await openDataset("../data/sample");
const withBoxes = sample.images.filter(({ annotations }) => annotations.length > 0).slice(0, 3);
const train = sample.subset((image) => withBoxes.includes(image));
const list: any[] = [];`);
  const make = async () => {
    await output(`const detector = await FasterRCNN.create(presets.default, train.classNames);
const trainer = new Trainer({ detector, train });
void (await trainer.step());`);
    await sleep(COLLECTED);
    const text = await output("console.log(JSON.stringify(tf.memory()));");
    return (JSON.parse(text) as { numTensors: number }).numTensors;
  };
  const tensors = await make();
  assert.equal(await make(), tensors);
  assert.equal(await make(), tensors);
  await output("list.push({ deep: [trainer] });");
  const both = await make();
  assert.ok(both > tensors);
  await output("void (await list[0].deep[0].step());");
  await output("list.length = 0;");
  assert.equal(await make(), tensors);
  // Parts of a detector stay as long as a variable leads to them.
  await output("let { rpn, backbone } = detector;\nlet [head] = detector.cascade.heads;");
  assert.ok((await make()) > tensors);
  assert.equal(
    await output(`tf.tidy(() => {
  let x = backbone.preprocess(tf.zeros([1, 64, 64, 3]));
  for (const block of backbone.blocks) x = block.forward(x);
  const map = tf.zeros<tf.Rank.R4>([1, 4, 4, detector.config.neck.channels]);
  rpn.forward(map).objectness.dataSync();
  for (const variable of Object.values(head.variables())) variable.dataSync();
  console.log(x.shape.length);
});`),
    "4\n",
  );
  await output("rpn = backbone = head = null;");
  assert.equal(await make(), tensors);
  // A training that `show.live` has shown.
  await output(`import { configure, figures, show } from "./src/index";
const quick = configure(presets.default, { training: { epochs: 1 }, data: { imageSize: 96 } });
const detector = await FasterRCNN.create(quick, train.classNames);
const trainer = new Trainer({ detector, train });
await show.live((signal) => trainer.fit({ signal }), () => [figures.losses(trainer.history)]);`);
  assert.equal(await make(), tensors);
  // A value that is assigned, and not declared again.
  await output("let other = detector;");
  await make();
  await output("other = null;");
  await sleep(COLLECTED);
  const text = await output("console.log(tf.memory().numTensors);");
  assert.equal(Number(text), tensors);
});
