/**
 * `npm run ablation -- --data DIR`: what each choice of the presets contributes, on patient-wise
 * folds. An interrupted ablation continues where it stopped.
 */
import { join } from "path";
import { Command } from "commander";
import { interruptible } from "../src/display/interrupt";
import { ABLATION_ROWS, ablationRows } from "../src/experiments/ablation-rows";
import type { AblationOptions } from "../src/experiments/ablation";
import { metricsLine } from "../src/experiments/spread";
import { endInterrupted, main, nameList, pathText } from "./command";
import { withEpochsOption } from "./config-options";
import {
  chosenFolds,
  DataOptions,
  FoldOptions,
  openChosen,
  printDataset,
  withDataOptions,
  withFoldOptions,
} from "./options";
import { TrainingProgress } from "./progress";
import { type RayOutcome, requireNoFailure, requireRay } from "./ray/run-tasks";
import { type RayOptions, withRayOptions } from "./ray-options";

interface Options extends DataOptions, FoldOptions, RayOptions {
  rows?: string[];
  epochs?: number;
  trainOnly?: boolean;
  out: string;
}

const program = withRayOptions(
  withEpochsOption(
    withFoldOptions(
      withDataOptions(
        new Command("npm run ablation --").description(
          "Measures what each choice of the presets contributes, on patient-wise folds.",
        ),
      ),
    ),
  ),
  "rows and folds",
)
  .option(
    "--rows <names>",
    `some of the rows, separated by ;: ${ABLATION_ROWS.map(({ name }) => name).join("; ")}`,
    nameList("--rows", ";"),
  )
  .option(
    "--train-only",
    "only train the rows, and write no table; several commands can do this in one folder",
  )
  .option(
    "--out <folder>",
    "the folder of the runs and the table",
    pathText("--out"),
    join("runs", "ablation"),
  );

main(async () => {
  program.parse();
  const options = program.opts<Options>();
  const only = chosenFolds(options);
  const rows = options.rows && ablationRows(options.rows);
  const { folds, epochs, out, ray, trainOnly } = options;
  if (ray !== undefined) requireRay();
  const { trainFoldsOnRay } = await import("./ray/train-folds");
  const { describeBackend } = await import("../src/tensor/tensorflow");
  const { ABLATION_TABLE, ablationTrainings, runAblation } =
    await import("../src/experiments/ablation");
  console.log(describeBackend());
  const dataset = (await openChosen(options)).withoutTest();
  printDataset(dataset);
  const progress = new TrainingProgress();
  const { isDone, results, table, outcomes } = await interruptible(async (signal) => {
    const ablation = { dataset, rows, folds, only, epochs, out, signal };
    const outcomes = ray === undefined ? [] : await trainOnRay(ablation);
    const all = await runAblation({
      ...ablation,
      trainOnly,
      finishedOnly: ray !== undefined,
      onEvent: (event) => progress.show(event),
      onMessage: console.log,
      onResult: ({ row, fold, metrics }) =>
        console.log(`${row}, fold ${fold}: ${metricsLine(metrics)}`),
    });
    return { ...all, outcomes };
  });
  progress.stop();
  if (results.length && !trainOnly)
    console.log(`\n${table}\nwritten to ${join(out, ABLATION_TABLE)}`);
  requireNoFailure(outcomes);
  if (!isDone) endInterrupted();

  /** Trains the rows that are not finished. */
  async function trainOnRay(ablation: AblationOptions): Promise<RayOutcome[]> {
    const trainings = await ablationTrainings(ablation);
    const tasks = trainings
      .filter(({ isFinished }) => !isFinished)
      .map(({ row, fold, folder }) => ({
        name: `${row}, fold ${fold}`,
        folder,
        options: ["--train-only", "--rows", row, "--only", `${fold}`],
      }));
    const { signal } = ablation;
    return trainFoldsOnRay(tasks, { name: "ablation", program, options, signal });
  }
});
