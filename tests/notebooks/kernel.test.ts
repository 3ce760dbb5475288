import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { INSTALLED, Kernel, ROOT, STOCK } from "./kernel";

const NOTEBOOKS = join(ROOT, "notebooks");
/** In milliseconds: tslab drops cells that follow a failed one within this time. */
const AFTER_ERROR = 400;
/** In milliseconds: the compiler looks at its sources four times per second. */
const UNTIL_SEEN = 1000;

const FIGURE = `{ data: [{ type: "scatter", x: [1, 2, 3], y: new Float32Array([2, 1, 3]) }], layout: { title: { text: "a line" } } }`;

/** A small project: a folder of notebooks with the link to sources that import each other. */
function smallProject(): {
  notebooks: string;
  write: (file: string, text: string) => void;
  remove: () => void;
} {
  const folder = mkdtempSync(join(tmpdir(), "project-"));
  const notebooks = join(folder, "notebooks");
  mkdirSync(notebooks);
  mkdirSync(join(folder, "src"));
  symlinkSync(join("..", "src"), join(notebooks, "src"));
  const write = (file: string, text: string) => writeFileSync(join(folder, "src", file), text);
  write("answer.ts", "export const answer = () => 41;\n");
  write(
    "sentence.ts",
    'import { answer } from "./answer";\nexport const sentence = () => `it is ${answer()}`;\n',
  );
  write("index.ts", 'export * from "./sentence";\n');
  return { notebooks, write, remove: () => rmSync(folder, { recursive: true }) };
}

for (const name of [INSTALLED, STOCK]) {
  test(`the ${name} kernel imports the sources with their types and shows a figure for every kind of viewer`, async () => {
    const kernel = await Kernel.start(name, NOTEBOOKS);
    try {
      const imported = await kernel.run(
        `import { iou, show, tf } from "./src/index";\nconsole.log(iou([0, 0, 2, 2], [0, 0, 2, 1]), tf.scalar(3).dataSync()[0]);`,
      );
      assert.equal(imported.status, "ok", imported.stderr);
      assert.equal(imported.stdout, "0.5 3\n");
      if (name === INSTALLED) assert.equal(imported.stderr, "", "a library wrote to the cell");

      const shown = await kernel.run(`await show(${FIGURE}, "two <b>words</b>");`);
      assert.equal(shown.status, "ok", shown.stderr);
      assert.equal(shown.stdout, "");
      const [plot, figure, text] = shown.outputs;
      assert.equal(plot.type, "display_data");
      assert.equal(figure.type, "update_display_data", "the picture is not added to the plot");
      assert.deepEqual(Object.keys(figure.data!).sort(), [
        "application/vnd.plotly.v1+json",
        "image/svg+xml",
        "text/plain",
      ]);
      const { data } = figure.data!["application/vnd.plotly.v1+json"] as {
        data: { y: number[] }[];
      };
      assert.deepEqual(data[0].y, [2, 1, 3]);
      assert.deepEqual(text.data, { "text/plain": "two <b>words</b>" });

      const wrong = await kernel.run(
        "const text: string = iou([0, 0, 2, 2], [0, 0, 2, 1]);\nconsole.log('ran');",
      );
      assert.equal(wrong.status, "error");
      assert.match(wrong.stderr, /1:7 - Type 'number' is not assignable to type 'string'/);
      assert.equal(wrong.stdout, "");
    } finally {
      await kernel.stop();
    }
  });
}

