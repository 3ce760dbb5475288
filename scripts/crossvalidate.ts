/**
 * `npm run crossvalidate -- --data DIR`: trains on patient-wise folds with several seeds; what is
 * done is kept, so that an interrupted run goes on.
 */
import { join } from "path";
import { Command } from "commander";
import { configure } from "../src/config/index";
import { interruptible } from "../src/display/interrupt";
import { describeBackend } from "../src/tensor/tensorflow";
import type { FeatureCache } from "../src/training/feature-cache";
import {
  chosenConfig,
  ConfigOptions,
  DataOptions,
  main,
  openChosen,
  wholeNumber,
  withConfigOptions,
  withDataOptions,
} from "./command";
import {
  datasetFeatures,
  figuresOf,
  FoldResult,
  runFold,
  spread,
} from "../src/experiments/fold-run";

interface Options extends DataOptions, ConfigOptions {
  folds: number;
  only?: string;
  seeds: number;
  out: string;
}

const program = withConfigOptions(
  withDataOptions(
    new Command("npm run crossvalidate --").description(
      "Trains and evaluates on patient-wise folds: every patient is held out once for each seed.",
    ),
  ),
)
  .option("--folds <number>", "parts the patients are dealt into", wholeNumber("--folds", 2), 5)
  .option("--only <numbers>", "some of the folds, as in 0,1")
  .option(
    "--seeds <number>",
    "seeds, from the preset's on; the folds stay the same",
    wholeNumber("--seeds", 1),
    1,
  )
  .option("--out <folder>", "where the runs go", join("runs", "crossvalidate"));

main(async () => {
  program.parse();
  const options = program.opts<Options>();
  const preset = configure(chosenConfig(options), { training: { validateEvery: 1000 } });
  console.log(describeBackend());
  const dataset = (await openChosen(options)).withoutTest();
  // The folds must not change with the seed, or seeds could not be compared.
  const folds = dataset.foldsByPatient(options.folds, { seed: preset.seed });
  const wanted = options.only?.split(",").map(Number) ?? folds.map((_, i) => i);
  const results: FoldResult[] = [];
  await interruptible(async (signal) => {
    for (let seed = preset.seed; seed < preset.seed + options.seeds; seed++) {
      const config = configure(preset, { seed });
      let shared = null as Promise<FeatureCache> | null;
      for (const number of wanted) {
        const result = await runFold({
          folder: join(options.out, `seed-${seed}-fold-${number}`),
          data: `${dataset.name}, fold ${number} of ${options.folds} by patient`,
          config,
          fold: folds[number],
          features: () => (shared ??= datasetFeatures(config, dataset)),
          signal,
        });
        if (!result) return;
        results.push(result);
        console.log(
          `seed ${seed}, fold ${number}: ${figuresOf(result)} (${result.minutes.toFixed(1)} min)`,
        );
      }
      (await shared)?.dispose();
    }
  });
  for (const kind of ["classAgnostic", "classAware"] as const) {
    const line = (["AP50", "AP75", "AP"] as const).map(
      (name) => `${name} ${spread(results.map((result) => result[kind][name]))}`,
    );
    console.log(`${kind}, mean ± standard deviation of ${results.length} runs: ${line.join(", ")}`);
  }
});
