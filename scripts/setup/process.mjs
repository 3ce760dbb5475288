/** Runs other programs, with error messages that say what to do. */
import { spawnSync } from "node:child_process";

/** An error whose message has two lines: what is wrong, and what to do about it. */
export class SetupError extends Error {
  constructor(problem, remedy) {
    super(`${problem}\n  ${remedy}`);
    this.name = "SetupError";
  }
}

/**
 * Runs a program without showing its output.
 * @returns its standard output
 * @throws SetupError with the output and the remedy, when the program is missing or fails
 */
export function run(command, parameters, { cwd, env, remedy }) {
  const result = spawnSync(command, parameters, { cwd, env, encoding: "utf8", maxBuffer: 1 << 28 });
  if (result.error?.code === "ENOENT")
    throw new SetupError(`The program '${command}' was not found.`, remedy);
  if (result.status === 0) return result.stdout;
  const output = shortened(`${result.stdout ?? ""}${result.stderr ?? ""}`.trim());
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
