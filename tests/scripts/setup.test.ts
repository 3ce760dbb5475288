/**
 * Set-up in a copy of the project's folder. Small programs replace npm, Python and the compiler
 * and note their calls. The tests check which steps run, in which order, when they run again, and
 * the message when a program is missing.
 */
import { spawn, spawnSync } from "node:child_process";
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";

const ROOT = join(__dirname, "..", "..");
const COPIED = [
  ...[
    "scripts/setup.mjs",
    "scripts/setup",
    "scripts/doctor.mjs",
    "jupyter",
    "src/report/fitted-layout.js",
    "package.json",
    "package-lock.json",
  ],
  ...["requirements.txt", "requirements-cpu.txt", "requirements-gpu.txt", "requirements-ray.txt"],
];

/** Files that the replacement of npm writes into `node_modules`. */
const PACKAGES = {
  "tsx/package.json": "{}",
  "plotly.js-dist/plotly.js": "",
  "node-api-headers/index.js": 'exports.include_dir = "/headers";',
  "@tensorflow/tfjs-node-gpu/index.js": `
    const scalar = { dataSync() {} };
    exports.version = { "tfjs-core": "4" };
    exports.ones = exports.matMul = () => scalar;
    exports.backend = () => ({ binding: { TF_Version: "9.9.9" }, isUsingGpuDevice: false });`,
};

let folder: string;
let project: string;
let programs: string;
let notes: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "set-up-"));
  project = join(folder, "project");
  programs = join(folder, "programs");
  notes = join(folder, "notes");
  for (const path of COPIED) cpSync(join(ROOT, path), join(project, path), { recursive: true });
  for (const [path, text] of Object.entries(PACKAGES)) {
    mkdirSync(join(folder, "packages", path, ".."), { recursive: true });
    writeFileSync(join(folder, "packages", path), text);
  }
  mkdirSync(programs);
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A shell script that replaces a program. It notes its call first. */
function program(name: string, body: string): void {
  const path = join(programs, name);
  writeFileSync(path, `#!/bin/sh\nPATH=/usr/bin:/bin\necho "${name} $*" >> '${notes}'\n${body}\n`);
  chmodSync(path, 0o755);
}

function fakeNpm(
  body = `rm -rf node_modules && cp -r '${join(folder, "packages")}' node_modules`,
): void {
  program("npm", body);
}

function fakePython(version = "3.11"): void {
  program(
    "python3.11",
    `case "$*" in
      *version_info*) echo ${version} ;;
      *purelib*) echo "$(dirname "$0")/../site" ;;
      *"-m venv"*) for venv; do :; done
        rm -rf "$venv" && mkdir -p "$venv/bin" "$venv/site/tensorflow" && cp "$0" "$venv/bin/python"
        touch "$venv/site/tensorflow/libtensorflow_cc.so.2" "$venv/site/tensorflow/libtensorflow_framework.so.2" ;;
      *requirements-ray*) touch "$(dirname "$0")/ray" ;;
    esac`,
  );
}

function fakeCompiler(): void {
  program("c++", `while [ $# -gt 0 ]; do if [ "$1" = -o ]; then touch "$2"; fi; shift; done`);
}

function allPrograms(): void {
  fakeNpm();
  fakePython();
  fakeCompiler();
}

function setUp(...parameters: string[]): {
  status: number | null;
  output: string;
  called: string[];
} {
  return start(["scripts/setup.mjs", ...parameters]);
}

/**
 * Runs one of the project's programs. Only the replacements are on the path; `called` lists their
 * calls.
 */
function start(
  parameters: string[],
  environment: Record<string, string> = {},
): ReturnType<typeof setUp> {
  writeFileSync(notes, "");
  const { status, stdout, stderr } = spawnSync(process.execPath, parameters, {
    cwd: project,
    encoding: "utf8",
    env: { PATH: programs, ...environment },
  });
  return { status, output: stdout + stderr, called: calledIn(readFileSync(notes, "utf8")) };
}

