/**
 * Sets everything up below the project's folder: npm packages, a Python environment with
 * JupyterLab, TensorFlow with Node's addon for it, the kernel and the plot renderer. It needs
 * nothing but Node, and every other command runs it first; when nothing changed it does nothing.
 *
 *   npm run setup             TensorFlow for the CPU
 *   npm run setup -- --gpu    TensorFlow with CUDA
 */
import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { addonFile, buildAddon, findCompiler } from "./setup/addon.mjs";
import { withLock } from "./setup/lock.mjs";
import { SetupError, run } from "./setup/process.mjs";
import {
  findPython,
  installRequirements,
  makeVenv,
  tensorflowFolder,
  venvPython,
} from "./setup/python.mjs";

export const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
export const VENV = join(ROOT, ".venv");
/** Outside node_modules, which npm removes. */
const LOCK = join(ROOT, ".setup-lock");
const STAMP = join(ROOT, "node_modules", ".setup.json");
const OLDEST_NODE = 20;
/** The last step that needs a compiler, and after which no Python is looked for. */
const LAST_BUILD_STEP = 2;

/**
 * What a set-up depends on, by step; a step is done again when its part changed, and so are those
 * after it.
 */
export function fingerprint(root, gpu) {
  const hash = (...files) => {
    const sum = createHash("sha256");
    for (const file of files) sum.update(file).update(contentOf(join(root, file)));
    return sum.digest("hex");
  };
  const platform = `${process.platform}-${process.arch}`;
  return {
    npm: hash("package-lock.json", "jupyter/tfjs-node") + platform,
    python:
      hash("requirements.txt", gpu ? "requirements-gpu.txt" : "requirements-cpu.txt") +
      platform +
      root,
    addon:
      hash("scripts/setup/addon.mjs", "scripts/setup/list-attributes.h") + process.versions.modules,
    jupyter: hash("jupyter") + process.execPath + root,
  };
}

/**
 * Does the steps whose part of the fingerprint changed or whose result is gone, and those after
 * them; tells what it does.
 */
export async function setup({ gpu = wantsGpu(), log = console.log } = {}) {
  if (Number(process.versions.node.split(".")[0]) < OLDEST_NODE) {
    throw new SetupError(
      `Node ${process.versions.node} is too old.`,
      `Install Node ${OLDEST_NODE} or 22 from nodejs.org or your system.`,
    );
  }
  if (process.platform === "win32") {
    throw new SetupError(
      "Windows itself can't be set up: TensorFlow's Python package has no library for it that Node's addon could use.",
      "Use WSL (Windows Subsystem for Linux), where everything is as on Linux.",
    );
  }
  if (firstStale(fingerprint(ROOT, gpu), previous()) < 0) return false;
  const tell = (holder) =>
    log(
      `Another set-up of this folder is under way (process ${holder}): waiting for it. If there is none, remove ${LOCK}.`,
    );
  return withLock(LOCK, tell, () => doStaleSteps(gpu, log));
}

/**
 * Does what is still to be done when it is this process's turn. Returns whether there was
 * anything.
 */
async function doStaleSteps(gpu, log) {
  const wanted = fingerprint(ROOT, gpu);
  const done = previous();
  const first = firstStale(wanted, done);
  if (first < 0) return false;
  const steps = [
    ["npm", "npm packages", () => installPackages()],
    ["python", "Python environment with JupyterLab and TensorFlow", () => installPython(gpu)],
    [
      "addon",
      "TensorFlow's addon for Node",
      () => `TensorFlow ${buildAddon(ROOT, tensorflowFolder(VENV))}`,
    ],
    ["jupyter", "kernel and plot renderer", () => installKernel()],
  ];
  if (first <= LAST_BUILD_STEP) requirePrograms();
  const start = performance.now();
  log("Setting up (about 2 minutes the first time; nothing is installed outside this folder):");
  // What is about to be done again counts as missing until it is done, in case this is interrupted.
  const finished = Object.fromEntries(steps.slice(0, first).map(([name]) => [name, wanted[name]]));
  if (done) writeStamp({ ...finished, gpu });
  for (const [name, title, work] of steps.slice(first)) {
    const began = performance.now();
    process.stdout.write(`  ${title} … `);
    const note = await work();
    log(`${note ? `${note}, ` : ""}${seconds(began)}`);
    finished[name] = wanted[name];
    writeStamp({ ...finished, gpu });
  }
  log(`Set up in ${seconds(start)}.\n`);
  return true;
}

