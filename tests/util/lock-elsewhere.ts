/** Locks folders in other processes. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";

const PROGRAM = `
  const { lockFolder } = require(${JSON.stringify(join(__dirname, "../../src/util/folder-lock"))});
  lockFolder(process.argv[1]).then(
    () => console.log("LOCKED"),
    (error) => console.log(error.message),
  );
  process.stdin.resume();`;

/** A process that locks a folder and then waits; `answer` is what it says. */
export async function lockElsewhere(folder: string) {
  const child = spawn(process.execPath, ["--import", "tsx", "--eval", PROGRAM, folder], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const [answer] = (await once(child.stdout, "data")) as [Buffer];
  return { child, answer: answer.toString().trim() };
}

/** Kills a process. */
export async function end(child: ChildProcess): Promise<void> {
  const ended = once(child, "exit");
  child.kill("SIGKILL");
  await ended;
}