/** Starts a set-up without waiting for it. */
async function startBeside(): Promise<{ status: number | null; output: string; pid: number }> {
  const child = spawn(process.execPath, ["scripts/setup.mjs"], {
    cwd: project,
    env: { PATH: programs },
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (chunk: Buffer) => (output += chunk.toString()));
  const status = await new Promise<number | null>((resolve) => child.on("close", resolve));
  return { status, output, pid: child.pid! };
}

function calledIn(text: string): string[] {
  return text.split("\n").flatMap((line) => EVERYTHING.find((part) => line.includes(part)) ?? []);
}

const EVERYTHING = ["npm ci", "-m venv", "-m pip", "tfjs_binding.cc", "held-stderr.cc"];

describe("set-up", () => {
  test("does every step once, in order, and then nothing", () => {
    allPrograms();
    const first = setUp();
    assert.equal(first.status, 0, first.output);
    assert.deepEqual(first.called, EVERYTHING);
    assert.match(first.output, /TensorFlow 9\.9\.9/);
    const kernel = join(project, ".venv", "share", "jupyter", "kernels", "tslab", "kernel.json");
    const { argv } = JSON.parse(readFileSync(kernel, "utf8")) as { argv: string[] };
    assert.equal(argv[0], process.execPath);
    const second = setUp();
    assert.deepEqual(second.called, []);
    assert.match(second.output, /set up already/);
  });

  test("an addon that does not compile is left out when everything works without it", () => {
    allPrograms();
    program(
      "c++",
      `case "$*" in *held-stderr*) exit 1 ;; esac
      while [ $# -gt 0 ]; do if [ "$1" = -o ]; then touch "$2"; fi; shift; done`,
    );
    const { status, output } = setUp();
    assert.equal(status, 0, output);
    const lib = join(project, "node_modules", "@tensorflow", "tfjs-node-gpu", "lib", "napi-v8");
    assert.deepEqual(readdirSync(lib), ["tfjs_binding.node"]);
    assert.deepEqual(setUp().called, []);
  });

  test("npm runs no install scripts, and pip installs only the packages of the lock files", () => {
    allPrograms();
    setUp();
    writeFileSync(join(project, "package-lock.json"), "{}");
    setUp();
    const calls = readFileSync(notes, "utf8");
    assert.match(calls, /^npm ci --ignore-scripts/m);
    assert.match(
      calls,
      /pip install .*--no-deps --require-hashes -r \S*requirements.txt -r \S*requirements-cpu.txt/,
    );
  });

  test("after a change its step and all later steps are done again", () => {
    allPrograms();
    setUp();
    writeFileSync(join(project, "jupyter", "kernel-preload.cjs"), "// changed");
    assert.deepEqual(setUp().called, []);
    writeFileSync(join(project, "requirements.txt"), "# changed");
    assert.deepEqual(setUp().called, EVERYTHING.slice(1));
    writeFileSync(join(project, "package-lock.json"), "{}");
    assert.deepEqual(setUp().called, EVERYTHING);
    assert.deepEqual(setUp().called, []);
  });

  test("TensorFlow for the GPU replaces that for the CPU, stays chosen, and can be replaced again", () => {
    allPrograms();
    setUp();
    assert.deepEqual(setUp("--gpu").called, EVERYTHING.slice(1));
    assert.match(readFileSync(notes, "utf8"), /-r \S*requirements-gpu.txt/);
    assert.deepEqual(setUp().called, []);
    assert.deepEqual(setUp("--cpu").called, EVERYTHING.slice(1));
  });

  test("Ray is installed beside what is there, stays chosen, and --force forgets it", () => {
    allPrograms();
    setUp();
    const added = setUp("--ray");
    assert.deepEqual(added.called, ["-m pip"], added.output);
    assert.match(
      readFileSync(notes, "utf8"),
      /pip install .*--no-deps --require-hashes -r \S*requirements-ray.txt/,
    );
    assert.deepEqual(setUp().called, []);
    rmSync(join(project, ".venv"), { recursive: true });
    assert.deepEqual(setUp().called, [...EVERYTHING.slice(1), "-m pip"]);
    assert.deepEqual(setUp("--force").called, EVERYTHING);
    assert.doesNotMatch(readFileSync(notes, "utf8"), /requirements-ray/);
  });

  test("results that were removed are made again", () => {
    allPrograms();
    setUp();
    rmSync(join(project, ".venv"), { recursive: true });
    assert.deepEqual(setUp().called, EVERYTHING.slice(1));
    rmSync(join(project, "node_modules"), { recursive: true });
    assert.deepEqual(setUp().called, EVERYTHING);
  });

  test("when the folder was moved, everything that contains its path is made again", () => {
    allPrograms();
    setUp();
    renameSync(project, join(folder, "moved"));
    project = join(folder, "moved");
    assert.deepEqual(setUp().called, EVERYTHING.slice(1));
  });

  test("a step that failed is done again the next time, although it left files", () => {
    allPrograms();
    setUp();
    rmSync(join(project, ".venv"), { recursive: true });
    program(
      "python3.11",
      `case "$*" in *version_info*) echo 3.11 ;; *) for venv; do :; done; mkdir -p "$venv/bin"; cp "$0" "$venv/bin/python"; echo "disk full" >&2; exit 1 ;; esac`,
    );
    const failed = setUp();
    assert.equal(failed.status, 1);
    assert.match(failed.output, /disk full/);
    assert.ok(existsSync(join(project, ".venv", "bin", "python")));
    fakePython();
    assert.deepEqual(setUp().called, EVERYTHING.slice(1));
  });

  test("all missing programs are named before anything is downloaded", () => {
    fakeNpm();
    const { status, output, called } = setUp();
    assert.equal(status, 1);
    assert.deepEqual(called, []);
    assert.match(output, /Python 3\.11 to 3\.13 was not found/);
    assert.match(output, /apt-get install python3 python3-venv/);
    assert.match(output, /compiler 'c\+\+' was not found/);
    assert.match(output, /apt-get install g\+\+/);
  });

  test("an unsuitable Python is named with its version, and a missing one of the variable PYTHON with its name", () => {
    fakeNpm();
    fakeCompiler();
    fakePython("3.9");
    assert.match(setUp().output, /was not found \(python3\.11 is 3\.9\)/);
    const named = start(["scripts/setup.mjs"], { PYTHON: "/no/python" });
    assert.match(named.output, /PYTHON names '\/no\/python', which does not run/);
  });

  test("the first lines of npm's long output are shown, which have the cause", () => {
    allPrograms();
    fakeNpm(
      `echo "the lock file does not fit" >&2; for i in $(seq 100); do echo "usage $i" >&2; done; exit 1`,
    );
    const { status, output } = setUp();
    assert.equal(status, 1);
    assert.match(output, /the lock file does not fit/);
    assert.doesNotMatch(output, /usage 50\b/);
    assert.match(output, /npm comes with Node/);
  });

  test("of two commands that are started at once one sets up; the other says for which process it waits, and continues then", async () => {
    allPrograms();
    fakeNpm(`sleep 1; rm -rf node_modules && cp -r '${join(folder, "packages")}' node_modules`);
    writeFileSync(notes, "");
    const both = await Promise.all([startBeside(), startBeside()]);
    assert.deepEqual(
      both.map(({ status }) => status),
      [0, 0],
      both.map(({ output }) => output).join("\n"),
    );
    assert.deepEqual(calledIn(readFileSync(notes, "utf8")), EVERYTHING);
    const waited = both.filter(({ output }) =>
      output.includes("Another set-up of this folder is under way"),
    );
    assert.equal(waited.length, 1, both.map(({ output }) => output).join("\n"));
    const [other] = both.filter((run) => run !== waited[0]);
    assert.match(waited[0].output, new RegExp(`\\(process ${other.pid}\\): waiting`));
    assert.match(waited[0].output, /set up already/);
    assert.match(other.output, /Set up in/);
    assert.ok(!existsSync(join(project, ".setup-lock")));
  });

  test("the lock of a killed set-up is taken over, also by several processes at once, and when its process number is in use again", async () => {
    allPrograms();
    const dead = spawnSync(process.execPath, ["--version"]).pid;
    // This process runs, but started at another time than the lock says.
    for (const holder of [`${dead}-1`, `${process.pid}-1`]) {
      rmSync(join(project, "node_modules"), { recursive: true, force: true });
      symlinkSync(holder, join(project, ".setup-lock"));
      writeFileSync(notes, "");
      const all = await Promise.all([startBeside(), startBeside(), startBeside()]);
      assert.deepEqual(
        all.map(({ status }) => status),
        [0, 0, 0],
        all.map(({ output }) => output).join("\n"),
      );
      assert.deepEqual(calledIn(readFileSync(notes, "utf8")), EVERYTHING);
      assert.deepEqual(
        readdirSync(project).filter((name) => name.startsWith(".setup-lock")),
        [],
      );
    }
  });

  test("a set-up that a signal ends leaves no program behind that would work beside the next set-up", async () => {
    allPrograms();
    for (const signal of ["SIGTERM", "SIGHUP"] as const) {
      fakeNpm(`echo $$ > '${join(folder, "npm-pid")}'; exec sleep 600`);
      const child = spawn(process.execPath, ["scripts/setup.mjs"], {
        cwd: project,
        env: { PATH: programs },
        stdio: "ignore",
      });
      const ended = new Promise((resolve) => child.on("close", (_, by) => resolve(by)));
      while (!existsSync(join(folder, "npm-pid"))) await sleep(20);
      await sleep(100);
      child.kill(signal);
      assert.equal(await ended, signal);
      const pid = Number(readFileSync(join(folder, "npm-pid"), "utf8"));
      assert.throws(() => process.kill(pid, 0), /ESRCH/, "npm goes on");
      rmSync(join(folder, "npm-pid"));
    }
    fakeNpm();
    assert.equal(setUp().status, 0);
  });

  test("a set-up that failed leaves no lock", () => {
    fakeNpm();
    assert.equal(setUp().status, 1);
    assert.ok(!existsSync(join(project, ".setup-lock")));
  });

  test("unknown and contradictory options are refused, and --help does nothing else", () => {
    const unknown = setUp("--gqu");
    assert.equal(unknown.status, 1);
    assert.match(unknown.output, /'--gqu' is not an option/);
    const both = setUp("--gpu", "--cpu");
    assert.equal(both.status, 1);
    assert.match(both.output, /--gpu and --cpu exclude each other/);
    const help = setUp("--help");
    assert.equal(help.status, 0);
    assert.match(help.output, /^Usage: npm run setup/);
    assert.deepEqual(help.called, []);
  });
});

describe("doctor", () => {
  test("on a clone where nothing is set up it says what is missing, and installs nothing", () => {
    const { status, output } = start(["scripts/doctor.mjs"]);
    assert.equal(status, 1);
    assert.match(output, new RegExp(`Node\\s+${process.versions.node.replaceAll(".", "\\.")}`));
    assert.match(output, /Python 3\.11 to 3\.13 was not found/);
    assert.match(output, /tslab is missing/);
    assert.match(output, /kernel is missing/);
    assert.match(output, /npm run setup/);
    assert.ok(!existsSync(join(project, "node_modules")));
  });

  test("does not show the password of a proxy", () => {
    const { output } = start(["scripts/doctor.mjs"], {
      HTTPS_PROXY: "http://me:secret@proxy:8080",
    });
    assert.match(output, /proxy:8080/);
    assert.doesNotMatch(output, /secret/);
  });
});
