/**
 * The PyTorch side's own Python environment: made when it is first wanted, and again when its
 * requirements change.
 */
import { spawnSync } from "child_process";
import { existsSync, readFileSync, rmSync, writeFileSync } from "fs";
import { join } from "path";

export const ROOT = join(__dirname, "..");
const FOLDER = join(__dirname, "pytorch");
const REQUIREMENTS = join(FOLDER, "requirements.txt");
const VENV = join(FOLDER, ".venv");
/** A copy of the requirements that were installed. */
const STAMP = join(VENV, "installed.txt");

export const REFERENCE_PYTHON = join(VENV, "bin", "python");
export const REFERENCE_WORKER = join(FOLDER, "worker.py");
export const PROJECT_PYTHON = join(ROOT, ".venv", "bin", "python");

/** Installs what is missing. Throws pip's own words when that fails. */
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
      "PyPI must be reachable; without it, or to do without CUDA's libraries, see bench/README.md.",
  );
}
