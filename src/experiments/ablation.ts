/**
 * `npm run ablation -- --data DIR`: what each choice of the presets gives, on patient-wise folds. A
 * row is a preset with one choice undone or added, trained with the same seed on the same folds;
 * what is done is kept, so that an interrupted run goes on.
 */
import { existsSync } from "fs";
import { mkdir, writeFile } from "fs/promises";
import { join } from "path";
import { Command } from "commander";
import { mean } from "simple-statistics";
import { Config, configure, Overrides, presets } from "../config/index";
import type { Dataset } from "../data/dataset";
import { interruptible } from "../display/interrupt";
import { meanBoxDetections } from "../metrics/mean-box-detections";
import { computeMetrics, Metrics } from "../metrics/metrics";
import { createDetector } from "../detectors/create-detector";
import { describeBackend } from "../tensor/tensorflow";
import type { FeatureCache } from "../training/feature-cache";
import { loadWeights } from "../runs/run-weights";
import { Trainer } from "../training/trainer";
import { DataOptions, main, openChosen, wholeNumber, withDataOptions } from "../../scripts/command";
import { datasetFeatures, figuresOf, runFold, spread } from "./fold-run";

interface Row {
  readonly name: string;
  readonly config: Config;
  /** Nothing is trained: this row's weights are judged with another configuration of inference. */
  readonly weightsOf?: string;
  /** The score below which a box has no say in the original's mean box. */
  readonly meanBoxOf?: number;
}

const base = presets.default;
const undo = (name: string, overrides: Overrides<Config>): Row => ({
  name,
  config: configure(base, overrides),
});

/** By name; the first is what the others are compared with. */
const ROWS: readonly Row[] = [
  undo("default", {}),
  undo("without the crop to the head", { data: { cropToHead: null } }),
  undo("without augmentation", { augmentation: { copies: 0 } }),
  undo("strides 8 and 16 only", { backbone: { lastBlock: 11 } }),
  undo("regions without what lies around", { roi: { context: 1 } }),
  undo("one stage", { head: { stages: base.head.stages.slice(0, 1) } }),
  undo("smooth L1 for GIoU", { rpn: { boxLoss: "smooth-l1" }, head: { boxLoss: "smooth-l1" } }),
  undo("without moved copies of the truth", { head: { jitteredGroundTruth: 0 } }),
  undo("class loss at full weight", { head: { classWeight: 1, labelSmoothing: 0 } }),
  undo("last weights for averaged ones", { training: { averageDecay: null } }),
  {
    name: "NMS for soft-NMS",
    config: configure(base, { inference: { fusion: "nms" } }),
    weightsOf: "default",
  },
  { name: "the original's mean box", config: base, weightsOf: "default", meanBoxOf: 0.5 },
  { name: "accurate", config: presets.accurate },
];

/** Epochs between validations: only the last epoch's counts, and it always has one. */
const NEVER = 1000;

interface Options extends DataOptions {
  folds: number;
  only?: string;
  rows?: string;
  out: string;
}

const program = withDataOptions(
  new Command("npm run ablation --").description(
    "What each choice of the presets gives, on patient-wise folds.",
  ),
)
  .option("--folds <number>", "parts the patients are dealt into", wholeNumber("--folds", 2), 5)
  .option("--only <numbers>", "some of the folds, as in 0,1")
  .option(
    "--rows <names>",
    `some of the rows, parted by ;: ${ROWS.map(({ name }) => name).join("; ")}`,
  )
  .option("--out <folder>", "where the runs and the table go", join("runs", "ablation"));

