/**
 * Starts a command of the project: `node scripts/run.mjs train …` sets up what is missing, then
 * runs scripts/train.ts with the rest.
 */
import { spawn } from "node:child_process";
import { join } from "node:path";
import { ROOT, setup } from "./setup.mjs";
import { SetupError } from "./setup/process.mjs";

/**
 * Freed memory of some MiB is kept for the next tensor instead of going back to the system at
 * every step.
 */
const ALLOCATOR = { MALLOC_MMAP_THRESHOLD_: "1073741824", MALLOC_TRIM_THRESHOLD_: "1073741824" };

const [name, ...parameters] = process.argv.slice(2);
try {
  await setup();
} catch (error) {
  console.error(error instanceof SetupError ? `\n${error.message}` : error);
  process.exit(1);
}
const shim = join(ROOT, "jupyter", "node-shim.cjs");
const child = spawn(
  process.execPath,
  ["--require", shim, "--import", "tsx", join(ROOT, "scripts", `${name}.ts`), ...parameters],
  { stdio: "inherit", env: { ...ALLOCATOR, ...process.env, FRCNN_ROOT: ROOT } },
);
// The terminal sends its signals to both; this one only waits for the other to end as it sees fit.
for (const signal of ["SIGINT", "SIGTERM"])
  process.on(signal, () => signal === "SIGTERM" && child.kill(signal));
child.on("exit", (code, signal) => process.exit(code ?? (signal ? 1 : 0)));
