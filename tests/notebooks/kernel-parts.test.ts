/** Parts of the kernel by themselves. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import { createInterface } from "node:readline";
import test from "node:test";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import * as ts from "typescript";
import { ROOT } from "./kernel";

/** In milliseconds: a kernel that lost its parent ends within this time. */
const PATIENCE = 20_000;

const load = createRequire(join(ROOT, "jupyter", "kernel-preload.cjs"));

test("a cell is rewritten only where tslab would break it", () => {
  const { rewriteCell } = load("./kernel/cell-source.cjs") as {
    rewriteCell: (compiler: typeof ts, cell: string) => string;
  };
  for (const [cell, expected] of [
    ["const a = { x, y: 1, ...z };", "const a = { x: x, y: 1, ...z };"],
    ["({ x } = o);", "({ x: x } = o);"],
    ["const { x: y, z = 1, ...w } = o;", 'const { "x": y, z = 1, ...w } = o;'],
    ["f(({ x: y }) => y);", 'f(({ "x": y }) => y);'],
    ["await (f());", "await Promise.resolve( (f()));"],
    ["await (f()).x[1](2)! + 1;", "await Promise.resolve( (f()).x[1](2)!) + 1;"],
    ["await [f()][0];", "await Promise.resolve( [f()][0]);"],
    ["await f();", "await f();"],
    ["async () => { await (f()); };", "async () => { await (f()); };"],
    ["import { x } from 'y';\nexport { x };", "import { x } from 'y';\nexport { x };"],
    ["type T = { x: number };", "type T = { x: number };"],
    ["export const a = { x };", "       const a = { x: x };"],
    ["export default function f() {}", "export default function f() {}"],
    ["const a = {", "const a = {"],
  ])
    assert.equal(rewriteCell(ts, cell), expected);
});

test("between the parentheses of a call, the help is that of what is called", () => {
  const { calleePosition } = load("./kernel/cell-source.cjs") as {
    calleePosition: (compiler: typeof ts, cell: string, position: number) => number | undefined;
  };
  // The cursor is at the bar, and the name that is found ends before the caret.
  for (const [cell, expected] of [
    ["outer(|)", "outer"],
    ["outer(1, |", "outer"],
    ["outer(inner(1), |)", "outer"],
    ["outer(inner(|), 2)", "inner"],
    ["figures.boxSizes(|", "boxSizes"],
    ["new Trainer({ |", "Trainer"],
    ["outer(1);\n|", undefined],
    ["const a = |1;", undefined],
  ] as const) {
    const position = calleePosition(ts, cell.replace("|", ""), cell.indexOf("|"));
    const name = position && /\w+$/.exec(cell.slice(0, position + 1))?.[0];
    assert.equal(name, expected, cell);
  }
});

test("a path within a string is completed with the files and folders there", () => {
  const { completePath } = load("./kernel/path-completion.cjs") as {
    completePath: (
      compiler: typeof ts,
      cell: string,
      position: number,
    ) => { start: number; end: number; candidates: string[] } | undefined;
  };
  const folder = join(ROOT, "data", "sample");
  // The cursor is at the bar.
  for (const [cell, expected] of [
    [`openDataset("${folder}/|`, ["data.yaml", "images/", "labels/"]],
    [`const a = 1;\nopenDataset("${folder}/im|");`, ["images/"]],
    [`f('${folder}/da|ta.yaml')`, ["data.yaml"]],
    [`import { iou } from "${ROOT}/src/ind|";`, ["index"]],
    [`f("${folder}/none/|")`, []],
    ['f("a word|")', undefined],
    [`f("${folder}/")|`, undefined],
    ["f(a /|", undefined],
  ] as const) {
    const found = completePath(ts, cell.replace("|", ""), cell.indexOf("|"));
    const names = found?.candidates.filter((name) => !/^README/.test(name)).sort();
    assert.deepEqual(names, expected, cell);
    if (found) assert.equal(cell.slice(found.start - 1, found.start), "/");
  }
});

test("the help text names the tags", () => {
  const { helpText } = load("./kernel/help-text.cjs") as { helpText: (info: object) => string };
  const parts = (...texts: string[]) => texts.map((text) => ({ text }));
  const tags = [
    { name: "param", text: parts("x", " ", "a number") },
    { name: "throws", text: parts("when it is negative") },
    { name: "example", text: parts("f(1);\nf(2);") },
    { name: "deprecated" },
  ];
  const info = { displayParts: parts("f", "()"), documentation: parts("Does it."), tags };
  assert.equal(
    helpText(info),
    "f()\n\nDoes it.\n@param x a number\n@throws when it is negative\n@example\nf(1);\nf(2);\n@deprecated",
  );
  assert.equal(helpText({ displayParts: parts("const x") }), "const x");
});

test("a message that tslab does not know makes the kernel busy and idle, and writes nothing", () => {
  const { ignoreUnknown } = load("./kernel/messages.cjs") as {
    ignoreUnknown: (c: unknown) => void;
  };
  const states: string[] = [];
  class Server {
    handleShellMessage(_: unknown, ...frames: string[]) {
      states.push("busy");
      console.warn(`warning of ${frames[3]}`);
      states.push("idle");
    }
  }
  ignoreUnknown(Server);
  const written: string[] = [];
  const { warn } = console;
  console.warn = (text: string) => written.push(text);
  try {
    for (const type of ["history_request", "execute_request"])
      new Server().handleShellMessage(
        null,
        "identity",
        "<IDS|MSG>",
        "signature",
        `{"msg_type":"${type}"}`,
      );
  } finally {
    console.warn = warn;
  }
  assert.deepEqual(states, ["busy", "idle", "busy", "idle"]);
  assert.deepEqual(written, ['warning of {"msg_type":"execute_request"}']);
});

test("the kernel says that it is busy until the last of the waiting cells has ended", () => {
  const { busyUntilLastCell } = load("./kernel/messages.cjs") as {
    busyUntilLastCell: (server: unknown) => void;
  };
  const published: string[] = [];
  class Server {
    publishStatus(status: string, { id }: { id: string }): void {
      published.push(`${status} ${id}`);
    }
  }
  busyUntilLastCell(Server);
  const server = new Server();
  const message = (id: string, type: string) => ({ id, header: { msg_type: type } });
  const [one, two] = ["1", "2"].map((id) => message(id, "execute_request"));
  const completion = message("c", "complete_request");
  server.publishStatus("busy", one);
  server.publishStatus("busy", two);
  server.publishStatus("busy", completion);
  server.publishStatus("idle", completion);
  server.publishStatus("idle", one);
  server.publishStatus("idle", two);
  assert.deepEqual(published, [
    ...["busy 1", "busy 2"],
    ...["busy c", "idle c", "busy 1"],
    ...["idle 1", "busy 2"],
    "idle 2",
  ]);
});

test("a kernel whose parent was killed ends", async () => {
  const kernel = `require(${JSON.stringify(join(ROOT, "jupyter", "kernel", "parent.cjs"))}).endWithParent();
    console.log(process.pid); setInterval(() => 0, 1000);`;
  const parent = spawn(process.execPath, [
    "-e",
    `require("child_process").spawn(process.execPath, ["-e", ${JSON.stringify(kernel)}], { stdio: "inherit" });`,
  ]);
  const line = await new Promise<string>((resolve) =>
    createInterface({ input: parent.stdout }).once("line", resolve),
  );
  parent.kill("SIGKILL");
  const end = Date.now() + PATIENCE;
  while (isAlive(Number(line)) && Date.now() < end) await sleep(50);
  assert.ok(!isAlive(Number(line)), "it goes on");
});

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
