/**
 * Compiles TensorFlow.js's native addon against the TensorFlow library of the Python package. The
 * addon's own install step would download an older TensorFlow, whose GPU build needs CUDA 11.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { SetupError, capture, run } from "./process.mjs";

/** The N-API version; the addon's folder is named after it. */
const NAPI_VERSION = 8;

/** The source of a second addon, which keeps the log of a loading library out of the terminal. */
const HELD_STDERR = join(dirname(fileURLToPath(import.meta.url)), "held-stderr.cc");

/** Makes the addon pass lists of strings: TensorFlow's fused convolutions need them. */
const LIST_ATTRIBUTES = join(dirname(fileURLToPath(import.meta.url)), "list-attributes.h");

/** The flags of every addon. */
const ADDON_FLAGS = [
  ...["-O2", "-std=c++17", "-fPIC", "-shared", `-DNAPI_VERSION=${NAPI_VERSION}`],
  ...(process.platform === "darwin" ? ["-undefined", "dynamic_lookup"] : []),
];

const COMPILER_REMEDY =
  "A C++17 compiler is needed (Debian and Ubuntu: apt-get install g++; Fedora: dnf install gcc-c++; macOS: xcode-select --install). " +
  "The environment variable CXX can name another one.";

/**
 * The C++ compiler that the variable CXX names, or the system's.
 * @throws SetupError with what to install
 */
export function findCompiler(environment = process.env) {
  const compiler = environment.CXX || "c++";
  if (capture(compiler, ["--version"], environment) !== null) return compiler;
  throw new SetupError(
    `The C++ compiler '${compiler}' was not found, or does not run.`,
    COMPILER_REMEDY,
  );
}

/** The path at which TensorFlow.js looks for its addon. */
export function addonFile(root) {
  const folder = `napi-v${NAPI_VERSION}`;
  return join(
    root,
    "node_modules",
    "@tensorflow",
    "tfjs-node-gpu",
    "lib",
    folder,
    "tfjs_binding.node",
  );
}

/**
 * Compiles the addon and loads it once.
 * @param root the project's folder
 * @param tensorflow the folder of the Python package of TensorFlow
 * @returns the version of TensorFlow
 * @throws SetupError with what to install
 */
export async function buildAddon(root, tensorflow) {
  const require = createRequire(join(root, "package.json"));
  const module = join(root, "node_modules", "@tensorflow", "tfjs-node-gpu");
  const libraries = ["libtensorflow_cc", "libtensorflow_framework"].map((name) =>
    libraryFile(tensorflow, name),
  );
  const output = addonFile(root);
  mkdirSync(dirname(output), { recursive: true });
  const includes = [
    join(module),
    join(tensorflow, "include"),
    require("node-api-headers").include_dir,
  ];
  // The Python packages of CUDA's libraries lie beside the one of TensorFlow.
  const searched = [tensorflow, ...cudaFolders(tensorflow)];
  await run(
    findCompiler(),
    [
      ...ADDON_FLAGS,
      ...includes.map((include) => `-I${include}`),
      ...["-include", LIST_ATTRIBUTES],
      ...["tfjs_backend.cc", "tfjs_binding.cc"].map((file) => join(module, "binding", file)),
      ...["-o", `${output}.part`],
      ...libraries.map((library) => join(tensorflow, library)),
      ...searched.map((library) => `-Wl,-rpath,${library}`),
    ],
    { remedy: COMPILER_REMEDY },
  );
  renameSync(`${output}.part`, output);
  await buildHeldStderr(join(dirname(output), "held_stderr.node"), includes.at(-1));
  const version = loadedVersion(root);
  if (!version) {
    throw new SetupError(
      "The addon was compiled but does not load.",
      "See why with: node -e 'require(\"@tensorflow/tfjs-node-gpu\")'",
    );
  }
  return version;
}

