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

/**
 * Starts or goes on with a training; `onLine` is told what it prints. Rejects with what it
 * complains of.
 */
function train(
  data: string,
  run: string,
  onLine: (line: string, child: ChildProcess) => void = () => undefined,
  fileKilobytes = "unlimited",
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
  const complaints: Buffer[] = [];
  child.stderr.on("data", (chunk: Buffer) => complaints.push(chunk));
  createInterface({ input: child.stdout }).on("line", (line) => onLine(line, child));
  return new Promise((resolve, reject) =>
    child.on("close", (code, signal) => {
      if (code) reject(new Error(Buffer.concat(complaints).toString()));
      else resolve(signal ?? 0);
    }),
  );
}

/** Steps done, of a line `STEP EPOCH STEP`. */
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

/** Everything of a run but how long it took. */
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

test("a training killed at ten random moments ends with the weights and the history of one left alone, and loses little each time", async () => {
  const { folder } = await squares();
  const [killed, alone] = [join(folder, "killed"), join(folder, "alone")];
  const random = new Random("kills");
  let furthest = 0;
  /**
   * Goes on until the moment comes, and sees that no more than the steps since a checkpoint were
   * done again.
   */
  const goOn = async (target: number, pause: number) => {
    const before = furthest;
    let first = 0;
    const ended = await train(folder, killed, (line, child) => {
      if (!line.startsWith("STEP")) return;
      const done = stepsDone(line);
      first ||= done;
      furthest = Math.max(furthest, done);
      if (done === target) void sleep(pause).then(() => child.kill("SIGKILL"));
    });
    assert.ok(
      first > before - CHECKPOINT_EVERY,
      `step ${before} was done, and it went on with ${first}`,
    );
    return ended;
  };
  for (let kill = 0; kill < 10; kill++) {
    // The moment lies anywhere between this step and the next: in a step, in a validation, in the
    // writing of a file.
    const target = Math.min(furthest + 1 + random.integer(8), EPOCHS * STEPS_PER_EPOCH - 1);
    assert.equal(
      await goOn(target, random.uniform(0, 30)),
      "SIGKILL",
      "it ended before it was killed",
    );
  }
  assert.equal(await goOn(Infinity, 0), 0);
  await straightRun(folder, alone);
  assert.deepEqual(outcome(killed), outcome(alone));
  assert.ok(
    !existsSync(join(killed, "checkpoint-0.safetensors")),
    "a finished run needs no checkpoint",
  );
  await rm(folder, { recursive: true });
});

test("asked to end, a training finishes its step, keeps it and ends; nothing is trained twice", async () => {
  const { folder } = await squares();
  const run = join(folder, "run");
  const seen: string[] = [];
  const ended = await train(folder, run, (line, child) => {
    seen.push(line);
    if (line === "STEP 2 1") child.kill("SIGTERM");
  });
  assert.deepEqual([ended, seen.at(-1)], ["SIGTERM", "STOPPED"]);
  const last = seen.filter((line) => line.startsWith("STEP")).at(-1)!;
  let next = "";
  await train(folder, run, (line) => (next ||= line.startsWith("STEP") ? line : ""));
  assert.equal(stepsDone(next), stepsDone(last) + 1);
  await rm(folder, { recursive: true });
});

test("a disk that takes no more stops the training with a word, and what was kept is whole", async () => {
  const { folder } = await squares();
  const [full, alone] = [join(folder, "full"), join(folder, "alone")];
  // Room for the weights, not for the optimizer's moments beside them.
  const failure = train(folder, full, undefined, "300");
  await assert.rejects(
    failure,
    /checkpoint-\d\.safetensors could not be written: a file may not grow that large here/,
  );
  assert.deepEqual(readdirSync(full), ["checkpoint-0.safetensors"]);
  assert.equal(await train(folder, full), 0);
  await straightRun(folder, alone);
  assert.deepEqual(outcome(full), outcome(alone));
  await rm(folder, { recursive: true });
});
