/**
 * Commands on Ray, with two nodes on this machine: their results are those of the same commands
 * without Ray, also when processes are killed. Skipped where Ray is not set up.
 */
import assert from "node:assert/strict";
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { INTERRUPTED } from "../../scripts/command";
import { configure } from "../../src/config/index";
import { SWEEP_FILES } from "../../src/report/sweep-report";
import { temporaryFolder } from "../data/files";
import { squares, squaresConfig } from "../training/squares";
import { listeningAddresses, LOOPBACK, parentOf, processes, processTree } from "./process-table";
import { ROOT } from "./run-command";

const VENV = join(ROOT, ".venv", "bin");
const skip = existsSync(join(VENV, "ray")) ? false : "Ray is not set up: npm run setup -- --ray";
/** A task takes several seconds, so that it can be killed. */
const EPOCHS = 30;
const FOLDS = 2;
const POLL = 100;
/** Milliseconds after which a process that should have ended counts as an orphan. */
const PATIENCE = 60_000;

const out = temporaryFolder();
let data: string;
let config: string;

before(async () => {
  if (skip) return;
  data = (await squares()).folder;
  config = join(out, "config.json");
  writeFileSync(config, JSON.stringify(configure(squaresConfig, { training: { epochs: EPOCHS } })));
  await run("plain").ended;
});

interface Running {
  readonly process: ChildProcessWithoutNullStreams;
  readonly ended: Promise<{ readonly status: number | null; readonly output: string }>;
}

/** Starts a command of the project. */
function start(command: string, ...parameters: string[]): Running {
  const process = spawn("node", ["scripts/run.mjs", command, ...parameters], { cwd: ROOT });
  let output = "";
  for (const stream of [process.stdout, process.stderr])
    stream.on("data", (chunk: Buffer) => (output += chunk.toString()));
  const ended = new Promise<{ status: number | null; output: string }>((done) =>
    process.on("close", (status) => done({ status, output })),
  );
  return { process, ended };
}

/** Runs a command to its end, which must be a good one. */
async function finish(command: string, ...parameters: string[]): Promise<void> {
  const { status, output } = await start(command, ...parameters).ended;
  assert.equal(status, 0, output);
}

/** Starts a cross-validation whose runs go to the folder `name`. */
function run(name: string, ...parameters: string[]): Running {
  return start(
    "crossvalidate",
    ...["--data", data, "--classes", "a,b", "--config", config, "--folds", `${FOLDS}`],
    ...["--out", join(out, name), ...parameters],
  );
}

const folder = (name: string, fold: number) => join(out, name, `seed-1-fold-${fold}`);
const weights = (name: string, fold: number) => join(folder(name, fold), "weights.safetensors");
const hashOf = (path: string) => createHash("sha256").update(readFileSync(path)).digest("hex");

/** The weights of a fold are those of the command without Ray. */
function assertSameWeights(name: string, fold: number): void {
  assert.equal(hashOf(weights(name, fold)), hashOf(weights("plain", fold)), `fold ${fold}`);
}

/** Waits until a fold has been training for some epochs. */
async function untilTraining(name: string, fold: number): Promise<void> {
  const isTraining = () =>
    existsSync(join(folder(name, fold), "run.json")) && !isFinished(name, fold);
  await until(isTraining, `fold ${fold} trains`);
}

const isFinished = (name: string, fold: number) =>
  existsSync(join(folder(name, fold), "run.json")) &&
  !readdirSync(folder(name, fold)).some((file) => file.startsWith("checkpoint"));

async function until(condition: () => boolean, what: string): Promise<void> {
  for (const end = Date.now() + 5 * PATIENCE; !condition(); await sleep(POLL))
    assert.ok(Date.now() < end, `not within ${5 * PATIENCE} ms: ${what}`);
}

/** The process of Ray that runs a fold. */
function workerOf(name: string, fold: number): number {
  const [command] = processes("run.mjs crossvalidate", join(out, name), `--only ${fold}`);
  return parentOf(command)!;
}

/** No process of a cross-validation goes on. */
async function assertNoneLeft(name: string): Promise<void> {
  await until(() => !processes(join(out, name)).length, "all processes end");
}

