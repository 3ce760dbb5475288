/**
 * The project's own Python: found, checked, and wrapped in a virtual environment below the
 * project.
 */
import { existsSync } from "node:fs";
import { basename, join } from "node:path";
import { SetupError, capture, run } from "./process.mjs";

/** Oldest and newest minor version of Python 3 for which the pinned packages have wheels. */
const MINORS = { oldest: 11, newest: 13 };

/**
 * The interpreter that `PYTHON` names, else the first fitting one on the path. Throws with what to
 * install.
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

/** The environment's own interpreter. */
export function venvPython(venv) {
  return join(venv, "bin", "python");
}

/**
 * Makes the virtual environment anew, so that it holds what the lock files name and nothing else.
 * Throws with what to install.
 */
export function makeVenv(venv, python) {
  run(python.command, ["-m", "venv", "--clear", venv], {
    remedy: "Debian and Ubuntu keep venv in a package of its own: apt-get install python3-venv.",
  });
}

/**
 * Installs exactly the packages of a lock file, each checked against its hash, and none that it
 * does not name.
 */
export function installRequirements(venv, files) {
  const requirements = files.flatMap((file) => ["-r", file]);
  run(
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

/**
 * The folder of the TensorFlow package in the environment, which holds its native library and
 * headers.
 */
export function tensorflowFolder(venv) {
  const purelib = capture(venvPython(venv), [
    "-c",
    "import sysconfig; print(sysconfig.get_paths()['purelib'])",
  ]);
  return join(purelib, "tensorflow");
}

/**
 * Versions of the environment's packages by name; null when the environment is missing or does not
 * run.
 */
export function pythonPackages(venv) {
  const program = [
    "import importlib.metadata as metadata, json, re",
    "name = lambda package: re.sub('[-_.]+', '-', package.metadata['Name']).lower()",
    "print(json.dumps({name(package): package.version for package in metadata.distributions()}))",
  ].join("\n");
  const listing = capture(venvPython(venv), ["-c", program]);
  return listing === null ? null : JSON.parse(listing);
}
