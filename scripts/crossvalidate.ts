/** `npm run crossvalidate -- --data DIR`: trains on patient-wise folds with several seeds; what is done is kept, so that an interrupted run goes on. */
import { existsSync } from "fs";
import { readFile } from "fs/promises";
import { join } from "path";
import { Command } from "commander";
import { mean, sampleStandardDeviation } from "simple-statistics";
import { configure, presetByName, presets } from "../src/config";
import { interruptible } from "../src/display/interrupt";
import type { Metrics } from "../src/evaluation/metrics";
import { createDetector } from "../src/model/create-detector";
import { describeBackend } from "../src/tensorflow";
import { RunFolder } from "../src/training/run-folder";
import { Trainer } from "../src/training/trainer";
import { DataOptions, main, openChosen, wholeNumber, withDataOptions } from "./command";

interface Options extends DataOptions {
  preset: string;
  folds: number;
  only?: string;
  seeds: number;
  epochs?: number;
  out: string;
}

/** What a fold leaves behind. */
interface FoldResult extends Metrics {
  readonly minutes: number;
}

const program = withDataOptions(
  new Command("npm run crossvalidate --").description(
    "Trains and evaluates on patient-wise folds: every patient is held out once for each seed.",
  ),
)
  .option("--preset <name>", `the configuration: ${Object.keys(presets).join(", ")}`, "default")
  .option("--folds <number>", "parts the patients are dealt into", wholeNumber("--folds", 2), 5)
  .option("--only <numbers>", "some of the folds, as in 0,1")
  .option("--seeds <number>", "seeds, from the preset's on; the folds stay the same", wholeNumber("--seeds", 1), 1)
  .option("--epochs <number>", "epochs in place of the preset's", wholeNumber("--epochs", 1))
  .option("--out <folder>", "where the runs go", join("runs", "crossvalidate"));

main(async () => {
  program.parse();
  const options = program.opts<Options>();
  const preset = configure(presetByName(options.preset), { training: { epochs: options.epochs, validateEvery: 1000 } });
  console.log(describeBackend());
  const dataset = await openChosen(options);
  // The folds must not change with the seed, or seeds could not be compared.
  const folds = dataset.foldsByPatient(options.folds, { seed: preset.seed });
  const wanted = options.only?.split(",").map(Number) ?? folds.map((_, i) => i);
  const results: FoldResult[] = [];
  await interruptible(async (signal) => {
    for (let seed = preset.seed; seed < preset.seed + options.seeds; seed++) {
      for (const fold of wanted) {
        const folder = new RunFolder(
          join(options.out, `seed-${seed}-fold-${fold}`),
          `${dataset.name}, fold ${fold} of ${options.folds} by patient`,
        );
        const file = join(folder.path, "metrics.json");
        if (!existsSync(file)) {
          const start = performance.now();
          const { train, validation } = folds[fold];
          const detector = await createDetector(configure(preset, { seed }), dataset.classNames);
          const trainer = new Trainer(detector, train, validation, folder);
          for await (const event of trainer.fit({ signal })) void event;
          if (signal.aborted) return;
          const minutes = (performance.now() - start) / 60_000;
          await folder.writeJson("metrics.json", { ...trainer.history.validations.at(-1)!.metrics, minutes });
          trainer.dispose();
          detector.dispose();
        }
        const result = JSON.parse(await readFile(file, "utf8")) as FoldResult;
        results.push(result);
        console.log(`seed ${seed}, fold ${fold}: ${figuresOf(result)} (${result.minutes.toFixed(1)} min)`);
      }
    }
  });
  for (const kind of ["classAgnostic", "classAware"] as const) {
    const line = (["AP50", "AP75", "AP"] as const).map(
      (name) => `${name} ${spread(results.map((result) => result[kind][name]))}`,
    );
    console.log(`${kind}, mean ± standard deviation of ${results.length} runs: ${line.join(", ")}`);
  }
});

function figuresOf({ classAgnostic, classAware }: Metrics): string {
  const pair = ({ AP50, AP }: Metrics["classAware"]) => `${AP50.toFixed(3)}/${AP.toFixed(3)}`;
  return `AP50/AP class-agnostic ${pair(classAgnostic)}, class-aware ${pair(classAware)}`;
}

function spread(values: number[]): string {
  const deviation = values.length > 1 ? sampleStandardDeviation(values).toFixed(3) : "?";
  return `${values.length ? mean(values).toFixed(3) : "?"} ± ${deviation}`;
}
