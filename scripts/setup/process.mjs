/** Runs other programs, with error messages that say what to do. */
import { spawn, spawnSync } from "node:child_process";

/** An error whose message has two lines: what is wrong, and what to do about it. */
export class SetupError extends Error {
  constructor(problem, remedy) {
    super(`${problem}\n  ${remedy}`);
    this.name = "SetupError";
  }
}

/** The signals that end a set-up. */
const ENDING = ["SIGINT", "SIGTERM", "SIGHUP"];

/**
 * Runs a program without showing its output. A signal that ends this process ends the program
 * first: otherwise it would go on beside the next set-up.
 * @returns its standard output
 * @throws SetupError with the output and the remedy, when the program is missing or fails
 */
export async function run(command, parameters, { cwd, env, remedy }) {
  const child = spawn(command, parameters, { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
  let [stdout, stderr] = ["", ""];
  child.stdout.on("data", (chunk) => (stdout += chunk));
  child.stderr.on("data", (chunk) => (stderr += chunk));
  let ending = null;
  const end = (signal) => {
    ending = signal;
    child.kill("SIGTERM");
  };
  for (const signal of ENDING) process.on(signal, end);
  const { status, error } = await new Promise((resolve) => {
    child.on("error", (error) => resolve({ error }));
    child.on("close", (status) => resolve({ status }));
  });
  for (const signal of ENDING) process.removeListener(signal, end);
  if (ending) process.kill(process.pid, ending);
  if (error?.code === "ENOENT")
    throw new SetupError(`The program '${command}' was not found.`, remedy);
  if (status === 0) return stdout;
  const output = shortened(`${stdout}${stderr}${error?.message ?? ""}`.trim());
  throw new SetupError(`This failed: ${command} ${parameters.join(" ")}\n${output}`, remedy);
}

/**
 * The first and last lines of a long output. npm and compilers print the cause of a failure first,
 * pip prints it last.
 */
export function shortened(text, first = 15, last = 15) {
  const lines = text.split("\n");
  if (lines.length <= first + last) return text;
  return [...lines.slice(0, first), "…", ...lines.slice(-last)].join("\n");
}

/** The standard output of a program, trimmed; null when the program is missing or fails. */
export function capture(command, parameters, env = process.env) {
  const result = spawnSync(command, parameters, { encoding: "utf8", env });
  return result.status === 0 ? result.stdout.trim() : null;
}
