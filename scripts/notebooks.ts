/**
 * `npm run notebooks`: executes the five notebooks in order, on the bundled sample or on a data
 * set of your own.
 */
import { spawn } from "child_process";
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync } from "fs";
import { basename, join, relative, resolve } from "path";
import { createInterface } from "readline";
import { Command } from "commander";
import { presets } from "../src/config/index";
import { main, wholeNumber } from "./command";

const ROOT = join(__dirname, "..");
const NOTEBOOKS = join(ROOT, "notebooks");
const PYTHON = join(ROOT, ".venv", "bin", "python");

interface Options {
  data?: string;
  preset: string;
  name: string;
  epochs?: number;
  only?: string;
  inPlace?: boolean;
}

/** What jupyter/execute.py tells. */
type Progress =
  | { kind: "cell"; number: number; of: number }
  | { kind: "error"; number: number; source: string; text: string; problem: string };

const program = new Command("npm run notebooks --")
  .description(
    "Executes the notebooks, and keeps them with their reports, weights and metrics in runs/NAME.",
  )
  .option("--data <folder>", "the data set: the bundled sample by default")
  .option("--preset <name>", `the configuration: ${Object.keys(presets).join(", ")}`, "default")
  .option("--name <name>", "of the folder below runs", "notebooks")
  .option("--epochs <number>", "epochs in place of the preset's", wholeNumber("--epochs", 1))
  .option("--only <numbers>", "some of them, as in 01,02")
  .option("--in-place", "also puts the outputs into the notebooks themselves");

main(async () => {
  program.parse();
  const options = program.opts<Options>();
  const run = join(ROOT, "runs", options.name);
  mkdirSync(run, { recursive: true });
  const wanted = options.only?.split(",");
  const notebooks = readdirSync(NOTEBOOKS)
    .filter(
      (file) =>
        file.endsWith(".ipynb") && (!wanted || wanted.some((number) => file.startsWith(number))),
    )
    .sort();
  const environment = {
    ...process.env,
    FRCNN_RUN: run,
    FRCNN_PRESET: options.preset,
    ...(options.data && { FRCNN_DATA: resolve(options.data) }),
    ...(options.epochs && { FRCNN_EPOCHS: String(options.epochs) }),
  };
  const start = performance.now();
  for (const notebook of notebooks) {
    await execute(notebook, run, environment);
    if (options.inPlace) copyFileSync(join(run, notebook), join(NOTEBOOKS, notebook));
  }
  console.log(`\nAll ${notebooks.length} notebooks ran in ${clock(start)}.`);
  printMetrics(run);
  console.log(
    `Executed notebooks, their reports (.html), weights and metrics are in ${relative(process.cwd(), run)}.`,
  );
});

async function execute(notebook: string, run: string, env: NodeJS.ProcessEnv): Promise<void> {
  const start = performance.now();
  const stem = basename(notebook, ".ipynb");
  const parameters = [
    join(NOTEBOOKS, notebook),
    join(run, notebook),
    join(run, `${stem}.html`),
    NOTEBOOKS,
  ];
  const child = spawn(PYTHON, [join(ROOT, "jupyter", "execute.py"), ...parameters], {
    env,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const log: string[] = [];
  child.stderr.on("data", (chunk: Buffer) => log.push(chunk.toString()));
  let failure: Extract<Progress, { kind: "error" }> | null = null;
  const tell = (cell: string) => {
    const line = `${stem}: ${cell}, ${clock(start)}`;
    process.stdout.write(process.stdout.isTTY ? `\r${line.padEnd(70)}` : `${line}\n`);
  };
  const ended = new Promise<number>((done) => child.on("close", (code) => done(code ?? 1)));
  for await (const line of createInterface({ input: child.stdout })) {
    const progress = JSON.parse(line) as Progress;
    if (progress.kind === "cell") tell(`cell ${progress.number} of ${progress.of}`);
    else failure = progress;
  }
  const code = await ended;
  process.stdout.write(process.stdout.isTTY ? "\r" : "");
  if (code !== 0) {
    const where = failure
      ? `cell ${failure.number} (${failure.problem}):\n${failure.source}\n\n${failure.text}`
      : log.join("");
    throw new Error(
      `${notebook} failed in ${where}\nThe notebook as far as it came: ${join(run, notebook)}`,
    );
  }
  console.log(`${stem}: done in ${clock(start)}`.padEnd(70));
}

function printMetrics(run: string): void {
  const file = join(run, "metrics.json");
  if (!existsSync(file)) return;
  const metrics = JSON.parse(readFileSync(file, "utf8")) as Record<
    string,
    Record<string, number> & number
  >;
  for (const [kind, name] of [
    ["classAgnostic", "class-agnostic"],
    ["classAware", "class-aware"],
  ] as const) {
    const { AP, AP50, AP75 } = metrics[kind];
    console.log(`  ${name}: AP ${AP.toFixed(3)}, AP50 ${AP50.toFixed(3)}, AP75 ${AP75.toFixed(3)}`);
  }
  console.log(
    `  on ${metrics.images} images with ${metrics.boxes} boxes: ${String(metrics.part ?? "")}`,
  );
}

function clock(since: number): string {
  const seconds = Math.round((performance.now() - since) / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")} min`;
}
