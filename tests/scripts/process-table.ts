/** The processes of this machine, and what they listen to, from /proc. */
import { readdirSync, readFileSync, readlinkSync } from "node:fs";

/** The processes whose command lines contain all texts. */
export function processes(...texts: readonly string[]): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => {
      try {
        const line = readFileSync(`/proc/${name}/cmdline`, "utf8").replaceAll("\0", " ");
        return texts.every((text) => line.includes(text));
      } catch {
        return false;
      }
    })
    .map(Number);
}

/** The process that started another one; null when it has ended. */
export function parentOf(pid: number): number | null {
  try {
    return Number(/^PPid:\s*(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]);
  } catch {
    return null;
  }
}

/** A process and all processes below it. */
export function processTree(pid: number): number[] {
  const children = processes().filter((child) => parentOf(child) === pid);
  return [pid, ...children.flatMap(processTree)];
}

/** The numbers of the sockets that a process has open; none when it has ended. */
function socketsOf(pid: number): string[] {
  try {
    const files = readdirSync(`/proc/${pid}/fd`);
    const targets = files.map((file) => readlinkSync(`/proc/${pid}/fd/${file}`));
    return targets.flatMap((target) => /^socket:\[(\d+)\]$/.exec(target)?.[1] ?? []);
  } catch {
    return [];
  }
}

/** 127.0.0.1 as /proc/net writes it, alone and as an address of IPv6. */
export const LOOPBACK = /^(0000000000000000FFFF0000)?0100007F:/;
/** The state of a socket that listens, in the same files. */
const LISTENING = "0A";

/** The addresses at which processes listen, as /proc/net writes them. */
export function listeningAddresses(pids: readonly number[]): string[] {
  const sockets = new Set(pids.flatMap(socketsOf));
  return ["tcp", "tcp6"]
    .flatMap((name) => readFileSync(`/proc/net/${name}`, "utf8").trim().split("\n").slice(1))
    .map((line) => line.trim().split(/\s+/))
    .filter(({ 3: state, 9: socket }) => state === LISTENING && sockets.has(socket))
    .map(({ 1: address }) => address);
}
