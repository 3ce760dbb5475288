/**
 * The Python environment of the PyTorch side. It is made when it is first needed, and again when
 * its requirements change.
 */
import { spawnSync } from "child_process";
import { existsSync, readFileSync, rmSync, writeFileSync } from "fs";
import { join } from "path";
import { ROOT } from "../scripts/command";

const FOLDER = join(__dirname, "pytorch");
const REQUIREMENTS = join(FOLDER, "requirements.txt");
const VENV = join(FOLDER, ".venv");
/** The requirements that were installed. */
const STAMP = join(VENV, "installed.txt");

/** The interpreter of the reference. */
export const REFERENCE_PYTHON = join(VENV, "bin", "python");
/** The program that runs one case of the reference. */
export const REFERENCE_WORKER = join(FOLDER, "worker.py");
/** The interpreter of this project. */
export const PROJECT_PYTHON = join(ROOT, ".venv", "bin", "python");

/**
 * Installs the environment if it is missing or out of date.
 * @throws with the output of pip, when that fails
 */
export function ensureReferenceEnvironment(log: (text: string) => void): void {
  const wanted = readFileSync(REQUIREMENTS, "utf8");
  if (existsSync(STAMP) && existsSync(REFERENCE_PYTHON) && readFileSync(STAMP, "utf8") === wanted)
    return;
  log("Installing PyTorch for the reference (once; below bench/pytorch/.venv) …");
  rmSync(VENV, { recursive: true, force: true });
  run(PROJECT_PYTHON, ["-m", "venv", VENV]);
  run(REFERENCE_PYTHON, [
    "-m",
    "pip",
    "install",
    "--quiet",
    "--disable-pip-version-check",
    "-r",
    REQUIREMENTS,
  ]);
  writeFileSync(STAMP, wanted);
}

function run(program: string, parameters: readonly string[]): void {
  const { status, stderr, error } = spawnSync(program, parameters, { encoding: "utf8" });
  if (status === 0) return;
  throw new Error(
    `the reference's Python environment could not be made (${[program, ...parameters].join(" ")}):\n` +
      `${error?.message ?? stderr.trim().split("\n").slice(-15).join("\n")}\n` +
      "pip must reach its package index. bench/README.md says how to install PyTorch without CUDA's libraries.",
  );
}
