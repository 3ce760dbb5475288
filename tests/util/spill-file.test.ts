import assert from "node:assert/strict";
import { spawnSync } from "child_process";
import { readdirSync } from "fs";
import { join, resolve } from "path";
import { test } from "node:test";
import { freeBytes, SpillFile } from "../../src/util/spill-file";
import { temporaryFolder } from "../data/files";

test("appended content is read again in any order, and the folder lists no file", () => {
  const folder = temporaryFolder();
  const file = SpillFile.open(folder);
  const parts = [
    Float32Array.of(1.5, -2),
    Uint8Array.of(7),
    new Float32Array(0),
    Float32Array.of(Math.PI),
  ];
  const starts = parts.map((part) => file.append(part));
  assert.deepEqual(starts, [0, 8, 9, 9]);
  assert.deepEqual(readdirSync(folder), []);
  for (const i of [3, 0, 2, 1]) {
    const read = parts[i].slice().fill(0);
    file.read(starts[i], read);
    assert.deepEqual(read, parts[i]);
  }
  assert.throws(() => file.read(9, new Float32Array(2)), /the file of features ends at 13 bytes/);
  file.close();
  assert.throws(() => file.read(0, new Uint8Array(1)), /were disposed/);
  assert.ok(freeBytes(folder) > 0);
});

test("if the disk is full, the error says what to do, and earlier content can still be read", () => {
  const program = `
    const { SpillFile } = require(${JSON.stringify(resolve(__dirname, "..", "..", "src", "util", "spill-file.ts"))});
    const file = SpillFile.open();
    const start = file.append(Uint8Array.of(5));
    try { file.append(new Uint8Array(1e6)); } catch (error) { console.log(error.message); }
    const read = new Uint8Array(1);
    file.read(start, read);
    console.log(read[0], file.append(Uint8Array.of(6)));`;
  const folder = temporaryFolder();
  // Files may not grow beyond 8 blocks of 512 bytes, as if the disk were full.
  const { stdout, stderr } = spawnSync(
    "sh",
    ["-c", 'ulimit -f 8; exec "$@"', "sh", process.execPath, "--import", "tsx", "-e", program],
    {
      cwd: join(__dirname, "..", ".."),
      encoding: "utf8",
      env: { ...process.env, TMPDIR: folder, TSX_DISABLE_CACHE: "1" },
    },
  );
  const message = `a file of features in ${folder} could not be written: a file may not grow that large here, or name a folder on another disk in TMPDIR`;
  assert.equal(stdout, `${message}\n5 1\n`, stderr);
});