test("the kernel works on when sources are added or edited, and runs the edited code", async () => {
  const project = smallProject();
  const kernel = await Kernel.start(INSTALLED, project.notebooks);
  const cell = 'import { sentence } from "./src/index";\nconsole.log(sentence());';
  try {
    assert.equal((await kernel.run(cell)).stdout, "it is 41\n");

    project.write(
      "added.ts",
      'import { answer } from "./answer";\nexport const added = () => answer() + 1000;\n',
    );
    await sleep(UNTIL_SEEN);
    const after = await kernel.run("console.log(sentence() + '!');");
    assert.deepEqual([after.status, after.stdout], ["ok", "it is 41!\n"], after.stderr);
    const added = await kernel.run('import { added } from "./src/added";\nconsole.log(added());');
    assert.deepEqual([added.status, added.stdout], ["ok", "1041\n"], added.stderr);

    // The index between the cell and this source is unchanged.
    project.write("answer.ts", "export const answer = () => 42;\n");
    await sleep(UNTIL_SEEN);
    const again = await kernel.run(cell);
    assert.deepEqual([again.status, again.stdout], ["ok", "it is 42\n"], again.stderr);

    project.write("answer.ts", "export const answer = (): number => 'text';\n");
    await sleep(UNTIL_SEEN);
    const wrong = await kernel.run(cell);
    assert.equal(wrong.status, "error");
    assert.match(
      wrong.stderr,
      /answer\.ts 1:\d+ - Type 'string' is not assignable to type 'number'/,
    );
    project.write("answer.ts", "export const answer = (): number => 43;\n");
    await sleep(UNTIL_SEEN);
    assert.equal((await kernel.run(cell)).stdout, "it is 43\n");

    const missing = await kernel.run('import { late } from "./src/late";\nconsole.log(late);');
    assert.equal(missing.status, "error");
    project.write("late.ts", "export const late = 'in time';\n");
    await sleep(UNTIL_SEEN);
    const late = await kernel.run('import { late } from "./src/late";\nconsole.log(late);');
    assert.deepEqual([late.status, late.stdout], ["ok", "in time\n"], late.stderr);
  } finally {
    await kernel.stop();
    project.remove();
  }
});

test("names that were imported before an edit run the new code, and the cell says so", async () => {
  const project = smallProject();
  const kernel = await Kernel.start(INSTALLED, project.notebooks);
  const edit = async (text: string) => {
    project.write("answer.ts", text);
    await sleep(UNTIL_SEEN);
  };
  try {
    project.write("named.ts", "export default 'default';\nexport interface Named { n: number }\n");
    const imports = await kernel.run(`import { sentence as text } from "./src/index";
import * as all from "./src/index";
import word, { type Named } from "./src/named";
import { basename } from "path";
const made = { text: text(), kept: { n: 1 } as Named };`);
    assert.equal(imports.status, "ok", imports.stderr);

    await edit("export const answer = () => 42;\n");
    const cell =
      "console.log(text(), all.sentence(), word, made.text, made.kept.n, basename('a/b'));";
    const edited = await kernel.run(cell);
    assert.equal(edited.stdout, "it is 42 it is 42 default it is 41 1 b\n");
    assert.equal(
      edited.stderr,
      "src/answer.ts was edited. Imported names run the new code. Objects that exist, such as a detector, keep the old code.\n",
    );
    const again = await kernel.run(cell);
    assert.deepEqual([again.stdout, again.stderr], [edited.stdout, ""]);

    await edit("export const answer = () => ;\n");
    const broken = await kernel.run(cell);
    assert.deepEqual([broken.status, broken.stdout], ["ok", edited.stdout]);
    assert.match(
      broken.stderr,
      /^src\/answer\.ts was edited\. Imported names run the old code, because the new one has errors:\nsrc\/answer\.ts 1:\d+ - Expression expected\.\n$/,
    );
    await edit("export const answer = () => 43;\n");
    assert.match((await kernel.run(cell)).stdout, /^it is 43 it is 43 /);
  } finally {
    await kernel.stop();
    project.remove();
  }
});

test("importing another source does not reload the modules that are loaded", async () => {
  const project = smallProject();
  const kernel = await Kernel.start(INSTALLED, project.notebooks);
  try {
    project.write("counter.ts", "let count = 0;\nexport const next = () => ++count;\n");
    project.write(
      "other.ts",
      'import { next } from "./counter";\nexport const twice = () => next() + next();\n',
    );
    assert.equal(
      (await kernel.run('import { next } from "./src/counter";\nconsole.log(next());')).stdout,
      "1\n",
    );
    assert.equal(
      (await kernel.run('import { twice } from "./src/other";\nconsole.log(twice());')).stdout,
      "5\n",
    );
  } finally {
    await kernel.stop();
    project.remove();
  }
});