describe("a cluster of two nodes", { skip }, () => {
  let cluster: ChildProcessWithoutNullStreams;
  let address: string;
  let nodes: number[];

  before(async () => {
    const temporary = join(out, "ray");
    mkdirSync(temporary);
    cluster = spawn(join(VENV, "python"), [join(__dirname, "two_nodes.py"), temporary]);
    let errors = "";
    cluster.stderr.on("data", (chunk: Buffer) => (errors += chunk.toString()));
    for await (const line of createInterface({ input: cluster.stdout }))
      if (line.startsWith("{")) {
        ({ address, processes: nodes } = JSON.parse(line) as {
          address: string;
          processes: number[];
        });
        break;
      }
    assert.ok(address, `the cluster does not start: ${errors}`);
  });
  after(async () => {
    const ended = new Promise((done) => cluster.on("close", done));
    cluster.stdin.end();
    await ended;
  });

  test("a task that fails for its own reason fails once, and a killed worker starts again", async () => {
    mkdirSync(join(out, "worker"));
    // The second fold cannot make its folder.
    writeFileSync(folder("worker", 1), "");
    const { ended } = run("worker", "--ray", address);
    await untilTraining("worker", 0);
    process.kill(workerOf("worker", 0), "SIGKILL");
    const { status, output } = await ended;
    assert.equal(status, 1, output);
    assert.match(output, /seed 1, fold 0 starts again/);
    assert.equal(output.match(/^seed 1, fold 1 failed: .*seed-1-fold-1/gm)?.length, 1, output);
    assert.match(output, /1 of 2 failed; the others are complete/);
    assertSameWeights("worker", 0);
  });

  test("an ablation gives the same weights and the same table", async () => {
    const ablation = async (name: string, ...parameters: string[]) => {
      const choice = ["--rows", "one stage", "--folds", "2", "--only", "0", "--epochs", "1"];
      const parts = ["--data", data, "--classes", "a,b", ...choice, "--out", join(out, name)];
      await finish("ablation", ...parts, ...parameters);
      const files = [join("one-stage", "fold-0", "weights.safetensors"), "ablation.md"];
      return files.map((file) => hashOf(join(out, name, file)));
    };
    assert.deepEqual(await ablation("rows-on-ray", "--ray", address), await ablation("rows"));
  });

  test("detection gives the same files, and a file that cannot be read is listed", async () => {
    const images = join(out, "images");
    mkdirSync(images);
    const sample = join(ROOT, "data", "sample", "images", "val");
    for (const name of readdirSync(sample).slice(0, 3))
      cpSync(join(sample, name), join(images, name));
    writeFileSync(join(images, "broken.png"), "no picture");
    const detect = async (name: string, ...parameters: string[]) => {
      const folder = join(out, name);
      const { status, output } = await start("detect", images, "--out", folder, ...parameters)
        .ended;
      assert.equal(status, 2, output);
      assert.match(output, /^1 could not be read:\n.*broken\.png/m);
      return readdirSync(folder).map((file) => [file, hashOf(join(folder, file))]);
    };
    assert.deepEqual(
      await detect("boxes-on-ray", "--ray-part", "2", "--ray", address),
      await detect("boxes"),
    );
  });

  test("a sweep gives the same tables and the same best trial", async () => {
    const space = join(out, "space.yaml");
    writeFileSync(space, "rounds: 2\nsettings: { training.learningRate: [0.003, 0.01] }");
    const sweep = async (name: string, ...parameters: string[]) => {
      const choice = ["--space", space, "--config", config, "--epochs", "3", "--only", "0"];
      const parts = ["--data", data, "--classes", "a,b", ...choice, "--folds", "2"];
      await finish("sweep", ...parts, "--out", join(out, name), ...parameters);
      return Object.values(SWEEP_FILES).map((file) => hashOf(join(out, name, file)));
    };
    assert.deepEqual(await sweep("sweep-on-ray", "--ray", address), await sweep("sweep"));
  });

  test("when a node is killed, its task goes on at the other node, and nothing finished is done again", async () => {
    const { ended } = run("node", "--ray", address);
    await Promise.all([untilTraining("node", 0), untilTraining("node", 1)]);
    // Without its raylet alone, the processes of tasks would go on and give their results to Ray.
    for (const pid of processTree(nodes[1])) process.kill(pid, "SIGKILL");
    const { status, output } = await ended;
    assert.equal(status, 0, output);
    assert.equal(output.match(/starts again/g)?.length, 1, output);
    for (const fold of [0, 1]) assertSameWeights("node", fold);
  });
});

describe("a Ray that the command starts itself", { skip }, () => {
  test("when its driver is killed and then Ctrl+C is pressed, nothing goes on, and the same command finishes with the same weights", async () => {
    const one = ["--ray", "--ray-cores", "1"];
    const killed = run("driver", ...one);
    await untilTraining("driver", 0);
    const [driver] = processes("driver.py").filter((pid) => parentOf(pid) === nodeOf(killed));
    const listening = listeningAddresses(processTree(driver));
    assert.ok(listening.length > 3, `${listening.length} sockets`);
    for (const address of listening) assert.match(address, LOOPBACK);
    process.kill(driver, "SIGKILL");
    const first = await killed.ended;
    assert.equal(first.status, 1, first.output);
    assert.match(first.output, /Every result written so far is complete/);
    await assertNoneLeft("driver");

    const interrupted = run("driver", ...one);
    await until(() => [0, 1].some((fold) => isFinished("driver", fold)), "a fold is finished");
    const done = [0, 1].filter((fold) => isFinished("driver", fold));
    const written = done.map((fold) => statSync(weights("driver", fold)).mtimeMs);
    process.kill(nodeOf(interrupted), "SIGINT");
    const second = await interrupted.ended;
    if (done.length < FOLDS) assert.ok([0, INTERRUPTED].includes(second.status!), second.output);
    await assertNoneLeft("driver");

    const last = await run("driver", ...one).ended;
    assert.equal(last.status, 0, last.output);
    for (const fold of [0, 1]) assertSameWeights("driver", fold);
    const later = done.map((fold) => statSync(weights("driver", fold)).mtimeMs);
    assert.deepEqual(later, written, "a finished fold was trained again");
  });

  /** The process of the command below scripts/run.mjs. */
  const nodeOf = ({ process: { pid } }: Running) =>
    processes("crossvalidate.ts").find((child) => parentOf(child) === pid)!;
});
