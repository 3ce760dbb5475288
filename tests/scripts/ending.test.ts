/**
 * How commands end when npm, its process group or its terminal is told to end, and when nobody
 * reads their output: results are kept, and no process goes on.
 */
import assert from "node:assert/strict";
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import {
  existsSync,
  linkSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
} from "node:fs";
import { constants } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { newestCheckpoint } from "../../src/training/run-folder";
import { temporaryFolder } from "../data/files";
import { squares } from "../training/squares";
import { started } from "./lab-server";
import { ROOT } from "./run-command";

const PYTHON = join(ROOT, ".venv", "bin", "python");
/** Milliseconds after which a process that should have ended counts as an orphan. */
const PATIENCE = 30_000;
/** Shells add this number to that of the signal that ended a program. */
const SIGNAL_STATUS = 128;
/** More epochs than a training has done when it is told to end. */
const MANY = "500";

let data: string;
const out = temporaryFolder();

before(async () => {
  data = (await squares()).folder;
});
const running = new Set<ChildProcess>();
after(() => {
  for (const { pid } of running) spawnSync("kill", ["-KILL", `-${pid}`]);
});

/** A command that npm started, in a process group of its own. */
class Started {
  private constructor(
    private readonly npm: ChildProcess,
    private readonly log: string,
  ) {}

  static npm(
    parameters: readonly string[],
    { environment = {} }: { readonly environment?: NodeJS.ProcessEnv } = {},
  ): Started {
    const log = join(out, `log-${readdirSync(out).length}`);
    const file = openSync(log, "w");
    const npm = spawn("npm", ["run", ...parameters], {
      cwd: ROOT,
      detached: true,
      stdio: ["ignore", file, file],
      env: { ...process.env, ...environment },
    });
    running.add(npm);
    return new Started(npm, log);
  }

  get output(): string {
    return readFileSync(this.log, "utf8");
  }

  /** Throws when the command has ended. */
  requireRunning(): void {
    assert.equal(this.npm.exitCode ?? this.npm.signalCode, null, this.output);
  }

  async until(condition: (output: string) => boolean): Promise<void> {
    while (!condition(this.output)) {
      this.requireRunning();
      await sleep(50);
    }
  }

  /** Sends a signal, and waits until npm has ended. Returns its status as shells report it. */
  async end(signal: NodeJS.Signals, target: "npm" | "group"): Promise<number> {
    const ended = new Promise<number>((resolve) =>
      this.npm.on("exit", (code, by) => resolve(code ?? SIGNAL_STATUS + constants.signals[by!])),
    );
    process.kill(target === "npm" ? this.npm.pid! : -this.npm.pid!, signal);
    const status = await ended;
    running.delete(this.npm);
    return status;
  }
}

/** The processes with a text in their command lines. */
function commandLines(text: string): string[] {
  return spawnSync("ps", ["-eo", "pid,args", "-ww"], { encoding: "utf8" })
    .stdout.split("\n")
    .filter((line) => line.includes(text));
}

/** Waits until no process has a text in its command line. */
async function requireGone(text: string): Promise<void> {
  const end = Date.now() + PATIENCE;
  while (commandLines(text).length && Date.now() < end) await sleep(100);
  assert.deepEqual(commandLines(text), [], "goes on");
}

