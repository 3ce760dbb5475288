/**
 * `npm run train -- --data DIR`: trains a detector. The run folder has everything that is needed
 * to evaluate it, to resume its training and to repeat it.
 */
import { join, relative } from "path";
import { Command } from "commander";
import { AUTO_PRESET } from "../src/config/index";
import type { Dataset } from "../src/data/dataset";
import { interruptible } from "../src/display/interrupt";
import type { TrainingPlan } from "../src/training/plan-training";
import { quotedForShell } from "../src/util/quoted-for-shell";
import { INTERRUPTED, main, pathText, wholeNumber } from "./command";
import {
  chosenConfig,
  chosenOverrides,
  chosenPreset,
  ConfigOptions,
  withConfigOptions,
} from "./config-options";
import { withSequences } from "./label-map-options";
import {
  DataOptions,
  openChosen,
  printDataset,
  withDataOptions,
  withReadingOptions,
} from "./options";
import { TrainingProgress } from "./progress";
import { readingArguments } from "./reading-arguments";

interface Options extends DataOptions, ConfigOptions {
  seed?: number;
  all?: boolean;
  out: string;
  checkpointEvery?: number;
  resume?: boolean;
  from?: string;
  moreEpochs?: number;
  init?: string;
  minutes?: number;
}

const program = withConfigOptions(
  withDataOptions(new Command("npm run train --").description("Trains a detector on a data set.")),
)
  .option(
    "--minutes <number>",
    "for the preset auto: the time that training may take; the speed of this machine is measured first; default: 30 minutes on two slow processor cores, without a measurement",
    wholeNumber("--minutes", 1),
  )
  .option(
    "--seed <number>",
    "seed of all random numbers; default: the configuration's",
    wholeNumber("--seed", 0),
  )
  .option("--all", "train on all images but those of a test split, and validate on none")
  .option("--out <folder>", "the run folder", pathText("--out"), join("runs", "train"))
  .option(
    "--checkpoint-every <steps>",
    "write a checkpoint after this many steps too, not only after each epoch",
    wholeNumber("--checkpoint-every", 1),
  )
  .option(
    "--resume",
    "resume the unfinished training in --out, with its own configuration and images",
  )
  .option(
    "--from <run>",
    "repeat a run: the same configuration, images and seed",
    pathText("--from"),
  )
  .option(
    "--more-epochs <number>",
    "with --from: go on with a finished run for this many epochs, as a new run",
    wholeNumber("--more-epochs", 1),
  )
  .option(
    "--init <run>",
    "start from the weights of another run; classes of the same names keep their weights",
    pathText("--init"),
  );

/** Options whose values a resumed or repeated run brings itself. */
const OPTIONS_OF_THE_RUN = [
  ...withReadingOptions(new Command()).options.map((option) => option.attributeName()),
  ...["preset", "config", "epochs", "seed", "all", "init", "minutes"],
];

main(async () => {
  program.parse();
  const options = program.opts<Options>();
  const { resume, out, checkpointEvery } = options;
  requireFittingOptions(options);
  const { describeBackend } = await import("../src/tensor/tensorflow");
  const { requireNoRun } = await import("../src/training/plan-training");
  const { trainRun } = await import("../src/training/train-run");
  console.log(describeBackend());
  if (!resume) requireNoRun(out);
  const plan = await planOf(options);
  const { dataset, train, validation, data, notice } = plan;
  if (notice) console.log(notice);
  printDataset(dataset);
  await writeLeftOut(dataset, out);
  console.log(
    `${dataset.root}: ${train.images.length} training, ${validation?.images.length ?? 0} validation images. ${data}`,
  );
  const progress = new TrainingProgress();
  const { isDone } = await interruptible((signal) =>
    trainRun({
      ...plan,
      out,
      resume,
      checkpointEvery,
      signal,
      onEvent: (event) => progress.show(event),
      onMessage: console.log,
    }),
  );
  if (!isDone) {
    console.log(`To resume: npm run train -- --resume --out ${out}`);
    process.exit(INTERRUPTED);
  }
  const folder = relative(process.cwd(), dataset.root) || ".";
  const next = ["--weights", out, "--data", folder].map(quotedForShell);
  const reading = readingArguments(process.argv.slice(2));
  console.log(
    `The run is in ${out}; next: npm run evaluate -- ${[...next, reading].join(" ").trim()}`,
  );
});

/** @throws when an option needs another one, or excludes it */
function requireFittingOptions(options: Options): void {
  const { resume, from, moreEpochs, minutes } = options;
  if (moreEpochs !== undefined && !from)
    throw new Error("--more-epochs goes on with a finished run: name it with --from");
  if (resume || from) refuseOptionsOfTheRun(resume ? "--resume" : "--from");
  if (resume && from) throw new Error("--resume resumes the run in --out: leave --from out");
  if (minutes !== undefined && chosenPreset(options) !== AUTO_PRESET)
    throw new Error("--minutes belongs to --preset auto: other presets have a number of epochs");
}

async function planOf(options: Options): Promise<TrainingPlan> {
  const { planMoreEpochs, planRepeated, planResumed, planTraining } =
    await import("../src/training/plan-training");
  const { resume, from, out, all, moreEpochs, init } = options;
  if (resume) return planResumed(out, namedFolder(options));
  if (from && moreEpochs !== undefined)
    return planMoreEpochs(from, out, { epochs: moreEpochs, folder: namedFolder(options) });
  if (from) return planRepeated(from, out, namedFolder(options));
  const chosen = { ...options, preset: chosenPreset(options) };
  if (chosen.preset === AUTO_PRESET) return automaticPlan(chosen);
  const config = await chosenConfig(chosen, options.seed);
  const dataset = await openChosen(withSequences(options, config));
  return planTraining(dataset, config, { useAll: all, init });
}

/** Plans the configuration, and prints every choice with its reason. */
async function automaticPlan(options: Options & { preset: string }): Promise<TrainingPlan> {
  const { planLines } = await import("../src/planning/auto-plan");
  const { planAutomatically } = await import("../src/training/plan-automatically");
  const { planTraining } = await import("../src/training/plan-training");
  const { all: useAll, init, minutes, seed } = options;
  const fixed = chosenOverrides(options, seed);
  const dataset = await openChosen(options);
  if (minutes !== undefined) console.log("Measuring the speed of this machine …");
  const auto = await planAutomatically(dataset, { fixed, minutes, useAll });
  for (const line of planLines(auto)) console.log(line);
  return planTraining(dataset, auto.config, { useAll, init, auto });
}

/** Writes all problems of a data set into the run folder, if something was left out. */
async function writeLeftOut({ problems }: Dataset, out: string): Promise<void> {
  if (!problems.some(({ leftOut }) => leftOut)) return;
  const { writeProblems } = await import("../src/data/write-problems");
  const file = await writeProblems(problems, out);
  console.log(`All of them are listed in ${file}.`);
}

/** The data set's folder if the command line names it. */
function namedFolder({ data }: Options): string | undefined {
  return program.getOptionValueSource("data") === "cli" ? data : undefined;
}

/** @throws when the command line sets what the run sets itself */
function refuseOptionsOfTheRun(option: string): void {
  const named = program.options
    .filter((given) => OPTIONS_OF_THE_RUN.includes(given.attributeName()))
    .filter((given) => program.getOptionValueSource(given.attributeName()) === "cli");
  if (named.length)
    throw new Error(
      `${option} takes everything from the run: leave ${named.map(({ long }) => long).join(", ")} out`,
    );
}
