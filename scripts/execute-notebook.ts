/** Executes one notebook with the project's kernel, and shows how far it is. */
import { spawn } from "child_process";
import { existsSync, readdirSync } from "fs";
import { basename, join } from "path";
import { createInterface } from "readline";
import type { OutputFolder } from "../src/util/output-folder";
import { UNFINISHED } from "../src/util/growing-file";
import { IGNORE_HANGUP, ROOT } from "./command";

/** The folder of the notebooks, which is also their working directory. */
export const NOTEBOOKS = join(ROOT, "notebooks");
const PYTHON = join(ROOT, ".venv", "bin", "python");
const EXECUTOR = join(ROOT, "jupyter", "execute.py");
/** The signals that end the execution and its kernel. */
const ENDING = ["SIGTERM", "SIGHUP"] as const;
/** Characters of a line in a terminal that are overwritten by the next line. */
const LINE_WIDTH = 70;

/** The lines of JSON that jupyter/execute.py prints. */
type Progress =
  | { kind: "cell"; number: number; of: number }
  | { kind: "error"; number: number; source: string; text: string; problem: string };

/** The file names of all notebooks, in order. */
export function notebookNames(): string[] {
  return readdirSync(NOTEBOOKS)
    .filter((file) => file.endsWith(".ipynb"))
    .sort();
}

/** The names of the files that the execution of a notebook writes. */
export function executedFiles(notebook: string): { notebook: string; report: string } {
  return { notebook, report: `${basename(notebook, ".ipynb")}.html` };
}

/**
 * Executes a notebook of the folder `notebooks`, and writes it with its outputs and as an HTML
 * report.
 * @param notebook its file name
 * @param output the folder of the results
 * @param environment variables that the notebook reads
 * @throws with the cell and its error, when a cell fails or writes to stderr; the notebook is then
 * written up to that cell
 */
export async function executeNotebook(
  notebook: string,
  output: OutputFolder,
  environment: NodeJS.ProcessEnv,
): Promise<void> {
  const start = performance.now();
  const stem = basename(notebook, ".ipynb");
  const files = executedFiles(notebook);
  const parameters = [
    join(NOTEBOOKS, notebook),
    output.pathOf(files.notebook + UNFINISHED),
    output.pathOf(files.report + UNFINISHED),
    NOTEBOOKS,
  ];
  const child = spawn("/bin/sh", ["-c", IGNORE_HANGUP, PYTHON, EXECUTOR, ...parameters], {
    env: environment,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let ending: NodeJS.Signals | null = null;
  const end = (signal: NodeJS.Signals) => {
    ending = signal;
    child.kill("SIGTERM");
  };
  for (const signal of ENDING) process.on(signal, end);
  const log: string[] = [];
  child.stderr.on("data", (chunk: Buffer) => log.push(chunk.toString()));
  const ended = new Promise<number>((done) => child.on("close", (code) => done(code ?? 1)));
  let failure: Extract<Progress, { kind: "error" }> | null = null;
  for await (const line of createInterface({ input: child.stdout })) {
    const progress = JSON.parse(line) as Progress;
    if (progress.kind === "error") failure = progress;
    else showLine(`${stem}: cell ${progress.number} of ${progress.of}, ${clock(start)}`);
  }
  const code = await ended;
  for (const signal of ENDING) process.removeListener(signal, end);
  if (ending) process.kill(process.pid, ending);
  if (process.stdout.isTTY) process.stdout.write("\r");
  for (const file of Object.values(files))
    if (existsSync(output.pathOf(file + UNFINISHED))) await output.adopt(file);
  if (code !== 0) {
    const where = failure
      ? `cell ${failure.number} (${failure.problem}):\n${failure.source}\n\n${failure.text}`
      : log.join("");
    throw new Error(
      `${notebook} failed in ${where}\nThe notebook up to this cell: ${output.pathOf(files.notebook)}`,
    );
  }
  console.log(`${stem}: done in ${clock(start)}`.padEnd(LINE_WIDTH));
}

/** The minutes and seconds since a time of `performance.now()`. */
export function clock(since: number): string {
  const seconds = Math.round((performance.now() - since) / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")} min`;
}

/** In a terminal the line replaces the one before. */
function showLine(line: string): void {
  process.stdout.write(process.stdout.isTTY ? `\r${line.padEnd(LINE_WIDTH)}` : `${line}\n`);
}
