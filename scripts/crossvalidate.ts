/**
 * `npm run crossvalidate -- --data DIR`: trains on patient-wise folds with several seeds, and
 * prints mean and standard deviation of the metrics. An interrupted cross-validation continues
 * where it stopped.
 */
import { join } from "path";
import { Command } from "commander";
import { AUTO_PRESET } from "../src/config/index";
import { interruptible } from "../src/display/interrupt";
import { metricsLine, spread } from "../src/experiments/spread";
import { INTERRUPTED, main, pathText, wholeNumber } from "./command";
import { withSequences } from "./label-map-options";
import {
  chosenConfig,
  chosenFolds,
  chosenOverrides,
  ConfigOptions,
  DataOptions,
  FoldOptions,
  openChosen,
  printDataset,
  withConfigOptions,
  withDataOptions,
  withFoldOptions,
} from "./options";
import { TrainingProgress } from "./progress";

interface Options extends DataOptions, ConfigOptions, FoldOptions {
  seeds: number;
  out: string;
}

const program = withFoldOptions(
  withConfigOptions(
    withDataOptions(
      new Command("npm run crossvalidate --").description(
        "Trains and evaluates on patient-wise folds: each patient is held out once for each seed.",
      ),
    ),
    [AUTO_PRESET],
  ),
)
  .option(
    "--seeds <number>",
    "number of seeds, from the configuration's on; the folds stay the same",
    wholeNumber("--seeds", 1),
    1,
  )
  .option(
    "--out <folder>",
    "the folder of the runs",
    pathText("--out"),
    join("runs", "crossvalidate"),
  );

main(async () => {
  program.parse();
  const options = program.opts<Options>();
  const only = chosenFolds(options);
  const isAuto = options.preset === AUTO_PRESET;
  const config = isAuto ? AUTO_PRESET : await chosenConfig(options);
  const fixed = isAuto ? chosenOverrides(options) : undefined;
  const { describeBackend } = await import("../src/tensor/tensorflow");
  const { planSummary } = await import("../src/planning/auto-plan");
  const { PATIENTS_UNKNOWN } = await import("../src/data/patients/assign-patients");
  const { crossValidate } = await import("../src/experiments/cross-validation");
  console.log(describeBackend());
  const reading = config === AUTO_PRESET ? options : withSequences(options, config);
  const dataset = (await openChosen(reading)).withoutTest();
  printDataset(dataset);
  const { folds, seeds, out } = options;
  const progress = new TrainingProgress();
  const { isDone, results } = await interruptible((signal) =>
    crossValidate({
      dataset,
      config,
      fixed,
      folds,
      only,
      seeds,
      out,
      signal,
      onEvent: (event) => progress.show(event),
      onMessage: console.log,
      onPlan: (fold, plan) => console.log(`fold ${fold}: ${planSummary(plan)}`),
      onResult: ({ seed, fold, result }) =>
        console.log(
          `seed ${seed}, fold ${fold}: ${metricsLine(result)} (${result.minutes.toFixed(1)} min)`,
        ),
    }),
  );
  progress.stop();
  const warning = dataset.arePatientsKnown ? "" : ` (${PATIENTS_UNKNOWN})`;
  for (const kind of ["classAgnostic", "classAware"] as const) {
    const line = (["AP50", "AP75", "AP"] as const).map(
      (name) => `${name} ${spread(results.map(({ result }) => result[kind][name]))}`,
    );
    const absent = results.filter(({ result }) => result[kind].AP === null).length;
    const note = absent ? ` (${absent} of them without AP, which take no part)` : "";
    console.log(
      `${kind}, mean ± standard deviation of ${results.length} runs${note}${warning}: ${line.join(", ")}`,
    );
  }
  if (!isDone) {
    console.log("stopped; the same command continues");
    process.exit(INTERRUPTED);
  }
});
