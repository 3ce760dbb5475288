import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";
import { notebookText } from "../browser/jupyterlab";
import { PYTHON, ROOT } from "./kernel";

/** Executes a notebook with these cells. */
function execute(cells: string[]): {
  status: number | null;
  events: Record<string, unknown>[];
  html: string;
} {
  const folder = mkdtempSync(join(tmpdir(), "execute-"));
  const [source, executed, report] = ["a.ipynb", "b.ipynb", "b.html"].map((name) =>
    join(folder, name),
  );
  writeFileSync(source, notebookText(cells));
  const parameters = [
    join(ROOT, "jupyter", "execute.py"),
    source,
    executed,
    report,
    join(ROOT, "notebooks"),
  ];
  const { status, stdout, stderr } = spawnSync(PYTHON, parameters, { encoding: "utf8" });
  assert.notEqual(stdout, "", stderr);
  const events = stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  const html = readFileSync(report, "utf8");
  rmSync(folder, { recursive: true });
  return { status, events, html };
}

test("a notebook reports each cell, and its HTML has the picture of a plot", () => {
  const figure = '{ data: [{ type: "scatter", x: [1, 2], y: [1, 2] }], layout: {} }';
  const { status, events, html } = execute([
    'import { show } from "./src/display/show";',
    `await show(${figure});`,
  ]);
  assert.equal(status, 0);
  assert.deepEqual(
    events.map(({ kind, number, of }) => [kind, number, of]),
    [
      ["cell", 1, 2],
      ["cell", 2, 2],
    ],
  );
  assert.match(html, /class="main-svg"|data:image\/svg\+xml;base64/);
  assert.doesNotMatch(
    html,
    /<script[^>]* src="http|import\("http/,
    "the HTML loads scripts from another place",
  );
});

test("a cell that fails is reported with its number, source and error", () => {
  const { status, events } = execute([
    "console.log(1);",
    'const a = 2;\nthrow new Error("broken on purpose");',
    "console.log(3);",
  ]);
  assert.equal(status, 1);
  const last = events[events.length - 1];
  assert.deepEqual([last.kind, last.number], ["error", 2]);
  assert.match(String(last.source), /throw new Error/);
  assert.match(String(last.text), /broken on purpose/);
});

test("a rejected promise that no code awaits is an error too", () => {
  const { status, events } = execute([
    'void Promise.reject(new Error("nobody waits"));\nawait new Promise((done) => setTimeout(done, 50));',
  ]);
  assert.equal(status, 1);
  assert.match(String(events[events.length - 1].text), /nobody waits/);
});
