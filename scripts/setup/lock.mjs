/**
 * A lock that lets one set-up of a folder run at a time. The lock is a symbolic link whose target
 * is the identity of the process that holds it. Making a link fails if there is one already, and a
 * link has its target from the first moment, unlike a file that is made first and written later.
 */
import { readFileSync, readlinkSync, renameSync, rmSync, symlinkSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

const POLL_MILLISECONDS = 200;
/** The position of the start among the fields of /proc/PID/stat after the state of the process. */
const START_FIELD = 18;

/**
 * Runs `work` while this process holds the lock. Waits for another process that holds it, and
 * takes over the lock of a process that has ended.
 * @param path the lock; its folder must exist
 * @param onWait called with the number of the process that is waited for
 * @param work the function to run
 */
export async function withLock(path, onWait, work) {
  let isWaiting = false;
  while (!take(path)) {
    const holder = holderOf(path);
    if (holder === null) continue;
    if (!isAlive(holder)) {
      takeAway(path, holder);
      continue;
    }
    if (!isWaiting) onWait(numberOf(holder));
    isWaiting = true;
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

/** The identity of the process that holds the lock; null when it has released it meanwhile. */
function holderOf(path) {
  try {
    return readlinkSync(path);
  } catch (error) {
    if (error.code === "ENOENT") return null;
    throw error;
  }
}

/**
 * Removes the lock of a process that has ended. If two processes try it at once, only one moves
 * the old lock. The other may move a new lock instead; it then puts the new lock back.
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
 * The number of a process and, on Linux, its start time: the system gives the number of an ended
 * process to a new one, in a container very soon.
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
    // Any other error means that the process runs and belongs to another user.
    if (error.code === "ESRCH") return false;
  }
  return identityOf(pid) === identity;
}

/**
 * Start time of a process in clock ticks since the system started. Null except on Linux, and for a
 * process that has ended and was not yet removed from the list.
 */
function startOf(pid) {
  try {
    // The name of the program stands in brackets and may contain blanks.
    const [, fields] = /\) (.*)$/s.exec(readFileSync(`/proc/${pid}/stat`, "utf8"));
    const [state, ...others] = fields.split(" ");
    return state === "Z" ? null : others[START_FIELD];
  } catch {
    return null;
  }
}
