/**
 * `npm run crossvalidate -- --data DIR`: trains on patient-wise folds with several seeds, and
 * prints mean and standard deviation of the metrics. An interrupted cross-validation continues
 * where it stopped.
 */
import { join } from "path";
import { Command } from "commander";
import { AUTO_PRESET } from "../src/config/index";
import { interruptible } from "../src/display/interrupt";
import type { CrossValidationOptions } from "../src/experiments/cross-validation";
import { metricsLine, spread } from "../src/experiments/spread";
import { endInterrupted, main, pathText, wholeNumber, wholeNumberList } from "./command";
import {
  chosenConfig,
  chosenOverrides,
  chosenPreset,
  ConfigOptions,
  withConfigOptions,
} from "./config-options";
import { withSequences } from "./label-map-options";
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

interface Options extends DataOptions, ConfigOptions, FoldOptions, RayOptions {
  seeds: number;
  onlySeeds?: number[];
  out: string;
}

const program = withRayOptions(
  withFoldOptions(
    withConfigOptions(
      withDataOptions(
        new Command("npm run crossvalidate --").description(
          "Trains and evaluates on patient-wise folds: each patient is held out once for each seed.",
        ),
      ),
    ),
  ),
  "the folds",
)
  .option(
    "--seeds <number>",
    "number of seeds, from the configuration's on; the folds stay the same",
    wholeNumber("--seeds", 1),
    1,
  )
  .option(
    "--only-seeds <numbers>",
    "train only with these seeds, for example 1,2",
    wholeNumberList("--only-seeds", 0),
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
  const chosen = { ...options, preset: chosenPreset(options) };
  const isAuto = chosen.preset === AUTO_PRESET;
  const config = isAuto ? AUTO_PRESET : await chosenConfig(chosen);
  const fixed = isAuto ? chosenOverrides(chosen) : undefined;
  const { folds, seeds, out, ray } = options;
  const { crossValidate, foldFolder, seedsFrom } =
    await import("../src/experiments/cross-validation");
  const { firstSeed } = await import("../src/experiments/fold-configs");
  const allSeeds = seedsFrom(firstSeed({ config, fixed }), seeds);
  const onlySeeds = options.onlySeeds && chosenSeeds(allSeeds, options.onlySeeds);
  if (ray !== undefined) requireRay();
  const { trainFoldsOnRay } = await import("./ray/train-folds");
  const { describeBackend } = await import("../src/tensor/tensorflow");
  const { planSummary } = await import("../src/planning/auto-plan");
  const { PATIENTS_UNKNOWN } = await import("../src/data/patients/assign-patients");
  console.log(describeBackend());
  const reading = config === AUTO_PRESET ? options : withSequences(options, config);
  const dataset = (await openChosen(reading)).withoutTest();
  printDataset(dataset);
  const progress = new TrainingProgress();
  const { isDone, results, outcomes } = await interruptible(async (signal) => {
    const validation = { dataset, config, fixed, folds, only, seeds, onlySeeds, out, signal };
    const outcomes = ray === undefined ? [] : await trainOnRay(validation);
    const all = await crossValidate({
      ...validation,
      finishedOnly: ray !== undefined,
      onEvent: (event) => progress.show(event),
      onMessage: console.log,
      onPlan: (fold, plan) => console.log(`fold ${fold}: ${planSummary(plan)}`),
      onResult: ({ seed, fold, result }) =>
        console.log(
          `seed ${seed}, fold ${fold}: ${metricsLine(result)} (${result.minutes.toFixed(1)} min)`,
        ),
    });
    return { ...all, outcomes };
  });
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
  requireNoFailure(outcomes);
  if (!isDone) endInterrupted();

  /** Trains the folds that are not finished. */
  async function trainOnRay(validation: CrossValidationOptions): Promise<RayOutcome[]> {
    const { results: finished } = await crossValidate({ ...validation, finishedOnly: true });
    const tasks = (onlySeeds ?? allSeeds)
      .flatMap((seed) => only.map((fold) => ({ seed, fold })))
      .filter(({ seed, fold }) => !finished.some((run) => run.seed === seed && run.fold === fold))
      .map(({ seed, fold }) => ({
        name: `seed ${seed}, fold ${fold}`,
        folder: foldFolder(out, seed, fold),
        options: ["--only-seeds", `${seed}`, "--only", `${fold}`],
      }));
    const { signal } = validation;
    return trainFoldsOnRay(tasks, { name: "crossvalidate", program, options, signal });
  }
});

/**
 * The seeds of `--only-seeds`.
 * @throws when one of them is not a seed of the cross-validation
 */
function chosenSeeds(all: readonly number[], only: readonly number[]): readonly number[] {
  const unknown = only.find((seed) => !all.includes(seed));
  if (unknown !== undefined)
    throw new Error(`--only-seeds must be seeds of ${all.join(", ")}, not '${unknown}'`);
  return only;
}
