/**
 * `npm run evaluate -- --weights RUN --data DIR`: evaluates a run's detector. Writes a report, a
 * model card, metrics and detections.
 */
import { Command } from "commander";
import { readRunManifest } from "../src/runs/run-manifest";
import { DISCLAIMER } from "../src/util/disclaimer";
import { main, pathText, plainText } from "./command";
import { withSequences } from "./label-map-options";
import { AUGMENT_TEXT, printDataset } from "./options";
import { openForRun, type RunDataOptions, withRunDataOptions } from "./run-data";

interface Options extends RunDataOptions {
  weights: string;
  split?: string;
  out?: string;
  best?: boolean;
  augment?: boolean;
}

const program = withRunDataOptions(
  new Command("npm run evaluate --").description(
    "Computes a trained detector's metrics on a data set.",
  ),
)
  .requiredOption(
    "--weights <run>",
    "a run folder of `npm run train` or `npm run notebooks`",
    pathText("--weights"),
  )
  .option(
    "--split <name>",
    "the split to evaluate on; default: test, or without a test split the images held out in training",
    plainText("--split"),
  )
  .option("--out <folder>", "the folder of the results; default: the run folder", pathText("--out"))
  .option("--best", "evaluate the weights of the best validation instead of the last epoch's")
  .option("--augment", AUGMENT_TEXT);

main(async () => {
  program.parse();
  const options = program.opts<Options>();
  const { describeBackend } = await import("../src/tensor/tensorflow");
  const { EVALUATION_FILES, evaluateRun } = await import("../src/report/evaluate-run");
  console.log(describeBackend());
  const manifest = await readRunManifest(options.weights);
  const dataset = await openForRun(withSequences(options, manifest.config), manifest);
  printDataset(dataset, { isTrained: true });
  console.log(DISCLAIMER);
  const { weights, split, out, best, augment } = options;
  const { folder, summary } = await evaluateRun({
    run: weights,
    weights: best ? "best" : "last",
    augment,
    dataset,
    split,
    out,
    onMessage: console.log,
  });
  for (const { name, value, low, high } of summary) {
    const interval =
      low === null || high === null ? "" : ` (${low.toFixed(3)} to ${high.toFixed(3)})`;
    if (value !== null) console.log(`${name}: ${value.toFixed(3)}${interval}`);
  }
  const { report, card, metrics, detections } = EVALUATION_FILES;
  console.log(
    `written to ${folder}: ${[report, card, metrics, detections].join(", ")}, and coco-*.json for COCO's tools`,
  );
});