/** Whether the last set-up was for the GPU. */
export function wantsGpu() {
  return previous()?.gpu ?? false;
}

/** Whether a set-up would have nothing to do. */
export function isSetUp() {
  return firstStale(fingerprint(ROOT, wantsGpu()), previous()) < 0;
}

/**
 * Looks for Python and the compiler before the first download. Throws one error that names all
 * that is missing.
 */
function requirePrograms() {
  const missing = [];
  for (const find of [findPython, findCompiler]) {
    try {
      find();
    } catch (error) {
      missing.push(error.message);
    }
  }
  if (missing.length) throw new SetupError(missing.join("\n"), "Then start again.");
}

/**
 * The first step whose part of the fingerprint changed, or whose result is gone; -1 when there is
 * none.
 */
function firstStale(wanted, done) {
  const results = {
    npm: join(ROOT, "node_modules", "tsx"),
    python: venvPython(VENV),
    addon: addonFile(ROOT),
    jupyter: join(VENV, "share", "jupyter", "labextensions"),
  };
  return Object.entries(results).findIndex(
    ([name, result]) => done?.[name] !== wanted[name] || !existsSync(result),
  );
}

function installPackages() {
  // Install scripts would download a TensorFlow of their own; what is needed of them is done here.
  run("npm", ["ci", "--ignore-scripts", "--include=dev", "--no-audit", "--no-fund"], {
    cwd: ROOT,
    remedy:
      "npm comes with Node; it must reach its registry, or have the packages in its cache (`npm ci --offline`); behind a proxy set HTTPS_PROXY.",
  });
}

function installPython(gpu) {
  const python = findPython();
  makeVenv(VENV, python);
  installRequirements(VENV, [
    join(ROOT, "requirements.txt"),
    join(ROOT, gpu ? "requirements-gpu.txt" : "requirements-cpu.txt"),
  ]);
  return `Python ${python.version}`;
}

async function installKernel() {
  const { installJupyter } = await import(pathToFileURL(join(ROOT, "jupyter", "install.mjs")).href);
  await installJupyter({ root: ROOT, venv: VENV });
}

function writeStamp(stamp) {
  mkdirSync(dirname(STAMP), { recursive: true });
  writeFileSync(STAMP, JSON.stringify(stamp));
}

function previous() {
  try {
    return JSON.parse(readFileSync(STAMP, "utf8"));
  } catch {
    return null;
  }
}

function contentOf(path) {
  if (!existsSync(path)) return "missing";
  if (!statSync(path).isDirectory()) return readFileSync(path);
  return readdirSync(path)
    .sort()
    .map(
      (name) =>
        `${name} ${createHash("sha256")
          .update(contentOf(join(path, name)))
          .digest("hex")}`,
    )
    .join("\n");
}

function seconds(since) {
  return `${((performance.now() - since) / 1000).toFixed(1)} s`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const options = process.argv.slice(2);
  const unknown = options.find((option) => !["--gpu", "--cpu", "--force"].includes(option));
  try {
    if (unknown)
      throw new SetupError(`'${unknown}' is not an option.`, "Use --gpu, --cpu or --force.");
    if (options.includes("--force")) rmSync(STAMP, { force: true });
    const gpu = options.includes("--gpu") ? true : options.includes("--cpu") ? false : undefined;
    if (!(await setup({ gpu })))
      console.log("Everything is set up already (--force does it again).");
  } catch (error) {
    console.error(error instanceof SetupError ? `\n${error.message}` : error);
    process.exit(1);
  }
}
