/** How commands read TypeScript: scripts/typescript.cjs. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import { ROOT } from "./run-command";

let folder: string;

beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "typescript-"))));
afterEach(() => rmSync(folder, { recursive: true }));

const cache = () => join(folder, "cache");
const write = (name: string, ...lines: string[]) =>
  writeFileSync(join(folder, name), lines.join("\n"));

/** Runs `main.ts`, and returns what it prints. */
function run(environment: Record<string, string> = {}): string {
  const { stdout, stderr } = spawnSync(
    process.execPath,
    ["--require", join(ROOT, "scripts", "typescript.cjs"), join(folder, "main.ts")],
    {
      encoding: "utf8",
      env: { ...process.env, FRCNN_COMMAND_CACHE: cache(), ...environment },
    },
  );
  return stdout + stderr;
}

test("a changed file is compiled again, also when its time and size stay", () => {
  write("main.ts", 'import { value } from "./value";', "console.log(value satisfies number);");
  write("value.ts", "export const value: number = 1;");
  assert.equal(run(), "1\n");
  assert.equal(readdirSync(cache()).length, 2);
  assert.equal(run(), "1\n");
  write("value.ts", "export const value: number = 2;");
  assert.equal(run(), "2\n");
  assert.equal(readdirSync(cache()).length, 2, "a file replaces its old result");
});

test("a damaged result is not used", () => {
  write("main.ts", "console.log(1 as number);");
  assert.equal(run(), "1\n");
  for (const file of readdirSync(cache())) writeFileSync(join(cache(), file), "console.log(3);\n");
  assert.equal(run(), "1\n");
});

test("import() loads the same module as import", () => {
  write(
    "main.ts",
    'import { value } from "./value";',
    'void import("./value").then((later) => console.log(later.value === value));',
  );
  write("value.ts", "export const value = {};");
  assert.equal(run(), "true\n");
});

test("stack traces name the lines of the sources, also from the disk", () => {
  write("main.ts", "interface Unused {", "  a: number;", "}", "", "throw new Error('here');");
  for (const part of ["compiled", "from the disk"])
    assert.match(run({ FRCNN_DEBUG: "1" }), /main\.ts:5/, part);
});

test("a cache that cannot be written is left out", () => {
  write("main.ts", "console.log(1 as number);");
  write("cache", "a file");
  chmodSync(cache(), 0o444);
  assert.equal(run(), "1\n");
});