main(async () => {
  program.parse();
  const options = program.opts<Options>();
  console.log(describeBackend());
  const dataset = (await openChosen(options)).withoutTest();
  const folds = dataset.foldsByPatient(options.folds, { seed: base.seed });
  const wanted = options.only?.split(",").map(Number) ?? folds.map((_, i) => i);
  const rows = options.rows?.split(";").map(rowByName) ?? ROWS;
  const results = new Map<string, Metrics[]>();
  await interruptible(async (signal) => {
    const features = new SharedFeatures(dataset);
    for (const row of rows) {
      const own: Metrics[] = [];
      results.set(row.name, own);
      for (const fold of wanted) {
        const folder = join(options.out, slug(row.weightsOf ?? row.name), `fold-${fold}`);
        const parts = folds[fold];
        const metrics = row.weightsOf
          ? await judge(row, folder, parts, await features.of(row.config))
          : await runFold({
              folder,
              data: `${dataset.name}, fold ${fold} of ${options.folds} by patient`,
              config: configure(row.config, { training: { validateEvery: NEVER } }),
              fold: parts,
              features: () => features.of(row.config),
              signal,
            });
        if (!metrics) return;
        own.push(metrics);
        console.log(`${row.name}, fold ${fold}: ${figuresOf(metrics)}`);
      }
    }
    features.dispose();
  });
  const table = tableOf(results);
  await mkdir(options.out, { recursive: true });
  await writeFile(join(options.out, "ablation.md"), table);
  console.log(`\n${table}`);
});

/** Keeps the frozen features of the row at hand: the next row most often has the same. */
class SharedFeatures {
  private key = "";
  private cache: FeatureCache | null = null;

  constructor(private readonly dataset: Dataset) {}

  async of(config: Config): Promise<FeatureCache> {
    const key = JSON.stringify([config.data, config.augmentation, config.backbone, config.seed]);
    if (!this.cache || key !== this.key) {
      this.cache?.dispose();
      this.cache = await datasetFeatures(config, this.dataset);
      this.key = key;
    }
    return this.cache;
  }

  dispose(): void {
    this.cache?.dispose();
  }
}

/** Judges a trained run with another way to deal with overlapping boxes. */
async function judge(
  row: Row,
  folder: string,
  { train, validation }: { train: Dataset; validation: Dataset },
  features: FeatureCache,
): Promise<Metrics> {
  const weights = join(folder, "weights.safetensors");
  if (!existsSync(weights))
    throw new Error(`'${row.name}' judges the weights of '${row.weightsOf}': run that row too`);
  const detector = await createDetector(row.config, validation.classNames);
  await loadWeights(detector, weights);
  const trainer = new Trainer({ detector, train, validation, features });
  const found = await trainer.detectValidation();
  const detections =
    row.meanBoxOf === undefined
      ? found
      : meanBoxDetections(found, { scoreThreshold: row.meanBoxOf });
  trainer.dispose();
  detector.dispose();
  return computeMetrics(validation.groundTruths(), detections, validation.classNames);
}

/**
 * A Markdown table: mean and standard deviation over the folds, and the mean difference from the
 * first row, fold by fold.
 */
function tableOf(results: ReadonlyMap<string, readonly Metrics[]>): string {
  const columns = [
    "class-agnostic AP50",
    "AP75",
    "AP",
    "AP less default's",
    "class-aware AP50",
    "AP",
  ];
  const reference = results.get(ROWS[0].name);
  const lines = [...results].map(([name, metrics]) => {
    const agnostic = metrics.map(({ classAgnostic }) => classAgnostic);
    const aware = metrics.map(({ classAware }) => classAware);
    const gains = agnostic.flatMap(({ AP }, i) => {
      const before = reference?.[i].classAgnostic.AP ?? null;
      return AP === null || before === null ? [] : [AP - before];
    });
    const gain = gains.length ? `${mean(gains) < 0 ? "" : "+"}${mean(gains).toFixed(3)}` : "?";
    const cells = [
      spread(agnostic.map(({ AP50 }) => AP50)),
      spread(agnostic.map(({ AP75 }) => AP75)),
      spread(agnostic.map(({ AP }) => AP)),
      name === ROWS[0].name ? "" : gain,
      spread(aware.map(({ AP50 }) => AP50)),
      spread(aware.map(({ AP }) => AP)),
    ];
    return `| ${name} | ${cells.join(" | ")} |`;
  });
  return [
    `| row | ${columns.join(" | ")} |`,
    `|${" --- |".repeat(columns.length + 1)}`,
    ...lines,
    "",
  ].join("\n");
}

function rowByName(name: string): Row {
  const row = ROWS.find((candidate) => candidate.name === name.trim());
  if (!row)
    throw new Error(
      `there is no row '${name.trim()}': ${ROWS.map((candidate) => candidate.name).join("; ")}`,
    );
  return row;
}

function slug(name: string): string {
  return name.replace(/[^a-z0-9]+/gi, "-").toLowerCase();
}