/** Compiles the second addon. Without it everything works, and the log of the library is visible. */
async function buildHeldStderr(output, nodeHeaders) {
  const parameters = [...ADDON_FLAGS, `-I${nodeHeaders}`, HELD_STDERR, "-o", `${output}.part`];
  try {
    await run(findCompiler(), parameters, { remedy: COMPILER_REMEDY });
    renameSync(`${output}.part`, output);
  } catch {
    rmSync(output, { force: true });
  }
}

/** The version of the TensorFlow that Node loads; null when it does not load. */
export function loadedVersion(root) {
  return describeLoaded(root).version ?? null;
}

/**
 * Measures the speed in the process of `describeLoaded`: the least processor time of some runs,
 * which other programs hardly change.
 */
const MEASURE = `
    const best = (work) => {
      const times = Array.from({ length: 30 }, () => {
        const start = process.cpuUsage();
        tf.tidy(work);
        const { user, system } = process.cpuUsage(start);
        return user + system;
      });
      return Math.min(...times);
    };
    const [side, calls] = [1024, 100];
    const [large, small] = [tf.ones([side, side]), tf.ones([1])];
    const product = best(() => tf.matMul(large, large).slice([0, 0], [1, 1]).dataSync());
    const operations = best(() => { for (let i = 0; i < calls; i++) tf.add(small, small); });
    speed = { gigaflops: (2 * side ** 3) / 1e3 / product, microseconds: operations / calls };`;

/**
 * Loads TensorFlow in another process.
 * @param withSpeed also measures `speed`: the `gigaflops` of a matrix product on one core, in 10^9
 * operations a second, and the `microseconds` of a small operation
 * @returns `{ version, tfjs, device, speed, build, complaint }`, the last two from TensorFlow's
 * log, or `{ error }` with the line of the log that says why it does not load
 */
export function describeLoaded(root, { withSpeed = false } = {}) {
  const program = `
    process.chdir(${JSON.stringify(root)});
    const tf = require("@tensorflow/tfjs-node-gpu");
    const { binding, isUsingGpuDevice } = tf.backend();
    tf.matMul(tf.ones([2, 2]), tf.ones([2, 2])).dataSync();
    let speed;
    ${withSpeed ? MEASURE : ""}
    console.log(JSON.stringify({ speed, version: binding.TF_Version, tfjs: tf.version["tfjs-core"], device: isUsingGpuDevice ? "GPU" : "CPU" }));`;
  const shim = join(root, "jupyter", "node-shim.cjs");
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ["--require", shim, "-e", program],
    {
      encoding: "utf8",
      env: { ...process.env, TF_CPP_MIN_LOG_LEVEL: "0", NODE_PATH: join(root, "node_modules") },
    },
  );
  if (status !== 0)
    return { error: /^\w*Error: .*$/m.exec(stderr)?.[0] ?? stderr.trim().split("\n").at(-1) };
  const oneDnn = stderr.includes("oneDNN custom operations are on") ? "oneDNN on" : "oneDNN off";
  const unused = /following instructions: (.*), in other operations/.exec(stderr)?.[1];
  const build = unused
    ? `${oneDnn}; outside oneDNN it does not use this processor's ${unused}`
    : oneDnn;
  const complaint = /^[WEF]\d{4} .*?\] (.*)$/m.exec(stderr)?.[1];
  return { ...JSON.parse(stdout.trim().split("\n").at(-1)), build, complaint };
}

function libraryFile(tensorflow, name) {
  const file = existsSync(tensorflow)
    ? readdirSync(tensorflow).find(
        (entry) => entry.startsWith(`${name}.`) && /\.(so\.\d+|\d+\.dylib)$/.test(entry),
      )
    : undefined;
  if (!file) {
    throw new SetupError(
      `${tensorflow} has no ${name}.`,
      "The Python package of TensorFlow is incomplete: remove the folder .venv and run `npm run setup` again.",
    );
  }
  return file;
}

function cudaFolders(tensorflow) {
  const nvidia = join(tensorflow, "..", "nvidia");
  if (!existsSync(nvidia)) return [];
  return readdirSync(nvidia)
    .map((name) => join(nvidia, name, "lib"))
    .filter((folder) => existsSync(folder));
}
