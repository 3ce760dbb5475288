/** `npm run train -- --data DIR`: trains a detector and keeps it, with everything needed to look back on it, in a run folder. */
import { join } from "path";
import { Command } from "commander";
import { configure, presetByName, presets } from "../src/config";
import { formatProblem } from "../src/data/checks";
import type { Dataset } from "../src/data/dataset";
import { interruptible } from "../src/display/interrupt";
import { createDetector } from "../src/model/create-detector";
import { withAvailableBackbone } from "../src/model/available-backbone";
import { describeBackend } from "../src/tensorflow";
import { RunFolder } from "../src/training/run-folder";
import { Trainer } from "../src/training/trainer";
import { DataOptions, main, openChosen, wholeNumber, withDataOptions } from "./command";
import { TrainingProgress } from "./progress";

interface Options extends DataOptions {
  preset: string;
  epochs?: number;
  seed?: number;
  all?: boolean;
  out: string;
}

const program = withDataOptions(
  new Command("npm run train --").description("Trains a detector on a YOLO-format data set."),
)
  .option("--preset <name>", `the configuration: ${Object.keys(presets).join(", ")}`, "default")
  .option("--epochs <number>", "epochs in place of the preset's", wholeNumber("--epochs", 1))
  .option("--seed <number>", "seed in place of the preset's", wholeNumber("--seed", 0))
  .option("--all", "train on all images but a test split's, and validate on none: when nothing is left to choose")
  .option("--out <folder>", "the run folder", join("runs", "train"));

main(async () => {
  program.parse();
  const options = program.opts<Options>();
  console.log(describeBackend());
  const chosen = configure(presetByName(options.preset), { seed: options.seed, training: { epochs: options.epochs } });
  const { config, notice } = await withAvailableBackbone(chosen);
  if (notice) console.log(notice);
  const dataset = await openChosen(options);
  for (const problem of dataset.problems) console.log(formatProblem(problem));
  const { train, validation, description } = options.all ? everything(dataset) : dataset.partition(config);
  console.log(
    `${dataset.root}: ${train.images.length} training, ${validation?.images.length ?? 0} validation images. ${description}`,
  );

  const detector = await createDetector(config, dataset.classNames);
  const runFolder = new RunFolder(options.out, `${dataset.name}. ${description}`);
  const trainer = new Trainer(detector, train, validation, runFolder);
  const progress = new TrainingProgress();
  await interruptible(async (signal) => {
    for await (const event of trainer.fit({ signal })) progress.show(event);
  });
  const last = trainer.history.validations.at(-1);
  if (last) await runFolder.writeJson("metrics.json", last.metrics);
  console.log(
    `The run is in ${options.out}; next: npm run evaluate -- --weights ${options.out} --data ${options.data}`,
  );
});

function everything(dataset: Dataset): { train: Dataset; validation: null; description: string } {
  return {
    train: dataset.withoutTest(),
    validation: null,
    description: "All images but a test split's were trained on.",
  };
}