test("no line and no display is lost or out of order in a burst", async () => {
  const kernel = await Kernel.start(INSTALLED, NOTEBOOKS);
  try {
    const lines = Array.from({ length: 400 }, (_, i) => `line ${i}\n`).join("");
    const burst = await kernel.run("for (let i = 0; i < 400; i++) console.log(`line ${i}`);");
    assert.equal(burst.stdout, lines);
    const spread = await kernel.run(
      "for (let i = 0; i < 400; i++) { console.log(`line ${i}`); if (i % 7 === 0) await new Promise((r) => setImmediate(r)); }",
    );
    assert.equal(spread.stdout, lines);
    // More messages than the queue of ZeroMQ holds, and larger ones than one write of a socket.
    const displays = await kernel.run(
      'import { show } from "./src/display/show";\nfor (let i = 0; i < 2000; i++) await show(`${i}`);\nfor (let i = 0; i < 20; i++) await show("y".repeat(300_000));',
    );
    assert.equal(displays.status, "ok", displays.stderr);
    assert.equal(displays.outputs.filter(({ type }) => type === "display_data").length, 2020);
    const mixed = await kernel.run('console.log("a");\nconsole.error("b");\nconsole.log("c");');
    assert.deepEqual(
      mixed.outputs.filter(({ type }) => type === "stream").map(({ name, text }) => [name, text]),
      [
        ["stdout", "a\n"],
        ["stderr", "b\n"],
        ["stdout", "c\n"],
      ],
    );
  } finally {
    await kernel.stop();
  }
});

test("the stop button ends a live cell without a message, and running it again continues", async () => {
  const kernel = await Kernel.start(INSTALLED, NOTEBOOKS);
  try {
    const setUp = await kernel.run(`
import { show } from "./src/display/show";
const steps: number[] = [];
const goal = { steps: Infinity };
async function* train(signal: AbortSignal) {
  while (steps.length < goal.steps && !signal.aborted) {
    await new Promise((done) => setTimeout(done, 5));
    steps.push(1 / (steps.length + 1));
    yield { kind: "step" as const, epoch: 1, epochs: 1, step: 1, steps: 1, losses: { total: steps[steps.length - 1] },
            learningRate: 1, gradientNorm: 1, imagesPerSecond: 200, secondsLeft: 1 };
  }
  yield { kind: signal.aborted ? "stopped" as const : "done" as const, epoch: 0, reason: "the stop button" };
}
const curve = () => [{ data: [{ type: "scatter", y: [...steps] }], layout: {} }];`);
    assert.equal(setUp.status, "ok", setUp.stderr);
    const listeners = await kernel.run('console.log(process.listenerCount("SIGINT"));');

    let updates = 0;
    const stopped = await kernel.run("await show.live(train, curve);", (output) => {
      // After the first redrawing of a figure.
      const isFigure = output.data?.["application/vnd.plotly.v1+json"];
      if (isFigure && output.type === "update_display_data" && ++updates === 1) kernel.interrupt();
    });
    // Without a message, and yet not "ok": the cells that wait are not run.
    assert.equal(stopped.status, "error");
    assert.equal(stopped.stderr, "");
    const last = stopped.outputs[stopped.outputs.length - 1];
    assert.ok(last.data!["image/svg+xml"], "the last drawing has no picture");
    const texts = stopped.outputs.map(({ data }) => String(data?.["text/plain"]));
    assert.ok(
      texts.some((text) => text.startsWith("stopped after 0 complete epochs")),
      texts.join("\n"),
    );
    assert.equal(new Set(stopped.outputs.map(({ transient }) => transient?.display_id)).size, 2);

    await sleep(AFTER_ERROR);
    const steps = Number(
      (await kernel.run("goal.steps = steps.length + 20;\nconsole.log(steps.length);")).stdout,
    );
    assert.ok(steps > 10, `${steps} steps`);
    const continued = await kernel.run(
      "await show.live(train, curve);\nconsole.log(steps.length);",
    );
    assert.equal(continued.status, "ok", continued.stderr);
    assert.equal(Number(continued.stdout), steps + 20);
    assert.equal(
      (await kernel.run('console.log(process.listenerCount("SIGINT"));')).stdout,
      listeners.stdout,
    );

    // After that, tslab again handles the interrupt of a cell that never ends.
    const endless = kernel.run(
      "console.log('waiting');\nawait new Promise(() => undefined);",
      ({ text }) => {
        if (text === "waiting\n") kernel.interrupt();
      },
    );
    assert.equal((await endless).status, "error");
    await sleep(AFTER_ERROR);
    assert.equal((await kernel.run("console.log(steps.length);")).stdout, `${steps + 20}\n`);
  } finally {
    await kernel.stop();
  }
});
