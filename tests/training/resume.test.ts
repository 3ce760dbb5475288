import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import test from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { Random } from "../../src/util/random";
import { RunFolder } from "../../src/training/run-folder";
import { Trainer } from "../../src/training/trainer";
import { smallDetector } from "../detectors/small-detector";
import { collect, openSquares, squares } from "./squares";
import { CHECKPOINT_EVERY, longConfig } from "./train-squares";

const ROOT = join(__dirname, "../..");
const STEPS_PER_EPOCH = 3;
const EPOCHS = longConfig.training.epochs;

interface TrainOptions {
  /** Is called with every printed line. */
  readonly onLine?: (line: string, child: ChildProcess) => void;
  /** The size that a file may have, in kilobytes. */
  readonly fileKilobytes?: number | "unlimited";
}

/**
 * Starts a training in a process, or goes on with it. Returns the exit code or the signal that
 * ended the process. Rejects with its error output when it fails.
 */
function train(
  data: string,
  run: string,
  { onLine = () => undefined, fileKilobytes = "unlimited" }: TrainOptions = {},
): Promise<number | NodeJS.Signals> {
  const program = [
    "--require",
    join(ROOT, "jupyter/node-shim.cjs"),
    "--import",
    "tsx",
    join(__dirname, "train-squares.ts"),
  ];
  const child = spawn(
    "bash",
    ["-c", `ulimit -f ${fileKilobytes} && exec "$0" "$@"`, process.execPath, ...program, data, run],
    { cwd: ROOT, stdio: ["ignore", "pipe", "pipe"] },
  );
  const errors: Buffer[] = [];
  child.stderr.on("data", (chunk: Buffer) => errors.push(chunk));
  createInterface({ input: child.stdout }).on("line", (line) => onLine(line, child));
  return new Promise((resolve, reject) =>
    child.on("close", (code, signal) => {
      if (code) reject(new Error(Buffer.concat(errors).toString()));
      else resolve(signal ?? 0);
    }),
  );
}

/** The number of steps up to a line `STEP EPOCH STEP`. */
const stepsDone = (line: string): number => {
  const [, epoch, step] = line.split(" ").map(Number);
  return (epoch - 1) * STEPS_PER_EPOCH + step;
};

async function straightRun(data: string, run: string): Promise<void> {
  const { train: images, validation } = (await openSquares(data)).partition({ seed: 1 });
  const trainer = new Trainer({
    detector: smallDetector(longConfig),
    train: images,
    validation,
    runFolder: new RunFolder(run, "squares"),
  });
  await collect(trainer.fit());
}

/** Everything that a run leaves, except for how long it took. */
function outcome(run: string) {
  const { steps, validations } = JSON.parse(
    readFileSync(join(run, "history.json"), "utf8"),
  ) as Record<string, unknown>;
  const { minutes: _, ...manifest } = JSON.parse(
    readFileSync(join(run, "run.json"), "utf8"),
  ) as Record<string, unknown>;
  const weights = ["weights.safetensors", "best.safetensors"].map((file) =>
    readFileSync(join(run, file)),
  );
  return { steps, validations, manifest, weights };
}

test("a training that is killed ten times ends with the weights and the history of an uninterrupted one, and loses few steps each time", async () => {
  const { folder } = await squares();
  const [killed, straight] = [join(folder, "killed"), join(folder, "straight")];
  const random = new Random("kills");
  let furthest = 0;
  /**
   * Goes on until the process is killed some milliseconds after the target step. Checks that only
   * the steps since a checkpoint are repeated.
   */
  const goOn = async (target: number, pause: number) => {
    const before = furthest;
    let first = 0;
    const onLine = (line: string, child: ChildProcess) => {
      if (!line.startsWith("STEP")) return;
      const done = stepsDone(line);
      first ||= done;
      furthest = Math.max(furthest, done);
      if (done === target) void sleep(pause).then(() => child.kill("SIGKILL"));
    };
    const end = await train(folder, killed, { onLine });
    assert.ok(
      first > before - CHECKPOINT_EVERY,
      `after step ${before}, training went on with step ${first}`,
    );
    return end;
  };
  for (let kill = 0; kill < 10; kill++) {
    // The process is killed anywhere between this step and the next: in a step, in a validation, or
    // while a file is written.
    const target = Math.min(furthest + 1 + random.integer(8), EPOCHS * STEPS_PER_EPOCH - 1);
    assert.equal(
      await goOn(target, random.uniform(0, 30)),
      "SIGKILL",
      "training ended before it was killed",
    );
  }
  assert.equal(await goOn(Infinity, 0), 0);
  await straightRun(folder, straight);
  assert.deepEqual(outcome(killed), outcome(straight));
  assert.ok(
    !existsSync(join(killed, "checkpoint-0.safetensors")),
    "a finished run has no checkpoints",
  );
  await rm(folder, { recursive: true });
});

test("after SIGTERM, a training finishes its step, saves it and ends; no step is repeated", async () => {
  const { folder } = await squares();
  const run = join(folder, "run");
  const lines: string[] = [];
  const end = await train(folder, run, {
    onLine: (line, child) => {
      lines.push(line);
      if (line === "STEP 2 1") child.kill("SIGTERM");
    },
  });
  assert.deepEqual([end, lines.at(-1)], ["SIGTERM", "STOPPED"]);
  const last = lines.filter((line) => line.startsWith("STEP")).at(-1)!;
  let next = "";
  await train(folder, run, {
    onLine: (line) => (next ||= line.startsWith("STEP") ? line : ""),
  });
  assert.equal(stepsDone(next), stepsDone(last) + 1);
  await rm(folder, { recursive: true });
});

test("a full disk stops the training with an error, and the saved files stay complete", async () => {
  const { folder } = await squares();
  const [full, straight] = [join(folder, "full"), join(folder, "straight")];
  // There is space for the weights, but not for the moments of the optimizer beside them.
  const failure = train(folder, full, { fileKilobytes: 300 });
  await assert.rejects(
    failure,
    /checkpoint-\d\.safetensors could not be written: a file may not grow that large here/,
  );
  assert.deepEqual(readdirSync(full), ["checkpoint-0.safetensors"]);
  assert.equal(await train(folder, full), 0);
  await straightRun(folder, straight);
  assert.deepEqual(outcome(full), outcome(straight));
  await rm(folder, { recursive: true });
});
