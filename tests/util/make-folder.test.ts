import assert from "node:assert/strict";
import { existsSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { makeFolder } from "../../src/util/make-folder";
import { temporaryFolder } from "../data/files";

test("a folder and those above it are made, and the topmost one is returned", () => {
  const root = temporaryFolder();
  assert.equal(makeFolder(join(root, "a", "b", "c")), join(root, "a"));
  assert.ok(statSync(join(root, "a", "b", "c")).isDirectory());
  assert.equal(makeFolder(join(root, "a", "b")), undefined);
  assert.equal(makeFolder(root), undefined);
});

test("where no folder can be made: an error at once that names the path", () => {
  const root = temporaryFolder();
  writeFileSync(join(root, "file"), "");
  symlinkSync(join(root, "nowhere"), join(root, "link"));
  for (const path of [join(root, "file"), join(root, "file", "below"), join(root, "link")])
    assert.throws(() => makeFolder(path), new RegExp(`^Error: ${path} could not be written: `));
});

// With Node's own option this never ends.
test("below /proc no folder can be made", { skip: !existsSync("/proc/self") }, () => {
  assert.throws(() => makeFolder("/proc/none/run"), /\/proc\/none\/run could not be written: /);
});
