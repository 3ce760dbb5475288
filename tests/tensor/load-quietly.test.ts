/** What native libraries write while they are loaded, in processes of their own. */
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";

const ROOT = join(__dirname, "..", "..");
const INFORMATION = [
  "WARNING: All log messages before absl::InitializeLog() is called are written to STDERR",
  "I0000 00:00:1795850728.857703    1452 port.cc:153] oneDNN custom operations are on.",
];

const folder = mkdtempSync(join(tmpdir(), "load-quietly-"));
after(() => rmSync(folder, { recursive: true }));

/** Compiles a library that runs some C++ when it is loaded. */
function library(name: string, body: string): string {
  const source = join(folder, `${name}.cc`);
  const output = join(folder, `${name}.so`);
  writeFileSync(
    source,
    `#include <cstdio>\n#include <cstdlib>\n__attribute__((constructor)) static void start() {\n${body}\n}\n`,
  );
  execFileSync(process.env.CXX || "c++", ["-shared", "-fPIC", source, "-o", output]);
  return output;
}

/** A statement of C++ that writes lines to standard error. */
const print = (...lines: string[]) =>
  lines.map((line) => `fputs(${JSON.stringify(`${line}\n`)}, stderr);`).join("\n");

/** What the compiler of commands makes is not the code whose coverage is measured. */
const UNMEASURED = { ...process.env, NODE_V8_COVERAGE: undefined };

/** Runs a program with TypeScript. */
function run(program: string, environment: Record<string, string> = {}) {
  return spawnSync(
    process.execPath,
    ["--require", join(ROOT, "scripts", "typescript.cjs"), "-e", program],
    { cwd: ROOT, encoding: "utf8", env: { ...UNMEASURED, ...environment } },
  );
}

/** Loads a library. It is no addon, so that Node throws after it has been loaded. */
const loading = (file: string) => `
  const { loadQuietly } = require("./src/tensor/load-quietly");
  try {
    loadQuietly(() => process.dlopen({ exports: {} }, ${JSON.stringify(file)}));
  } catch (error) {
    console.log(error.message);
  }
  console.error("afterwards");`;

test("TensorFlow loads without a line", () => {
  const program = `
    const { tf } = require("./src/tensor/tensorflow");
    console.log(tf.add(1, 2).dataSync()[0]);`;
  const { status, stdout, stderr } = run(program);
  assert.equal(status, 0);
  assert.equal(stdout, "3\n");
  assert.equal(stderr, "");
});

test("TF_CPP_MIN_LOG_LEVEL=0 shows everything", () => {
  const { stderr } = run('require("./src/tensor/tensorflow");', { TF_CPP_MIN_LOG_LEVEL: "0" });
  assert.match(stderr, /^I0000 .* oneDNN/m);
});

test("other lines that a library writes appear, and so do errors of loading", () => {
  const file = library("other", print(INFORMATION[0], "E0000 a fault", INFORMATION[1], "a line"));
  const { status, stdout, stderr } = run(loading(file));
  assert.equal(status, 0);
  assert.match(stdout, /Module did not self-register/);
  assert.equal(stderr, "E0000 a fault\na line\nafterwards\n");
  const missing = run(loading(join(folder, "missing.so")));
  assert.match(missing.stdout, /missing\.so: cannot open|missing\.so.*no such file/);
});

test("a library that ends the process loses no line", () => {
  for (const [name, ending, isEnded] of [
    ["abort", "abort();", (signal: string | null) => signal === "SIGABRT"],
    ["crash", "*(volatile int*)nullptr = 1;", (signal: string | null) => signal === "SIGSEGV"],
    // Node itself aborts when a library that it loads calls exit.
    ["exit", "exit(7);", (signal: string | null, status: number | null) => signal ?? status],
  ] as const) {
    const { signal, status, stderr } = run(loading(library(name, print("why") + ending)));
    assert.ok(isEnded(signal, status), `${name}: ${signal} ${status}`);
    assert.equal(stderr.match(/^why$/gm)?.length, 1, `${name}: ${stderr}`);
  }
});

test("a closed standard error is not an error", () => {
  const file = library("closed", print("a line"));
  const program = `${loading(file)}\nconsole.log("done");`;
  const command = `exec "$0" --require ./scripts/typescript.cjs -e "$1" 2>&-`;
  const { status, stdout } = spawnSync("sh", ["-c", command, process.execPath, program], {
    cwd: ROOT,
    encoding: "utf8",
    env: UNMEASURED,
  });
  assert.equal(status, 0);
  assert.match(stdout, /done/);
});
