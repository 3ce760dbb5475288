/**
 * `npm run ablation -- --data DIR`: what each choice of the presets contributes, on patient-wise
 * folds. An interrupted ablation continues where it stopped.
 */
import { join } from "path";
import { Command } from "commander";
import { interruptible } from "../src/display/interrupt";
import { ABLATION_ROWS, ablationRows } from "../src/experiments/ablation-rows";
import { metricsLine } from "../src/experiments/spread";
import { INTERRUPTED, main, nameList, pathText } from "./command";
import {
  chosenFolds,
  DataOptions,
  FoldOptions,
  openChosen,
  printDataset,
  withDataOptions,
  withEpochsOption,
  withFoldOptions,
} from "./options";
import { TrainingProgress } from "./progress";

interface Options extends DataOptions, FoldOptions {
  rows?: string[];
  epochs?: number;
  out: string;
}

const program = withEpochsOption(
  withFoldOptions(
    withDataOptions(
      new Command("npm run ablation --").description(
        "Measures what each choice of the presets contributes, on patient-wise folds.",
      ),
    ),
  ),
)
  .option(
    "--rows <names>",
    `some of the rows, separated by ;: ${ABLATION_ROWS.map(({ name }) => name).join("; ")}`,
    nameList("--rows", ";"),
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
  const { describeBackend } = await import("../src/tensor/tensorflow");
  const { ABLATION_TABLE, runAblation } = await import("../src/experiments/ablation");
  console.log(describeBackend());
  const dataset = (await openChosen(options)).withoutTest();
  printDataset(dataset);
  const { folds, epochs, out } = options;
  const progress = new TrainingProgress();
  const { isDone, results, table } = await interruptible((signal) =>
    runAblation({
      dataset,
      rows,
      folds,
      only,
      epochs,
      out,
      signal,
      onEvent: (event) => progress.show(event),
      onMessage: console.log,
      onResult: ({ row, fold, metrics }) =>
        console.log(`${row}, fold ${fold}: ${metricsLine(metrics)}`),
    }),
  );
  progress.stop();
  if (results.length) console.log(`\n${table}\nwritten to ${join(out, ABLATION_TABLE)}`);
  if (!isDone) {
    console.log("stopped; the same command continues");
    process.exit(INTERRUPTED);
  }
});
