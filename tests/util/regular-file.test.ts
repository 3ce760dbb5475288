/** Pipes, devices, sockets and folders in the place of a file are refused at once. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, symlinkSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { readOverrides } from "../../src/config/overrides";
import { contentHash } from "../../src/data/content-hash";
import { decodeImage, decodeNamed } from "../../src/data/image";
import { findInputs } from "../../src/inference/find-inputs";
import { loadHistory, readRunManifest } from "../../src/runs/run-manifest";
import { readCheckpoint } from "../../src/training/checkpoint";
import { requireRegularFile } from "../../src/util/regular-file";
import { hasSha256 } from "../../src/weights/file-check";
import { readWeights } from "../../src/weights/sources";
import { temporaryFolder } from "../data/files";

/** Milliseconds; reading a pipe or some devices never ends. */
const AT_ONCE = 5000;

const REFUSED = /it is a (device or a pipe|folder), not a file/;

/** All that reads a file which a user names. */
const READERS: Readonly<Record<string, (path: string) => unknown>> = {
  image: (path) => decodeImage(path),
  "named image": (path) => decodeNamed(path),
  configuration: (path) => readOverrides(path),
  safetensors: (path) => readWeights(path),
  checkpoint: (path) => readCheckpoint(path),
  "content hash": (path) =>
    contentHash([{ id: "a", path, labelPath: null } as Parameters<typeof contentHash>[0][0]]),
  "SHA-256": (path) => hasSha256(path, "00"),
};

async function assertRefused(path: string): Promise<void> {
  for (const [name, read] of Object.entries(READERS))
    await assert.rejects(Promise.resolve(path).then(read), REFUSED, name);
}

test("pipes are refused by everything that reads a file", { timeout: AT_ONCE }, async () => {
  const folder = temporaryFolder();
  for (const name of ["a.png", "a.yaml", "a.safetensors", "a.pth"]) {
    const pipe = join(folder, name);
    execFileSync("mkfifo", [pipe]);
    await assertRefused(pipe);
  }
});

test("devices, sockets and folders are refused too", { timeout: AT_ONCE }, async (context) => {
  const folder = temporaryFolder();
  symlinkSync("/dev/zero", join(folder, "zero.png"));
  mkdirSync(join(folder, "folder.png"));
  const socket = join(folder, "socket.png");
  const server = createServer().listen(socket);
  await new Promise((resolve) => server.once("listening", resolve));
  context.after(() => server.close());
  for (const path of [join(folder, "zero.png"), socket, join(folder, "folder.png")])
    await assertRefused(path);
});

test("the files of a run folder may not be pipes", { timeout: AT_ONCE }, async () => {
  const folder = temporaryFolder();
  execFileSync("mkfifo", ["run.json", "history.json"], { cwd: folder });
  await assert.rejects(readRunManifest(folder), REFUSED);
  await assert.rejects(loadHistory(folder), REFUSED);
});

test(
  "a pipe in a folder of images is found by its name and refused",
  { timeout: AT_ONCE },
  async () => {
    const folder = temporaryFolder();
    execFileSync("mkfifo", ["a.png", "b.dcm", "c"], { cwd: folder });
    const { images, scans } = await findInputs([folder]);
    assert.deepEqual([images, scans], [[join(folder, "a.png")], []]);
    const named = await findInputs([join(folder, "c")]);
    assert.deepEqual(named.images, [join(folder, "c")]);
    await assert.rejects(decodeNamed(join(folder, "c")), REFUSED);
  },
);

test("a path that does not exist passes, so that its reader reports it", () => {
  assert.equal(requireRegularFile(join(temporaryFolder(), "none")), undefined);
});
