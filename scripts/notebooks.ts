/**
 * `npm run notebooks`: executes the notebooks in order, on the bundled sample or on a data set of
 * your own.
 */
import { existsSync, readFileSync } from "fs";
import { join, relative, resolve } from "path";
import { Command } from "commander";
import { metricText } from "../src/metrics/metric-text";
import { PLAN_FILE } from "../src/planning/plan-file";
import { CHECKPOINT_FILES, RUN_FILES } from "../src/runs/run-manifest";
import { writeAtomically } from "../src/util/atomic-write";
import { withFolderLock } from "../src/util/folder-lock";
import { OutputFolder } from "../src/util/output-folder";
import { main, nameList, pathText, ROOT, wholeNumber } from "./command";
import { withPresetOption } from "./config-options";
import {
  clock,
  executedFiles,
  executeNotebook,
  notebookNames,
  NOTEBOOKS,
} from "./execute-notebook";
import { type ReadingOptions, readOptions, withReadingOptions } from "./options";

/**
 * The numbers of the notebook that trains, and of the one that writes `METRICS`. All notebooks
 * after the first of them load the trained detector.
 */
const TRAINING = "04";
const EVALUATION = "06";
const METRICS = "metrics.json";
/** Not the lock of the run folder: the kernel of a notebook takes that one while it trains. */
const LOCK = ".notebooks-lock";

interface Options extends ReadingOptions {
  data?: string;
  preset?: string;
  name: string;
  epochs?: number;
  only?: string[];
  inPlace?: boolean;
}

const program = withPresetOption(
  withReadingOptions(
    new Command("npm run notebooks --")
      .description(
        "Executes the notebooks. Their outputs, reports, weights and metrics are in runs/NAME.",
      )
      .option("--data <folder>", "the data set; default: the bundled sample", pathText("--data")),
  ),
)
  .option("--name <name>", "the name of the folder below runs", folderName, "notebooks")
  .option(
    "--epochs <number>",
    "number of epochs; default: the preset's",
    wholeNumber("--epochs", 1),
  )
  .option("--only <numbers>", "some of the notebooks, for example 00,01", nameList("--only"))
  .option("--in-place", "also write the outputs into the notebooks themselves");

main(async () => {
  program.parse();
  const options = program.opts<Options>();
  const notebooks = chosenNotebooks(options.only);
  const run = join(ROOT, "runs", options.name);
  await withFolderLock(run, () => execute(notebooks, run, options), { name: LOCK });
});

async function execute(notebooks: string[], run: string, options: Options): Promise<void> {
  const output = await OutputFolder.open(run, "notebooks");
  await requireWritable(output, notebooks);
  requireDetector(output, notebooks);
  const environment = {
    ...process.env,
    FRCNN_RUN: run,
    FRCNN_PRESET: options.preset ?? "",
    ...(options.data && { FRCNN_DATA: resolve(options.data) }),
    FRCNN_READING: JSON.stringify(readOptions(options)),
    ...(options.epochs && { FRCNN_EPOCHS: String(options.epochs) }),
  };
  const start = performance.now();
  for (const notebook of notebooks) {
    const source = join(NOTEBOOKS, notebook);
    const before = readFileSync(source);
    await executeNotebook(notebook, output, environment);
    if (numberOf(notebook) === TRAINING)
      await output.note([...Object.values(RUN_FILES), PLAN_FILE]);
    if (!options.inPlace) continue;
    if (readFileSync(source).equals(before))
      await writeAtomically(source, readFileSync(output.pathOf(notebook)));
    else console.log(`${source} was changed meanwhile and stays as it is`);
  }
  console.log(`\nAll ${notebooks.length} notebooks ran in ${clock(start)}.`);
  printMetrics(output);
  console.log(
    `Executed notebooks, their reports (.html), weights and metrics are in ${relative(process.cwd(), run)}.`,
  );
}

