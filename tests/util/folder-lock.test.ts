import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { LOCK_FILE, lockFolder, withFolderLock } from "../../src/util/folder-lock";
import { temporaryFolder } from "../data/files";
import { end, lockElsewhere } from "./lock-elsewhere";

const home = temporaryFolder();
test("a second process is refused with the number and host of the first, and a killed one's lock is taken over", async () => {
  const folder = join(home, "two");
  const { child, answer } = await lockElsewhere(folder);
  assert.equal(answer, "LOCKED");
  await assert.rejects(lockFolder(folder), {
    message: `${folder} is in use by process ${child.pid} on ${hostname()}: wait until it has ended, or name another folder`,
  });
  await end(child);
  assert.ok(existsSync(join(folder, LOCK_FILE)), "the kill left no lock");
  const release = await lockFolder(folder);
  release();
  assert.ok(!existsSync(join(folder, LOCK_FILE)));
});

test("of several processes that take over the lock of an ended one at once, one gets it", async () => {
  const folder = join(home, "race");
  const { child } = await lockElsewhere(folder);
  await end(child);
  const all = await Promise.all(Array.from({ length: 4 }, () => lockElsewhere(folder)));
  const answers = all.map(({ answer }) => answer);
  const winner = all.find(({ answer }) => answer === "LOCKED")?.child.pid;
  assert.equal(answers.filter((answer) => answer === "LOCKED").length, 1, answers.join("\n"));
  for (const answer of answers)
    assert.ok(answer === "LOCKED" || answer.includes(`by process ${winner} on`), answer);
  for (const { child: other } of all) await end(other);
});

/** Writes the lock of another process. */
function writeLock(folder: string, changes: Record<string, unknown>): string {
  const lock = join(folder, LOCK_FILE);
  mkdirSync(folder, { recursive: true });
  writeFileSync(lock, JSON.stringify({ host: hostname(), pid: process.pid, ...changes }));
  return lock;
}

/** What this process writes into a lock. */
async function ownLock(): Promise<Record<string, unknown>> {
  const folder = join(home, "mine");
  return withFolderLock(folder, () =>
    Promise.resolve(
      JSON.parse(readFileSync(join(folder, LOCK_FILE), "utf8")) as Record<string, unknown>,
    ),
  );
}

test(
  "the lock counts as left behind when its process number belongs to another process, and after a restart",
  { skip: !existsSync("/proc/self/stat") },
  async () => {
    const own = await ownLock();
    for (const [name, changes] of [
      ["number", { ...own, start: "1" }],
      ["restart", { ...own, boot: "before" }],
    ] as const) {
      const folder = join(home, name);
      writeLock(folder, changes);
      const release = await lockFolder(folder);
      release();
    }
  },
);

test("the lock of another host counts until somebody removes it", async () => {
  const folder = join(home, "far");
  const lock = writeLock(folder, { host: "far-away", pid: 2 ** 22 - 1, boot: null, start: null });
  await assert.rejects(lockFolder(folder), {
    message: `${folder} is in use by process 4194303 on far-away: wait until it has ended, or name another folder. If it has ended without removing its lock, remove ${lock}`,
  });
  assert.ok(existsSync(lock));
});

test("a lock that names no process is waited for, and then named", async () => {
  const folder = join(home, "empty");
  mkdirSync(folder);
  const lock = join(folder, LOCK_FILE);
  writeFileSync(lock, "");
  setTimeout(() => writeLock(folder, { host: "far-away", boot: null, start: null }), 300);
  await assert.rejects(lockFolder(folder), /is in use by process \d+ on far-away/);
  writeFileSync(lock, '{"host": "far');
  await assert.rejects(lockFolder(folder), /\.lock names no process: remove this file/);
});

test("a process may lock its own folder again; the last release removes the lock and the folders that it made", async () => {
  const folder = join(home, "made", "for", "lock");
  mkdirSync(join(home, "made"));
  const first = await lockFolder(folder);
  const both = await Promise.all([lockFolder(folder), lockFolder(folder)]);
  for (const release of both) release();
  assert.ok(existsSync(join(folder, LOCK_FILE)));
  first();
  assert.ok(!existsSync(join(home, "made", "for")));
  assert.ok(existsSync(join(home, "made")));

  await assert.rejects(
    withFolderLock(folder, () => {
      writeFileSync(join(folder, "result"), "");
      return Promise.reject(new Error("failed"));
    }),
    /failed/,
  );
  assert.ok(existsSync(join(folder, "result")));
  assert.ok(!existsSync(join(folder, LOCK_FILE)));
});

test("the lock of another process that replaced this one stays", async () => {
  const folder = join(home, "replaced");
  const release = await lockFolder(folder);
  const lock = writeLock(folder, { host: "far-away" });
  release();
  assert.ok(existsSync(lock));
});

test("releasing a lock whose folder is gone hides no error of the work", async () => {
  const folder = join(home, "gone");
  await assert.rejects(
    withFolderLock(folder, () => {
      rmSync(folder, { recursive: true });
      writeFileSync(folder, "");
      return Promise.reject(new Error("the error of the work"));
    }),
    /the error of the work/,
  );
});

test("a folder that cannot be made is named", async () => {
  const file = join(home, "file");
  writeFileSync(file, "");
  await assert.rejects(
    lockFolder(join(file, "run")),
    /file\/run could not be written: a part of the path is a file/,
  );
});
