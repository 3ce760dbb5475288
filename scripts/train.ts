/**
 * `npm run train -- --data DIR`: trains a detector and keeps it, with everything needed to look
 * back on it, to go on with it and to repeat it, in a run folder.
 */
import { existsSync } from "fs";
import { join, relative, resolve } from "path";
import { Command } from "commander";
import type { Config } from "../src/config/index";
import { formatProblem } from "../src/data/checks";
import { contentHash } from "../src/data/content-hash";
import type { Dataset } from "../src/data/dataset";
import { interruptible } from "../src/display/interrupt";
import { createDetector } from "../src/detectors/create-detector";
import { withAvailableBackbone } from "../src/backbones/available-backbone";
import { describeBackend } from "../src/tensor/tensorflow";
import { openRunData } from "../src/training/open-run-data";
import { readRunManifest, RUN_FILES } from "../src/runs/run-manifest";
import { newestCheckpoint, RunFolder } from "../src/training/run-folder";
import { Trainer } from "../src/training/trainer";
import {
  chosenConfig,
  ConfigOptions,
  INTERRUPTED,
  DataOptions,
  main,
  openChosen,
  wholeNumber,
  withConfigOptions,
  withDataOptions,
} from "./command";
import { trainShowing } from "./progress";

interface Options extends DataOptions, ConfigOptions {
  seed?: number;
  all?: boolean;
  out: string;
  checkpointEvery?: number;
  resume?: boolean;
  from?: string;
}

/** What is trained on what. */
interface Plan {
  readonly config: Config;
  readonly dataset: Dataset;
  readonly train: Dataset;
  readonly validation: Dataset | null;
  /** How the parts came about, in a sentence. */
  readonly data: string;
}

const program = withConfigOptions(
  withDataOptions(
    new Command("npm run train --").description("Trains a detector on a YOLO-format data set."),
  ),
)
  .option("--seed <number>", "seed in place of the preset's", wholeNumber("--seed", 0))
  .option(
    "--all",
    "train on all images but a test split's, and validate on none: when nothing is left to choose",
  )
  .option("--out <folder>", "the run folder", join("runs", "train"))
  .option(
    "--checkpoint-every <steps>",
    "a checkpoint after so many steps too, not only after each epoch",
    wholeNumber("--checkpoint-every", 1),
  )
  .option("--resume", "goes on with the unfinished run in --out; all else is as it was")
  .option("--from <run>", "repeats a run: its configuration, its images, its seed");

/** What a run that is gone on with or repeated has of its own. */
const OF_THE_RUN = ["patients", "classes", "preset", "config", "epochs", "seed", "all"];

main(async () => {
  program.parse();
  const options = program.opts<Options>();
  const { resume, out, checkpointEvery } = options;
  console.log(describeBackend());
  if (!resume && existsSync(join(out, RUN_FILES.run)))
    throw new Error(
      `${out} holds a run: name another --out, or remove it (an unfinished one goes on with --resume)`,
    );
  const plan = resume
    ? await resumed(options)
    : options.from
      ? await repeated(options.from, options)
      : await chosen(options);
  const { config, dataset, train, validation, data } = plan;
  for (const problem of dataset.problems) console.log(formatProblem(problem));
  console.log(
    `${dataset.root}: ${train.images.length} training, ${validation?.images.length ?? 0} validation images. ${data}`,
  );

  const detector = await createDetector(config, dataset.classNames);
  const runFolder = new RunFolder(out, data, { checkpointEvery });
  const trainer = new Trainer({ detector, train, validation, runFolder });
  if (resume) console.log(await trainer.resume());
  const isDone = await interruptible(async (signal) => {
    const isDone = await trainShowing(trainer, signal);
    const last = trainer.history.validations.at(-1);
    if (last) await runFolder.writeJson("metrics.json", last.metrics);
    if (!isDone) console.log(`To go on: npm run train -- --resume --out ${out}`);
    return isDone;
  });
  if (!isDone) process.exit(INTERRUPTED);
  console.log(
    `The run is in ${out}; next: npm run evaluate -- --weights ${out} --data ${relative(process.cwd(), dataset.root) || "."}`,
  );
});

async function chosen(options: Options): Promise<Plan> {
  const { config, notice } = await withAvailableBackbone(chosenConfig(options, options.seed));
  if (notice) console.log(notice);
  const dataset = await openChosen(options);
  const parts = options.all ? everything(dataset) : dataset.partition(config);
  return { config, dataset, ...parts, data: `${dataset.name}. ${parts.description}` };
}

async function resumed({ out, from }: Options): Promise<Plan> {
  refuseOthers("--resume");
  if (from) throw new Error("--resume goes on with the run in --out: leave --from out");
  const newest = await newestCheckpoint(out);
  if (!newest)
    throw new Error(
      `${out} holds no unfinished run${existsSync(join(out, RUN_FILES.run)) ? ": its run is done" : ""}`,
    );
  const { config, data } = newest.checkpoint;
  return { config, data, ...(await openRunData(newest.checkpoint, namedData())) };
}

async function repeated(run: string, { out }: Options): Promise<Plan> {
  refuseOthers("--from");
  if (resolve(out) === resolve(run))
    throw new Error(`${out} is the run itself: name another --out`);
  const manifest = await readRunManifest(run);
  const parts = await openRunData(manifest, namedData());
  const hash = await contentHash([...parts.train.images, ...(parts.validation?.images ?? [])]);
  if (manifest.dataHash && hash !== manifest.dataHash)
    throw new Error(
      `images or labels in ${parts.dataset.root} have changed since ${run} was trained: it cannot be repeated`,
    );
  return { config: manifest.config, data: manifest.data, ...parts };
}

/** The data set's folder where the command line names one. */
function namedData(): string | undefined {
  return program.getOptionValueSource("data") === "cli"
    ? (program.getOptionValue("data") as string)
    : undefined;
}

/** Throws for options that say otherwise what the run says itself. */
function refuseOthers(option: string): void {
  const named = OF_THE_RUN.filter((name) => program.getOptionValueSource(name) === "cli");
  if (named.length)
    throw new Error(
      `${option} takes everything from the run: leave ${named.map((name) => `--${name}`).join(", ")} out`,
    );
}

function everything(dataset: Dataset): { train: Dataset; validation: null; description: string } {
  return {
    train: dataset.withoutTest(),
    validation: null,
    description: "All images but a test split's were trained on.",
  };
}
