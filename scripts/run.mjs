/**
 * Starts a command of the project: `node scripts/run.mjs train …` installs what is missing and
 * then runs scripts/train.ts with the other parameters. A name with a slash is a path below the
 * project's folder: bench/load is bench/load.ts. The command ends with this process: SIGTERM and
 * SIGHUP are passed on, and so is the end of npm.
 */
import { spawn } from "node:child_process";
import { constants } from "node:os";
import { join } from "node:path";
import { whenParentEnds } from "../jupyter/kernel/parent.cjs";
import { nodeParameters } from "./node-parameters.cjs";
import { ROOT, setup } from "./setup.mjs";
import { SetupError } from "./setup/process.mjs";

/**
 * Settings of the C library's allocator: it keeps freed blocks of some MiB for the next tensors
 * instead of returning them to the system at every step.
 */
const ALLOCATOR = { MALLOC_MMAP_THRESHOLD_: "1073741824", MALLOC_TRIM_THRESHOLD_: "1073741824" };

/** Shells add this number to that of the signal that ended a program. */
const SIGNAL_STATUS = 128;

/** The process whose end ends the command. A task of Ray names it. */
const parent = Number(process.env.FRCNN_PARENT ?? process.ppid);
const [name, ...parameters] = process.argv.slice(2);
// A pipe or a terminal may be closed before the set-up is finished.
for (const stream of [process.stdout, process.stderr]) stream.on("error", () => undefined);
try {
  await setup();
} catch (error) {
  console.error(error instanceof SetupError ? `\n${error.message}` : error);
  process.exit(1);
}
const script = join(ROOT, `${name.includes("/") ? name : `scripts/${name}`}.ts`);
const child = spawn(process.execPath, [...nodeParameters(script), ...parameters], {
  stdio: "inherit",
  env: {
    ...ALLOCATOR,
    ...process.env,
    FRCNN_ROOT: ROOT,
    // This process may be killed too.
    ...(process.env.FRCNN_PARENT && { FRCNN_PARENT: String(process.pid) }),
  },
});
child.on("exit", (code, signal) => process.exit(code ?? SIGNAL_STATUS + constants.signals[signal]));

// A terminal sends SIGINT to both processes: this one waits until the other one ends.
process.on("SIGINT", () => undefined);
for (const signal of ["SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
// npm does not pass SIGHUP on, and Ray kills its processes. They end, and the command would go on
// alone.
if (process.env.npm_lifecycle_event || process.env.FRCNN_PARENT)
  whenParentEnds(parent, () => child.kill("SIGTERM"));
