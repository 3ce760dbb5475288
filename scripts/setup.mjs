/**
 * `npm run setup`: installs everything below the project's folder: npm packages, a Python
 * environment with JupyterLab, TensorFlow with its addon for Node, the kernel and the plot
 * renderer. It needs only Node. Every other command runs it first. When nothing changed since the
 * last set-up it does nothing.
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
/** Not below node_modules, because npm removes that folder. */
const LOCK = join(ROOT, ".setup-lock");
const STAMP = join(ROOT, "node_modules", ".setup.json");
const OLDEST_NODE = 20;
/** The packages of Ray that requirements.txt does not have. */
const RAY_REQUIREMENTS = "requirements-ray.txt";
/** The last of the steps that need Python or a compiler. */
const LAST_BUILD_STEP = 2;

const HELP = `Usage: npm run setup -- [options]

Installs what the project needs below its folder. Every other command does this first.

Options:
  --cpu       TensorFlow for the CPU
  --gpu       TensorFlow with CUDA, for NVIDIA graphics cards; later set-ups keep the choice
  --ray       Ray too, for several machines (docs/cluster.md); later set-ups keep the choice
  --force     forget these choices, and do all steps again
  -h, --help  display help for command`;
const OPTIONS = ["--gpu", "--cpu", "--ray", "--force", "--help", "-h"];

/**
 * A hash of everything that each step depends on. When the hash of a step changes, the step and
 * all steps after it are done again.
 * @param root the project's folder
 * @param choices.gpu whether TensorFlow with CUDA is installed
 * @param choices.ray whether Ray is installed
 */
export function fingerprint(root, { gpu, ray }) {
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
      hash(
        "scripts/setup/addon.mjs",
        "scripts/setup/list-attributes.h",
        "scripts/setup/held-stderr.cc",
      ) + process.versions.modules,
    jupyter: hash("jupyter", "src/report/fitted-layout.js") + process.execPath + root,
    ...(ray && { ray: hash(RAY_REQUIREMENTS) }),
  };
}

/**
 * Does the first step whose hash changed or whose result is missing, and all steps after it.
 * Another set-up of the same folder is waited for.
 * @param options.gpu whether TensorFlow with CUDA is installed; default: as in the last set-up
 * @param options.ray whether Ray is installed; default: as in the last set-up
 * @param options.log receives a line for each step
 * @returns whether there was anything to do
 */
export async function setup({ gpu = wantsGpu(), ray = wantsRay(), log = console.log } = {}) {
  if (Number(process.versions.node.split(".")[0]) < OLDEST_NODE) {
    throw new SetupError(
      `Node ${process.versions.node} is too old.`,
      `Install Node ${OLDEST_NODE} or 22 from nodejs.org or your system.`,
    );
  }
  if (process.platform === "win32") {
    throw new SetupError(
      "Windows is not supported: its Python package of TensorFlow has no library that the addon for Node could use.",
      "Use WSL (Windows Subsystem for Linux), where everything works as on Linux.",
    );
  }
  const choices = { gpu, ray };
  if (firstStale(fingerprint(ROOT, choices), previous()) < 0) return false;
  const onWait = (holder) =>
    log(
      `Another set-up of this folder is under way (process ${holder}): waiting for it. If there is none, remove ${LOCK}.`,
    );
  return withLock(LOCK, onWait, () => doStaleSteps(choices, log));
}

/**
 * Does the steps that another process has not done meanwhile.
 * @returns whether there was anything to do
 */
