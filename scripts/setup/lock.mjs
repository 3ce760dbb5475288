/**
 * One set-up of a folder at a time. The lock is a symbolic link that points nowhere: making one
 * fails when there is one, and it says who made it from its first moment on, which a file that is
 * made and then written to does not.
 */
import { readFileSync, readlinkSync, renameSync, rmSync, symlinkSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

const POLL_MILLISECONDS = 200;

/**
 * Runs `work` while no other process holds the lock; waits for one that does, and takes over the
 * lock of one that has ended.
 * @param path of the lock; its folder must exist
 * @param tell is called with the process's number when there is one to wait for
 */
export async function withLock(path, tell, work) {
  let isTold = false;
  while (!take(path)) {
    const holder = holderOf(path);
    if (holder === null) continue;
    if (!isAlive(holder)) {
      takeAway(path, holder);
      continue;
    }
    if (!isTold) tell(numberOf(holder));
    isTold = true;
    await sleep(POLL_MILLISECONDS);
  }
  try {
    return await work();
  } finally {
    rmSync(path, { force: true });
  }
}

function take(path) {
  try {
    symlinkSync(identityOf(process.pid), path);
    return true;
  } catch (error) {
    if (error.code === "EEXIST") return false;
    throw error;
  }
}

/** What the lock says of its holder; null when it was given back meanwhile. */
function holderOf(path) {
  try {
    return readlinkSync(path);
  } catch (error) {
    if (error.code === "ENOENT") return null;
    throw error;
  }
}

/**
 * Removes the lock of a process that has ended. Of two that find it only one can move it; the
 * other may have moved a new one, and puts that back.
 */
function takeAway(path, stale) {
  const aside = `${path}.${process.pid}`;
  try {
    renameSync(path, aside);
  } catch (error) {
    if (error.code === "ENOENT") return;
    throw error;
  }
  const moved = readlinkSync(aside);
  if (moved === stale) rmSync(aside);
  else renameSync(aside, path);
}

/**
 * A process's number, and where the system tells it also when it started: numbers are given again,
 * in a container very soon.
 */
function identityOf(pid) {
  return `${pid}-${startOf(pid) ?? ""}`;
}

function numberOf(identity) {
  return Number(identity.split("-")[0]);
}

function isAlive(identity) {
  const pid = numberOf(identity);
  try {
    process.kill(pid, 0);
  } catch (error) {
    // Otherwise it belongs to another user.
    if (error.code === "ESRCH") return false;
  }
  return identityOf(pid) === identity;
}

/** Ticks from the system's start to the process's, of Linux's /proc; null elsewhere. */
function startOf(pid) {
  try {
    // The name of the program, in brackets, may hold blanks.
    const [, fields] = /\) (.*)$/s.exec(readFileSync(`/proc/${pid}/stat`, "utf8"));
    return fields.split(" ")[19];
  } catch {
    return null;
  }
}
