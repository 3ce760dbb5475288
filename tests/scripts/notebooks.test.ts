/** What `npm run notebooks` refuses before it executes anything. */
import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { ROOT, runCommand } from "./run-command";

const NAME = `test-refused-${process.pid}`;
const RUN = join(ROOT, "runs", NAME);

after(() => rmSync(RUN, { recursive: true, force: true }));

test("notebooks, runs and metrics that the command did not write are not replaced", () => {
  const [notebook] = readdirSync(join(ROOT, "notebooks")).filter((name) => name.startsWith("01"));
  const cases: [string, string, RegExp][] = [
    ["01", notebook, /holds files that 'notebooks' did not write.*: 01-/],
    ["04", "weights.safetensors", /holds files that 'notebooks' did not write.*: weights\./],
    ["06", "metrics.json", /metrics\.json was not written by the notebooks.*another --name/],
  ];
  for (const [number, file, message] of cases) {
    rmSync(RUN, { recursive: true, force: true });
    mkdirSync(RUN, { recursive: true });
    writeFileSync(join(RUN, file), "{}");
    const { status, stderr } = runCommand("notebooks", "--name", NAME, "--only", number);
    assert.equal(status, 1);
    assert.match(stderr, message);
    assert.deepEqual(readdirSync(RUN), [file]);
    assert.equal(readFileSync(join(RUN, file), "utf8"), "{}");
  }
});
