/** Running other programs, with errors that say what to do. */
import { spawnSync } from "node:child_process";

/** What is wrong, and on a line of its own what to do about it. */
export class SetupError extends Error {
  constructor(problem, remedy) {
    super(`${problem}\n  ${remedy}`);
    this.name = "SetupError";
  }
}

/**
 * Runs a program with its output kept back, and shown when it fails. Throws a SetupError with the
 * remedy.
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
 * The first and last lines of a long output: npm and compilers say first what is wrong, pip says
 * it last.
 */
export function shortened(text, first = 15, last = 15) {
  const lines = text.split("\n");
  if (lines.length <= first + last) return text;
  return [...lines.slice(0, first), "…", ...lines.slice(-last)].join("\n");
}

/** What a program prints, trimmed; null when it is missing or fails. */
export function capture(command, parameters, env = process.env) {
  const result = spawnSync(command, parameters, { encoding: "utf8", env });
  return result.status === 0 ? result.stdout.trim() : null;
}
