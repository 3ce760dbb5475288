/** Runs a command of the project as its users do. */
import { spawnSync } from "node:child_process";
import { join } from "node:path";

export const ROOT = join(__dirname, "..", "..");

/** The parameters of Node that start a script of the folder `scripts`. */
export function nodeParameters(script: string): string[] {
  const shim = join(ROOT, "jupyter", "node-shim.cjs");
  // As in scripts/run.mjs.
  const typescript = process.env.NODE_V8_COVERAGE
    ? ["--import", "tsx"]
    : ["--require", join(ROOT, "scripts", "typescript.cjs")];
  return ["--require", shim, ...typescript, join(ROOT, "scripts", `${script}.ts`)];
}

/** How a command ended; `all` is all that it printed. */
export interface Ending {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly all: string;
}

/** Runs a command of the folder `scripts` in the project's folder. */
export function runCommand(script: string, ...parameters: string[]): Ending {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [...nodeParameters(script), ...parameters],
    { cwd: ROOT, encoding: "utf8", env: { ...process.env, FRCNN_ROOT: ROOT } },
  );
  return { status, stdout, stderr, all: stdout + stderr };
}
