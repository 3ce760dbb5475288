/**
 * Starts a command of the project: `node scripts/run.mjs train …` installs what is missing and
 * then runs scripts/train.ts with the other parameters. A name with a slash is a path below the
 * project's folder: bench/load is bench/load.ts.
 */
import { spawn } from "node:child_process";
import { join } from "node:path";
import { ROOT, setup } from "./setup.mjs";
import { SetupError } from "./setup/process.mjs";

/**
 * Settings of the C library's allocator: it keeps freed blocks of some MiB for the next tensors
 * instead of returning them to the system at every step.
 */
const ALLOCATOR = { MALLOC_MMAP_THRESHOLD_: "1073741824", MALLOC_TRIM_THRESHOLD_: "1073741824" };

const [name, ...parameters] = process.argv.slice(2);
try {
  await setup();
} catch (error) {
  console.error(error instanceof SetupError ? `\n${error.message}` : error);
  process.exit(1);
}
const script = join(ROOT, `${name.includes("/") ? name : `scripts/${name}`}.ts`);
const shim = join(ROOT, "jupyter", "node-shim.cjs");
const child = spawn(
  process.execPath,
  ["--require", shim, "--import", "tsx", script, ...parameters],
  { stdio: "inherit", env: { ...ALLOCATOR, ...process.env, FRCNN_ROOT: ROOT } },
);
// A terminal sends SIGINT to both processes: this one waits until the other one ends.
for (const signal of ["SIGINT", "SIGTERM"])
  process.on(signal, () => signal === "SIGTERM" && child.kill(signal));
child.on("exit", (code, signal) => process.exit(code ?? (signal ? 1 : 0)));