/** Waits until a process has ended. */
async function requireEnded(pid: number): Promise<void> {
  const end = Date.now() + PATIENCE;
  while (isAlive(pid) && Date.now() < end) await sleep(100);
  assert.ok(!isAlive(pid), `process ${pid} goes on`);
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

const training = (run: string, ...more: string[]) => [
  ...["train", "--", "--data", data, "--classes", "a,b", "--epochs", MANY, "--out", run],
  ...more,
];

/**
 * Checks that a run has a checkpoint with the steps of its first epoch, and no unfinished file.
 * @param least the number of these steps
 */
async function requireSteps(run: string, least = 2): Promise<void> {
  const { state } = (await newestCheckpoint(run))!.checkpoint;
  assert.ok(state.history.steps.length >= least, `${state.history.steps.length} steps`);
  assert.deepEqual(
    readdirSync(run).filter((name) => /part|lock/.test(name)),
    [],
  );
}

for (const signal of ["SIGTERM", "SIGHUP"] as const)
  for (const target of ["npm", "group"] as const)
    test(`after ${signal} to ${target === "npm" ? "npm" : "its process group"}, a training saves its step, and nothing goes on`, async () => {
      const run = join(out, `${signal}-${target}`);
      const command = Started.npm(training(run));
      await command.until((output) => output.includes("epoch 1 of"));
      assert.equal(await command.end(signal, target), SIGNAL_STATUS + constants.signals[signal]);
      await requireGone(run);
      assert.match(command.output, /stopped after \d+ complete epochs/);
      await requireSteps(run);
    });

test("when its terminal is closed, a training saves its step, and nothing goes on", async () => {
  const run = join(out, "terminal");
  const { stdout } = hangUp("AP50", "npm", "run", ...training(run));
  assert.match(stdout, /AP50[\s\S]*STATUS -1$/m, stdout);
  await requireGone(run);
  await requireSteps(run);
});

test("a training in a session of its own goes on when the terminal of its output is closed", async () => {
  const run = join(out, "session");
  const epochs = ["--epochs", "6"];
  const { stdout } = hangUp("AP50", "setsid", "--wait", "npm", "run", ...training(run, ...epochs));
  assert.match(stdout, /AP50/);
  await requireGone(run);
  assert.equal(epochsOf(run), 6);
});

test("a training goes on to its end when its output is closed or nobody reads it", async () => {
  for (const [name, redirection] of [
    ["closed", ">&- 2>&-"],
    ["head", "2>&1 | head -n 4"],
  ]) {
    const run = join(out, name);
    const parameters = training(run, "--epochs", "3");
    spawnSync("sh", ["-c", `npm run "$@" ${redirection}`, "sh", ...parameters], { cwd: ROOT });
    await requireGone(run);
    assert.equal(epochsOf(run), 3, name);
    assert.ok(!existsSync(join(run, "checkpoint-0.safetensors")), name);
  }
});

test("after SIGHUP to npm, a cross-validation saves its step, and nothing goes on", async () => {
  const folds = join(out, "folds");
  const [, ...parameters] = training(folds);
  const command = Started.npm(["crossvalidate", ...parameters, "--folds", "2"]);
  await command.until((output) => output.includes("epoch 1 of"));
  await command.end("SIGHUP", "npm");
  await requireGone(folds);
  assert.deepEqual(readdirSync(folds), ["seed-1-fold-0"]);
  await requireSteps(join(folds, "seed-1-fold-0"), 1);
});

test("after SIGTERM to npm, the results of a detection so far are complete, and nothing goes on", async () => {
  const images = join(out, "images");
  mkdirSync(images);
  for (let i = 0; i < 3000; i++)
    linkSync(join(data, "images", "train", "0_0.png"), join(images, `${i}.png`));
  const results = join(out, "results");
  const command = Started.npm(["detect", "--", "--no-pictures", "--out", results, images]);
  const part = join(results, "detections.json.part");
  await command.until(() => existsSync(part) && readFileSync(part, "utf8").includes("file"));
  assert.equal(await command.end("SIGTERM", "npm"), SIGNAL_STATUS + constants.signals.SIGTERM);
  await requireGone(results);
  const { images: found } = JSON.parse(readFileSync(part, "utf8")) as { images: unknown[] };
  assert.ok(found.length > 0 && found.length < 3000, `${found.length} images`);
});

for (const [signal, target] of [
  ["SIGTERM", "npm"],
  ["SIGTERM", "group"],
  ["SIGHUP", "npm"],
  ["SIGHUP", "group"],
] as const)
  test(`after ${signal} to ${target}, JupyterLab and its kernels end`, async () => {
    const runtime = join(out, `runtime-${signal}-${target}`);
    const command = Started.npm(["lab", "--", "--no-browser", "--ServerApp.port=0"], {
      environment: { JUPYTER_RUNTIME_DIR: runtime },
    });
    const { pid, url, token } = await started(runtime, () => command.requireRunning());
    const kernel = await fetch(`${url}api/kernels?token=${token}`, { method: "POST" });
    assert.equal(kernel.status, 201);
    assert.ok(commandLines(runtime).length > 0, "there is no kernel");
    await command.end(signal, target);
    await requireEnded(pid);
    await requireGone(runtime);
    await assert.rejects(fetch(url), "it still listens");
  });

test("after SIGHUP to npm, the execution of a notebook and its kernel end", async () => {
  const name = `ending-${process.pid}`;
  const run = join(ROOT, "runs", name);
  // The command line of the kernel names a file of this folder.
  const temporary = join(out, "notebook");
  mkdirSync(temporary);
  const command = Started.npm(["notebooks", "--", "--only", "01", "--name", name], {
    environment: { TMPDIR: temporary },
  });
  await command.until((output) => /cell 2 of/.test(output));
  assert.ok(commandLines(temporary).length > 0, "there is no kernel");
  await command.end("SIGHUP", "npm");
  await requireGone(name);
  await requireGone(temporary);
  rmSync(run, { recursive: true });
});

/** Runs a command in a terminal, and closes the terminal when the command prints a text. */
function hangUp(text: string, ...command: string[]): { readonly stdout: string } {
  return spawnSync(PYTHON, [join(__dirname, "hang_up.py"), text, ...command], {
    cwd: ROOT,
    encoding: "utf8",
  });
}

function epochsOf(run: string): number {
  return (JSON.parse(readFileSync(join(run, "run.json"), "utf8")) as { epochs: number }).epochs;
}
