/** Finds a Python interpreter and makes the project's virtual environment with it. */
import { existsSync } from "node:fs";
import { basename, join } from "node:path";
import { SetupError, capture, run } from "./process.mjs";

/** The oldest and newest minor version of Python 3 that the pinned packages have wheels for. */
const MINORS = { oldest: 11, newest: 13 };

/**
 * The interpreter that the variable PYTHON names, or the first suitable one on the path.
 * @throws SetupError with what to install
 */
export function findPython(environment = process.env) {
  const candidates = environment.PYTHON
    ? [environment.PYTHON]
    : ["python3.11", "python3.12", "python3.13", "python3", "python"];
  const seen = [];
  for (const command of candidates) {
    const version = capture(
      command,
      ["-c", "import sys; print('%d.%d' % sys.version_info[:2])"],
      environment,
    );
    if (version === null) {
      if (environment.PYTHON) seen.push(`PYTHON names '${command}', which does not run`);
      continue;
    }
    const [major, minor] = version.split(".").map(Number);
    if (major === 3 && minor >= MINORS.oldest && minor <= MINORS.newest)
      return { command, version };
    seen.push(`${command} is ${version}`);
  }
  throw new SetupError(
    `Python 3.${MINORS.oldest} to 3.${MINORS.newest} was not found${seen.length ? ` (${seen.join(", ")})` : ""}.`,
    "Install it (Debian and Ubuntu: apt-get install python3 python3-venv; Fedora: dnf install python3.12; macOS: brew install python@3.12), " +
      "or name one in the environment variable PYTHON.",
  );
}

/** The interpreter of the virtual environment. */
export function venvPython(venv) {
  return join(venv, "bin", "python");
}

/**
 * Makes the virtual environment. An existing one is emptied, so that it will contain only the
 * packages of the lock files.
 * @throws SetupError with what to install
 */
export async function makeVenv(venv, python) {
  await run(python.command, ["-m", "venv", "--clear", venv], {
    remedy: "On Debian and Ubuntu install the package of venv: apt-get install python3-venv.",
  });
}

/**
 * Installs the packages of lock files and no others. pip checks the hash of each.
 * @throws SetupError with advice for machines without a network
 */
export async function installRequirements(venv, files) {
  const requirements = files.flatMap((file) => ["-r", file]);
  await run(
    venvPython(venv),
    ["-m", "pip", "install", "--quiet", "--no-deps", "--require-hashes", ...requirements],
    {
      env: { ...process.env, PIP_DISABLE_PIP_VERSION_CHECK: "1" },
      remedy:
        "Without a network, fetch the packages elsewhere with `pip download --no-deps -d FOLDER " +
        `${files.map((file) => `-r ${basename(file)}`).join(" ")}\` and set PIP_NO_INDEX=1` +
        " and PIP_FIND_LINKS=FOLDER; behind a proxy set HTTPS_PROXY.",
    },
  );
}

/** The folder of the TensorFlow package in the environment, with its native library and headers. */
export function tensorflowFolder(venv) {
  const purelib = capture(venvPython(venv), [
    "-c",
    "import sysconfig; print(sysconfig.get_paths()['purelib'])",
  ]);
  return join(purelib, "tensorflow");
}

/** The versions of the environment's packages by name; null when the environment does not run. */
export function pythonPackages(venv) {
  const program = [
    "import importlib.metadata as metadata, json, re",
    "name = lambda package: re.sub('[-_.]+', '-', package.metadata['Name']).lower()",
    "print(json.dumps({name(package): package.version for package in metadata.distributions()}))",
  ].join("\n");
  const listing = capture(venvPython(venv), ["-c", program]);
  return listing === null ? null : JSON.parse(listing);
}
