/**
 * `npm run sweep -- --space FILE --data DIR`: searches settings on patient-wise folds, by grid or at
 * random, with successive halving. An interrupted sweep continues where it stopped.
 */
import { join } from "path";
import { Command } from "commander";
import { configure, presetByName } from "../src/config/index";
import { interruptible } from "../src/display/interrupt";
import { metricsLine } from "../src/experiments/spread";
import type { Sweep } from "../src/experiments/sweep";
import { roundEpochs } from "../src/experiments/sweep-rounds";
import { readSweepSpace } from "../src/experiments/sweep-space";
import { epochsText, settingsText } from "../src/experiments/sweep-text";
import type {
  FailedTraining,
  SweepTrainer,
  SweepTrainerOptions,
  SweepTraining,
} from "../src/experiments/sweep-trainer";
import type { SweepTrial } from "../src/experiments/sweep-trials";
import { endInterrupted, INTERRUPTED, main, pathText, wholeNumberPair } from "./command";
import { basePreset, chosenOverrides, ConfigOptions, withConfigOptions } from "./config-options";
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
import { requireRay } from "./ray/run-tasks";
import { type RayOptions, withRayOptions } from "./ray-options";

interface Options extends DataOptions, ConfigOptions, FoldOptions, RayOptions {
  space: string;
  trainOnly?: readonly [trial: number, epochs: number];
  out: string;
}

const program = withRayOptions(
  withFoldOptions(
    withConfigOptions(
      withDataOptions(
        new Command("npm run sweep --").description(
          "Searches settings: trials are judged on patient-wise folds, and the best ones are trained longer.",
        ),
      ),
      { canPlan: false },
    ),
  ),
  "trials and folds",
)
  .requiredOption(
    "--space <file>",
    "a YAML file with the settings, their values and the kind of search: see docs/sweep.md",
    pathText("--space"),
  )
  .option(
    "--train-only <trial:epochs>",
    "only train this trial until so many epochs are done, and write no table; --ray does this",
    wholeNumberPair("--train-only", ":"),
  )
  .option(
    "--out <folder>",
    "the folder of the runs, the table and the best settings",
    pathText("--out"),
    join("runs", "sweep"),
  );

main(async () => {
  program.parse();
  const options = program.opts<Options>();
  const { folds, out, ray, trainOnly } = options;
  const only = chosenFolds(options);
  const space = readSweepSpace(options.space);
  const preset = presetByName(basePreset(options));
  const overrides = chosenOverrides({ ...options, preset: preset.preset });
  const base = configure(preset, overrides);
  const { drawTrials } = await import("../src/experiments/sweep-trials");
  const trials = drawTrials(space, { preset, overrides });
  if (ray !== undefined) requireRay();
  const { describeBackend } = await import("../src/tensor/tensorflow");
  console.log(describeBackend());
  const dataset = (await openChosen(withSequences(options, base))).withoutTest();
  printDataset(dataset);
  const epochs = roundEpochs(base.training.epochs, space);
  const progress = new TrainingProgress();
  const sweep = await interruptible(async (signal) => {
    const training: SweepTrainerOptions = {
      ...{ dataset, folds, only, out, signal, seed: base.seed },
      onEvent: (event) => progress.show(event),
      onMessage: console.log,
    };
    if (trainOnly) return trainTrial(training, trials, trainOnly);
    const { sweepWithReport } = await import("../src/report/sweep-report");
    console.log(
      `${trials.length} trials on ${only.length} folds, judged after ${epochs.join(", ")} epochs`,
    );
    return sweepWithReport({
      ...{ ...training, trials, epochs, factor: space.factor, preset: preset.preset },
      train: ray === undefined ? undefined : (all) => trainOnRay(all, options, signal),
      onResult: ({ trial, fold, until }, metrics) =>
        console.log(
          `trial ${trial.number}, fold ${fold}, ${epochsText(until)}: ${metricsLine(metrics)}`,
        ),
      onFailure: ({ training: { trial, fold }, message }) =>
        console.log(`trial ${trial.number}, fold ${fold} failed: ${message}`),
    });
  });
  progress.stop();
  if (sweep) await report(sweep, out);
});

/**
 * Trains one trial on the chosen folds, as a task on Ray.
 * @throws when there is no trial of this number
 */
async function trainTrial(
  options: SweepTrainerOptions,
  trials: readonly SweepTrial[],
  [number, until]: readonly [number, number],
): Promise<null> {
  const trial = trials.find((other) => other.number === number);
  if (!trial) throw new Error(`--train-only: the trials are 1 to ${trials.length}, not ${number}`);
  const { SweepTrainer } = await import("../src/experiments/sweep-trainer");
  const trainer: SweepTrainer = new SweepTrainer(options);
  try {
    for (const fold of options.only!) {
      const metrics = await trainer.train(trainer.training(trial, fold, until));
      if (!metrics) process.exit(INTERRUPTED);
      console.log(`fold ${fold}, ${epochsText(until)}: ${metricsLine(metrics)}`);
    }
  } finally {
    trainer.dispose();
  }
  return null;
}

/** Runs trainings at the same time on Ray. */
async function trainOnRay(
  trainings: readonly SweepTraining[],
  options: Options,
  signal: AbortSignal,
): Promise<FailedTraining[]> {
  const { trainFoldsOnRay } = await import("./ray/train-folds");
  const tasks = trainings.map(({ trial: { number }, fold, until, folder }) => ({
    name: `trial ${number}, fold ${fold}, ${epochsText(until)}`,
    folder,
    options: ["--train-only", `${number}:${until}`, "--only", `${fold}`],
  }));
  const outcomes = await trainFoldsOnRay(tasks, { name: "sweep", program, options, signal });
  return outcomes.flatMap(({ end, message }, i) =>
    end === "failed" ? [{ training: trainings[i], message }] : [],
  );
}

/** Prints the table and the best trial, and ends the command with its exit status. */
async function report(sweep: Sweep, out: string): Promise<void> {
  const { bestTrial } = await import("../src/experiments/sweep");
  const { markdownTable, sweepTable } = await import("../src/experiments/sweep-table");
  const { SWEEP_FILES } = await import("../src/report/sweep-report");
  console.log(`\n${markdownTable(sweepTable(sweep))}`);
  if (!sweep.isDone) endInterrupted();
  const best = bestTrial(sweep);
  if (!best) throw new Error(`no trial has come through all rounds: see ${out}`);
  console.log(`best: trial ${best.number}, ${settingsText(best.settings)}`);
  console.log(`written to ${out}: ${Object.values(SWEEP_FILES).join(", ")}`);
}