async function doStaleSteps(choices, log) {
  const wanted = fingerprint(ROOT, choices);
  const done = previous();
  const first = firstStale(wanted, done);
  if (first < 0) return false;
  const steps = [
    ["npm", "npm packages", () => installPackages()],
    [
      "python",
      "Python environment with JupyterLab and TensorFlow",
      () => installPython(choices.gpu),
    ],
    [
      "addon",
      "TensorFlow's addon for Node",
      async () => `TensorFlow ${await buildAddon(ROOT, tensorflowFolder(VENV))}`,
    ],
    ["jupyter", "kernel and plot renderer", () => installKernel()],
    ["ray", "Ray", () => installRequirements(VENV, [join(ROOT, RAY_REQUIREMENTS)])],
  ].filter(([name]) => Object.hasOwn(wanted, name));
  if (first <= LAST_BUILD_STEP) requirePrograms();
  const start = performance.now();
  log("Setting up (about 2 minutes the first time; nothing is installed outside this folder):");
  // A step that is done again counts as missing until it is done: it may be interrupted.
  const finished = Object.fromEntries(steps.slice(0, first).map(([name]) => [name, wanted[name]]));
  if (done) writeStamp({ ...finished, gpu: choices.gpu, withRay: choices.ray });
  for (const [name, title, work] of steps.slice(first)) {
    const began = performance.now();
    process.stdout.write(`  ${title} … `);
    const note = await work();
    log(`${note ? `${note}, ` : ""}${seconds(began)}`);
    finished[name] = wanted[name];
    writeStamp({ ...finished, gpu: choices.gpu, withRay: choices.ray });
  }
  log(`Set up in ${seconds(start)}.\n`);
  return true;
}

/** Whether the last set-up was for the GPU. */
export function wantsGpu() {
  return previous()?.gpu ?? false;
}

/** Whether the last set-up was with Ray. */
export function wantsRay() {
  return previous()?.withRay ?? false;
}

/** Whether a set-up would have nothing to do. */
export function isSetUp() {
  return firstStale(fingerprint(ROOT, { gpu: wantsGpu(), ray: wantsRay() }), previous()) < 0;
}

/**
 * Looks for Python and the compiler before anything is downloaded.
 * @throws with all programs that are missing
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

/** The number of the first step whose hash changed or whose result is missing; -1 without one. */
function firstStale(wanted, done) {
  const results = {
    npm: join(ROOT, "node_modules", "tsx"),
    python: venvPython(VENV),
    addon: addonFile(ROOT),
    jupyter: join(VENV, "share", "jupyter", "labextensions"),
    ray: join(VENV, "bin", "ray"),
  };
  return Object.entries(wanted).findIndex(
    ([name, hash]) => done?.[name] !== hash || !existsSync(results[name]),
  );
}

async function installPackages() {
  // The install scripts would download another TensorFlow. The later steps do what is needed.
  await run("npm", ["ci", "--ignore-scripts", "--include=dev", "--no-audit", "--no-fund"], {
    cwd: ROOT,
    remedy:
      "npm comes with Node. It must reach its registry or have the packages in its cache; behind a proxy set HTTPS_PROXY.",
  });
}

async function installPython(gpu) {
  const python = findPython();
  await makeVenv(VENV, python);
  await installRequirements(VENV, [
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

/** Runs the command. It goes on when nobody reads its output. */
async function main(options) {
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => undefined);
  const unknown = options.find((option) => !OPTIONS.includes(option));
  if (unknown !== undefined)
    throw new SetupError(`'${unknown}' is not an option.`, "Use --gpu, --cpu, --ray or --force.");
  if (options.includes("--help") || options.includes("-h")) return console.log(HELP);
  if (options.includes("--gpu") && options.includes("--cpu"))
    throw new SetupError("--gpu and --cpu exclude each other.", "Choose one of them.");
  if (options.includes("--force")) rmSync(STAMP, { force: true });
  const gpu = options.includes("--gpu") ? true : options.includes("--cpu") ? false : undefined;
  const ray = options.includes("--ray") ? true : undefined;
  if (!(await setup({ gpu, ray })))
    console.log("Everything is set up already (--force does it again).");
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  main(process.argv.slice(2)).catch((error) => {
    console.error(error instanceof SetupError ? `\n${error.message}` : error);
    process.exit(1);
  });
