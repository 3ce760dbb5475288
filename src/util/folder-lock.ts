/**
 * A lock that lets one process at a time write into a folder. The lock is a file in the folder that
 * names its process and host, so that the second process can say who works there.
 *
 * Making a file that must not exist is atomic, also over NFS. Libraries such as proper-lockfile do
 * not fit: they renew their locks by a timer, and no timer runs while a training step is computed.
 */
import { existsSync, readFileSync, realpathSync, rmdirSync, rmSync, writeFileSync } from "fs";
import { hostname } from "os";
import { dirname, join, resolve } from "path";
import { setTimeout as sleep } from "timers/promises";
import { writeError } from "./atomic-write";
import { makeFolder } from "./make-folder";

/** The name of the lock in a folder. */
export const LOCK_FILE = ".lock";

/** While this file is there, a process takes the lock of an ended process over. */
const TAKEOVER = ".takeover";

/** Milliseconds between two looks at a file that another process is writing or removing. */
const POLL = 50;
/** The number of looks, after which the file counts as left behind. */
const LOOKS = 40;

/** The position of the start among the fields of /proc/PID/stat after the state of the process. */
const START_FIELD = 18;

/** The process that holds a lock. */
interface Holder {
  readonly host: string;
  readonly pid: number;
  /** The start of the host's system; null where the system does not tell it. */
  readonly boot: string | null;
  /** The start of the process, in the units of the system; null where it does not tell it. */
  readonly start: string | null;
}

/** The locks of this process by their paths, and how many callers hold each. */
const held = new Map<string, number>();

/**
 * Runs `work` while this process holds the lock of a folder. Makes the folder when it is missing;
 * removes it afterwards when it is still empty. A process may lock a folder that it has locked
 * already. The lock of a process that has ended is taken over. Whether a process of another host
 * has ended cannot be seen: its lock counts until somebody removes it.
 * @param path the folder
 * @param options.name the name of the lock, for two kinds of work that do not disturb each other
 * @throws when another process holds the lock, with its number and host; and when the folder cannot
 * be written to
 */
export async function withFolderLock<T>(
  path: string,
  work: () => Promise<T>,
  { name = LOCK_FILE }: { readonly name?: string } = {},
): Promise<T> {
  const release = await lockFolder(path, { name });
  try {
    return await work();
  } finally {
    release();
  }
}

/**
 * Locks a folder like `withFolderLock`.
 * @returns releases the lock
 * @throws as `withFolderLock` does
 */
export async function lockFolder(
  path: string,
  { name = LOCK_FILE }: { readonly name?: string } = {},
): Promise<() => void> {
  const folder = resolve(path);
  const made = makeFolder(folder);
  const lock = join(realpathSync(folder), name);
  const count = held.get(lock) ?? 0;
  if (!count) await take(lock, path);
  held.set(lock, count + 1);
  return () => {
    const left = held.get(lock)! - 1;
    held.set(lock, left);
    if (left) return;
    removeOwn(lock);
    if (made !== undefined) removeEmpty(folder, made);
  };
}

/** Makes the file of a lock, after it has removed that of an ended process. */
async function take(lock: string, path: string): Promise<void> {
  for (let look = 0; !makeExclusively(lock, OWN); look++) {
    const text = readLock(lock);
    if (text === OWN) return;
    const holder = text === null ? null : parseHolder(text);
    if (holder && !hasEnded(holder)) throw new Error(refusal(path, lock, holder));
    if (holder) await removeStale(lock, text!);
    else if (look < LOOKS) await sleep(POLL);
    else
      throw new Error(
        `${path} is in use, but ${lock} names no process: remove this file if no command works there`,
      );
  }
}

function refusal(path: string, lock: string, { pid, host }: Holder): string {
  const sentence = `${path} is in use by process ${pid} on ${host}: wait until it has ended, or name another folder`;
  return host === hostname()
    ? sentence
    : `${sentence}. If it has ended without removing its lock, remove ${lock}`;
}

/**
 * Removes the lock of an ended process. Only one process does it at a time: otherwise the second
 * could remove the new lock of the first.
 */
async function removeStale(lock: string, stale: string): Promise<void> {
  const guard = lock + TAKEOVER;
  for (let look = 0; !makeExclusively(guard, OWN); look++) {
    if (look === LOOKS)
      throw new Error(
        `${lock} could not be taken over: remove it and ${guard} if no command works in the folder`,
      );
    await sleep(POLL);
  }
  if (readLock(lock) === stale) rmSync(lock, { force: true });
  rmSync(guard, { force: true });
}

/** Writes a file that must not exist. Returns whether it did not. */
function makeExclusively(path: string, text: string): boolean {
  try {
    writeFileSync(path, text, { flag: "wx" });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw writeError(path, error);
  }
}

/** Removes a lock of this process. The folder may be gone by now, or belong to somebody else. */
function removeOwn(lock: string): void {
  try {
    if (readLock(lock) === OWN) rmSync(lock, { force: true });
  } catch {
    // An error of the work itself is more important.
  }
}

/** The text of a lock; null when it was released meanwhile. */
function readLock(lock: string): string | null {
  try {
    return readFileSync(lock, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
}

/** Null when the text is empty or incomplete. */
function parseHolder(text: string): Holder | null {
  try {
    return JSON.parse(text) as Holder;
  } catch {
    return null;
  }
}

/** Whether a process of this host has ended. The system gives its number to a new process. */
function hasEnded({ host, pid, boot, start }: Holder): boolean {
  if (host !== hostname()) return false;
  if (boot !== bootOf()) return true;
  try {
    process.kill(pid, 0);
  } catch (error) {
    // Any other error means that the process runs and belongs to another user.
    if ((error as NodeJS.ErrnoException).code === "ESRCH") return true;
  }
  return startOf(pid) !== start;
}

/** Linux has a random number for each start of the system. */
function bootOf(): string | null {
  const file = "/proc/sys/kernel/random/boot_id";
  return existsSync(file) ? readFileSync(file, "utf8").trim() : null;
}

/**
 * The start of a process in clock ticks since that of the system, on Linux. Null on other systems,
 * and for a process that has ended and was not yet removed from the list.
 */
function startOf(pid: number): string | null {
  try {
    // The name of the program stands in brackets and may contain blanks.
    const [state, ...fields] = readFileSync(`/proc/${pid}/stat`, "utf8")
      .replace(/^.*\) /s, "")
      .split(" ");
    return state === "Z" ? null : fields[START_FIELD];
  } catch {
    return null;
  }
}

/** The text of this process's locks. */
const OWN = `${JSON.stringify({
  host: hostname(),
  pid: process.pid,
  boot: bootOf(),
  start: startOf(process.pid),
} satisfies Holder)}\n`;

/** Removes a folder and its parents up to another folder, as far as they are empty. */
function removeEmpty(folder: string, last: string): void {
  try {
    rmdirSync(folder);
  } catch {
    return;
  }
  if (folder !== last) removeEmpty(dirname(folder), last);
}
