/** Runs commands of the project as tasks on Ray, through scripts/ray/driver.py. */
import { spawn } from "child_process";
import { existsSync } from "fs";
import { mkdtemp, rm } from "fs/promises";
import { tmpdir } from "os";
import { join, resolve } from "path";
import { createInterface } from "readline";
import { LOCK_FILE } from "../../src/util/folder-lock";
import { ROOT } from "../command";
import type { RayResources } from "../ray-options";
import { RayProgress } from "./progress";

const PYTHON = join(ROOT, ".venv", "bin", "python");
const RAY = join(ROOT, ".venv", "bin", "ray");
const DRIVER = join(ROOT, "scripts", "ray", "driver.py");
const RUN = join(ROOT, "scripts", "run.mjs");

/** Variables that change what a command computes or how it reads its data. */
const PASSED_ON = /^(FRCNN_|TF_|OMP_NUM_THREADS$)/;
/** Characters of the driver's errors that are printed. */
const ERROR_CHARACTERS = 2000;

/** One command that Ray runs. */
export interface RayTask {
  /** For the line of progress. */
  readonly name: string;
  /** The name of the command in scripts, and its parameters. */
  readonly command: readonly string[];
  /** The folder that the command locks while it works. */
  readonly locks: string;
  /** The file with everything that the command prints. */
  readonly log: string;
}

/** How a task ended. */
export interface RayOutcome {
  readonly task: RayTask;
  /** `stopped` tasks, and those that were never started, continue when they are run again. */
  readonly end: "done" | "failed" | "stopped";
  readonly message: string;
}

/** Where and how tasks run. */
export interface RunTasksOptions {
  /** Null for a Ray on this machine, which is started and stopped. */
  readonly address: string | null;
  /** What Ray reserves for one task. */
  readonly resources: RayResources;
  /** Stops all tasks; they save what they have. */
  readonly signal: AbortSignal;
}

/** A line of the driver. */
type DriverEvent =
  | { readonly kind: "started"; readonly task: number; readonly node: string }
  | {
      readonly kind: "ended";
      readonly task: number;
      readonly status: number;
      readonly message: string;
    }
  | { readonly kind: "stopped"; readonly task: number }
  | { readonly kind: "note" | "error"; readonly message: string };

/**
 * Runs tasks on Ray and prints a line of progress.
 * @returns how each task ended
 * @throws when Ray is not set up, when it does not start or cannot be reached, and when the driver
 * was killed
 */
export async function runTasks(
  tasks: readonly RayTask[],
  { address, resources, signal }: RunTasksOptions,
): Promise<RayOutcome[]> {
  requireRay();
  const outcomes = tasks.map((task): RayOutcome => ({ task, end: "stopped", message: "" }));
  if (!tasks.length || signal.aborted) return outcomes;
  const temporary = await mkdtemp(join(tmpdir(), "ray-"));
  const progress = new RayProgress(tasks.length);
  // In a group of its own: Ctrl+C in the terminal reaches this process only, which stops the tasks.
  const driver = spawn(PYTHON, [DRIVER], { stdio: "pipe", detached: true });
  const ended = new Promise<number | null>((done) => driver.on("close", done));
  const stop = () => {
    progress.print("Stopping: each task finishes its step and saves it.");
    driver.stdin.end();
  };
  signal.addEventListener("abort", stop);
  let errors = "";
  driver.stderr.on("data", (chunk: Buffer) => (errors += chunk.toString()));
  // The driver may have been killed.
  driver.stdin.on("error", () => undefined);
  const request = { address, temporary, resources, tasks: tasks.map(taskRequest) };
  driver.stdin.write(`${JSON.stringify(request)}\n`);
  let failure: string | null = null;
  try {
    for await (const line of createInterface({ input: driver.stdout })) {
      const event = JSON.parse(line) as DriverEvent;
      if (event.kind === "error") failure = event.message;
      else if (event.kind === "note") progress.print(event.message);
      else if (event.kind === "started") progress.started(tasks[event.task].name, event.node);
      else if (event.kind === "ended") {
        const { status, message } = event;
        const task = tasks[event.task];
        outcomes[event.task] = { task, end: status ? "failed" : "done", message };
        if (status) progress.fail(task.name, message);
        else progress.done(task.name);
      }
    }
    const status = await ended;
    if (failure !== null || status !== 0)
      throw new Error(
        `Ray: ${failure ?? `the driver ended with status ${status}\n${errors.slice(-ERROR_CHARACTERS)}`}\nEvery result written so far is complete; the same command continues.`,
      );
    return outcomes;
  } finally {
    signal.removeEventListener("abort", stop);
    driver.stdin.end();
    progress.stop();
    await rm(temporary, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** @throws when Ray is not set up */
export function requireRay(): void {
  if (!existsSync(RAY))
    throw new Error("--ray: Ray is not set up. Run `npm run setup -- --ray` first.");
}

/** @throws when tasks have failed, with the message and the log of each */
export function requireNoFailure(outcomes: readonly RayOutcome[]): void {
  const failed = outcomes.filter(({ end }) => end === "failed");
  if (!failed.length) return;
  const lines = failed.map(({ task, message }) => `${task.name} (${task.log}): ${message}`);
  throw new Error(
    `${failed.length} of ${outcomes.length} failed; the others are complete\n${lines.join("\n")}`,
  );
}

/** A task as the driver reads it. */
function taskRequest({ command, locks, log }: RayTask) {
  const passed = Object.entries(process.env).filter(([name]) => PASSED_ON.test(name));
  return {
    command: [process.execPath, RUN, ...command],
    folder: process.cwd(),
    lock: resolve(locks, LOCK_FILE),
    log: resolve(log),
    environment: Object.fromEntries(passed),
  };
}