/** Parses the name of a folder. */
function folderName(text: string): string {
  if (/^[^/\\]+$/.test(text) && !/^\.*$/.test(text.trim())) return text;
  throw new Error(`--name must be the name of a folder, without slashes, not '${text}'`);
}

/**
 * The file names of the notebooks, in order.
 * @throws when one of the numbers is not that of a notebook
 */
function chosenNotebooks(only: readonly string[] | undefined): string[] {
  const files = notebookNames();
  const numbers = files.map(numberOf);
  const unknown = only?.find((number) => !numbers.includes(number));
  if (unknown !== undefined)
    throw new Error(`--only must be numbers of notebooks, ${numbers.join(",")}, not '${unknown}'`);
  return files.filter((_, i) => !only || only.includes(numbers[i]));
}

/** The number at the start of the file name, for example `04`. */
function numberOf(notebook: string): string {
  return notebook.split("-")[0];
}

/** @throws when a notebook needs a trained detector, and none is there or will be trained */
function requireDetector(output: OutputFolder, notebooks: readonly string[]): void {
  const numbers = notebooks.map(numberOf);
  const user = numbers.find((number) => number > TRAINING);
  const isThere = numbers.includes(TRAINING) || existsSync(output.pathOf(RUN_FILES.run));
  if (user === undefined || isThere) return;
  throw new Error(
    `notebook ${user} needs the detector that notebook ${TRAINING} trains, and ${output.pathOf(RUN_FILES.run)} does not exist: add ${TRAINING} to --only`,
  );
}

/**
 * @throws when the notebooks would replace files that earlier calls did not write. An unfinished
 * training is checked by the notebook itself when it resumes the training.
 */
async function requireWritable(output: OutputFolder, notebooks: readonly string[]): Promise<void> {
  const results = notebooks.flatMap((notebook) => Object.values(executedFiles(notebook)));
  const trains = notebooks.some((notebook) => numberOf(notebook) === TRAINING);
  const isUnfinished = CHECKPOINT_FILES.some((file) => existsSync(output.pathOf(file)));
  const runFiles = trains && !isUnfinished ? [...Object.values(RUN_FILES), PLAN_FILE] : [];
  await output.requireReplaceable([...results, ...runFiles]);
  const evaluates = notebooks.some((notebook) => numberOf(notebook) === EVALUATION);
  if (evaluates && existsSync(output.pathOf(METRICS)) && !readMetrics(output))
    throw new Error(
      `${output.pathOf(METRICS)} was not written by the notebooks, and they would replace it: choose another --name`,
    );
}

interface NotebookMetrics {
  /** Null when there is no box to find. */
  readonly classAgnostic: Readonly<Record<"AP" | "AP50" | "AP75", number | null>>;
  readonly classAware: Readonly<Record<"AP" | "AP50" | "AP75", number | null>>;
  readonly images: number;
  readonly boxes: number;
  /** Which images were evaluated, in words. */
  readonly part: string;
}

/** The metrics that the notebooks wrote; null when there are none. */
function readMetrics(output: OutputFolder): NotebookMetrics | null {
  const file = output.pathOf(METRICS);
  if (!existsSync(file)) return null;
  const metrics = JSON.parse(readFileSync(file, "utf8")) as Partial<NotebookMetrics>;
  const isComplete = metrics.classAgnostic && metrics.classAware && metrics.part !== undefined;
  return isComplete ? (metrics as NotebookMetrics) : null;
}

function printMetrics(output: OutputFolder): void {
  const metrics = readMetrics(output);
  if (!metrics) return;
  for (const [kind, name] of [
    ["classAgnostic", "class-agnostic"],
    ["classAware", "class-aware"],
  ] as const) {
    const { AP, AP50, AP75 } = metrics[kind];
    console.log(
      `  ${name}: AP ${metricText(AP)}, AP50 ${metricText(AP50)}, AP75 ${metricText(AP75)}`,
    );
  }
  console.log(`  on ${metrics.images} images with ${metrics.boxes} boxes: ${metrics.part}`);
}
