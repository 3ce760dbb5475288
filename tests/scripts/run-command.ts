/** Runs a command of the project as its users do. */
import { spawnSync } from "node:child_process";
import { createRequire } from "node:module";
import { join } from "node:path";

export const ROOT = join(__dirname, "..", "..");

const { nodeParameters: parametersOf } = createRequire(__filename)(
  join(ROOT, "scripts", "node-parameters.cjs"),
) as { nodeParameters: (file: string) => string[] };

/** The parameters of Node that start a script of the folder `scripts`. */
export function nodeParameters(script: string): string[] {
  return parametersOf(join(ROOT, "scripts", `${script}.ts`));
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
