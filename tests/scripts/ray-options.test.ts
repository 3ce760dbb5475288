/** The parameters of tasks on Ray, the line of progress, and locks of nodes that are gone. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { Command } from "commander";
import { RayProgress } from "../../scripts/ray/progress";
import { temporaryFolder } from "../data/files";
import { ROOT } from "./run-command";
import { parametersWithout, rayResources, withRayOptions } from "../../scripts/ray-options";

const program = withRayOptions(
  new Command().option("--only <numbers>").option("--strict").option("--out <folder>"),
  "the folds",
);

test("a task has the parameters of its command without those of Ray and without the chosen parts", () => {
  const names = ["--only", "--ray", "--ray-cores"];
  const without = (...argv: string[]) => parametersWithout(program, argv, names);
  assert.deepEqual(without("--strict", "--only", "0,1", "--out", "runs/x"), [
    ...["--strict", "--out", "runs/x"],
  ]);
  assert.deepEqual(without("--ray", "--out", "--ray"), ["--out", "--ray"]);
  assert.deepEqual(without("--ray", "host:1", "--strict"), ["--strict"]);
  assert.deepEqual(without("--ray=host:1", "--ray-cores=2", "--only=0", "--out=x"), ["--out=x"]);
});

test("an address of Ray is a host with a port, and a path is refused", () => {
  const { parseArg } = program.options.find(({ long }) => long === "--ray")!;
  for (const address of ["auto", "10.0.0.1:6379", "head:6379", "[::1]:6379"])
    assert.equal(parseArg!(address, undefined), address);
  for (const text of ["image.png", "head", "http://head:6379", ""])
    assert.throws(() => parseArg!(text, undefined), /--ray must be HOST:PORT, auto/);
});

test("a task reserves a graphics card when TensorFlow computes on one, unless the options say otherwise", () => {
  const options = { rayCores: 2, rayMemory: 1.5 };
  const memory = 1.5 * 2 ** 30;
  assert.deepEqual(rayResources(options, true), { num_cpus: 2, num_gpus: 1, memory });
  assert.equal(rayResources(options, false).num_gpus, 0);
  assert.equal(rayResources({ ...options, rayGpus: 0 }, true).num_gpus, 0);
});

test("one line says what is done, what failed, what runs where, and how long the rest takes", () => {
  let seconds = 0;
  const printed: unknown[] = [];
  const { log } = console;
  console.log = (text: unknown) => printed.push(text);
  try {
    const progress = new RayProgress(6, () => seconds * 1000);
    progress.started("fold 0", "a");
    progress.started("fold 1", "b");
    assert.equal(progress.secondsLeft(), null);
    seconds = 100;
    progress.done("fold 0");
    progress.started("fold 2", "a");
    progress.fail("fold 1", "no such file");
    progress.started("fold 3", "b");
    seconds = 140;
    // Two tasks need 60 s more and two wait, at 100 s each; two run at the same time.
    assert.equal(progress.secondsLeft(), (60 + 60 + 200) / 2);
    assert.equal(
      progress.line(),
      "1 of 6 done, 1 failed | 2 running: fold 2 on a; fold 3 on b | about 3 min left",
    );
    progress.started("fold 3", "c");
    progress.stop();
  } finally {
    console.log = log;
  }
  assert.ok(printed.includes("fold 1 failed: no such file"));
  assert.ok(printed.includes("fold 3 starts again, on c: b lost it"));
});

test("the lock of a node that is gone is removed; that of a living node is waited for", () => {
  const lock = join(temporaryFolder(), ".lock");
  const release = (holder: object, nodes: readonly object[]) => {
    writeFileSync(lock, JSON.stringify(holder));
    const program = [
      `import json, sys; sys.path.insert(0, ${JSON.stringify(join(ROOT, "scripts", "ray"))})`,
      "sys.dont_write_bytecode = True",
      "import driver; driver.STOP_SECONDS = 1.5",
      "start = driver.time.monotonic()",
      "driver.release_lock(sys.argv[1], lambda: json.loads(sys.argv[2]))",
      "print(driver.time.monotonic() - start > 1)",
    ].join("\n");
    const python = join(ROOT, ".venv", "bin", "python");
    const parameters = ["-c", program, lock, JSON.stringify(nodes)];
    const { stdout, stderr } = spawnSync(python, parameters, { encoding: "utf8" });
    assert.match(stdout, /^(True|False)$/m, stderr);
    return { isRemoved: !existsSync(lock), hasWaited: stdout.trim() === "True" };
  };
  const node = (NodeManagerHostname: string, Alive: boolean) => ({ NodeManagerHostname, Alive });
  const gone = { host: "gone", pid: 1 };
  const nodes = [node("gone", false), node("other", true)];
  assert.deepEqual(release(gone, nodes), { isRemoved: true, hasWaited: false });
  // A new node of the same host, and a host that is not of the cluster.
  for (const others of [[...nodes, node("gone", true)], [node("other", true)]])
    assert.deepEqual(release(gone, others), { isRemoved: false, hasWaited: true });
  // The command takes over the lock of a process of this host that has ended.
  const { pid } = spawnSync("true");
  const ended = { host: hostname(), pid };
  assert.deepEqual(release(ended, []), { isRemoved: false, hasWaited: false });
  const running = { host: hostname(), pid: process.pid };
  assert.deepEqual(release(running, []), { isRemoved: false, hasWaited: true });
});
