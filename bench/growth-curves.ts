/** The curves of `npm run growth`: what is measured, and how it is reported. */
import { median } from "simple-statistics";
import { configure, presets } from "../src/config/index";
import { openDataset } from "../src/data/dataset";
import { FasterRCNN } from "../src/detectors/faster-rcnn/faster-rcnn";
import { cocoMetrics } from "../src/metrics/coco-metrics";
import { axis, type Figure, figure, round, SERIES } from "../src/plots/figure";
import { tf } from "../src/tensor/tensorflow";
import { FeatureStore } from "../src/training/feature-store";
import { Trainer } from "../src/training/trainer";
import { Random } from "../src/util/random";
import type { Machine } from "./machine";
import { drawImages } from "./ours/boxes";
import { firstImages } from "./ours/network";
import { SAMPLE } from "./sample";
import { growthExponent } from "./statistics";

const IMAGE_SIZES = [224, 288, 320, 384, 448, 512, 640];
const BATCHES = [1, 2, 4, 8, 16, 32];
const IMAGE_COUNTS = [100, 300, 1000, 3000, 10_000];
const DETECTIONS = [5, 10, 20, 50, 100];
const ITERATIONS = 5;
const WARM_UPS = 2;
const MEBIBYTE = 2 ** 20;
/** Features that are kept in memory: so few that the flat part of the curve is visible. */
const FEATURE_BUDGET = 256 * MEBIBYTE;
/** The first number of images whose features exceed the budget. */
const FIRST_ON_DISK = 1000;
/** Images whose features are loaded together. */
const LOADED_TOGETHER = 8;
/** More epochs than are measured. */
const ENDLESS = 1000;

/** The cost of one computation for several sizes. */
export interface Curve {
  readonly name: string;
  readonly sizes: readonly number[];
  /** What the sizes count. */
  readonly of: string;
  readonly unit: "ms" | "MiB";
  /** One for each size, in the unit. */
  readonly costs: readonly number[];
}

/** growth.md. */
export function growthReport(machine: Machine, curves: readonly Curve[]): string {
  const head = `${machine.processor}, ${machine.cores} cores, load ${machine.load} at the start. Medians of ${ITERATIONS}; the exponent k is that of the best fit of \`cost = a * size^k\`.`;
  const rows = [
    ["", "sizes", "cost", "exponent"],
    ["---", "---", "---", "---"],
    ...curves.map(rowOf),
  ];
  const table = rows.map((row) => `| ${row.join(" | ")} |`).join("\n");
  return `# How cost grows\n\n${head}\n\n${table}\n\n![curves](growth.svg)\n`;
}

/** The features of one image by the frozen backbone. */
async function byImageSize(): Promise<Curve[]> {
  const costs: number[] = [];
  for (const imageSize of IMAGE_SIZES) {
    const detector = await FasterRCNN.create(configure(presets.default, { data: { imageSize } }), [
      "tumor",
    ]);
    const images = tf.randomUniform<tf.Rank.R4>([1, imageSize, imageSize, 3], 0, 255);
    costs.push(await time(() => tf.dispose(detector.frozenFeatures(images))));
    images.dispose();
    detector.dispose();
  }
  const sizes = IMAGE_SIZES.map((size) => size * size);
  return [{ name: "backbone forward, one image", of: "pixels", sizes, unit: "ms", costs }];
}

/** A training step of the preset `default` on cached features. */
async function byBatch(): Promise<Curve[]> {
  const dataset = firstImages(await openDataset(SAMPLE), Math.max(...BATCHES));
  const costs: number[] = [];
  for (const batchSize of BATCHES) {
    const config = configure(presets.default, {
      augmentation: { copies: 0 },
      training: { batchSize },
    });
    const detector = await FasterRCNN.create(config, dataset.classNames);
    const trainer = new Trainer({ detector, train: dataset });
    const steps = trainer.fit({ epochs: ENDLESS });
    const step = async () => {
      for (let event = await steps.next(); !event.done; event = await steps.next())
        if (event.value.kind === "step") return;
    };
    costs.push(await time(step));
    trainer.dispose();
    detector.dispose();
  }
  return [
    {
      name: "training step of `default`",
      of: "images in a batch",
      sizes: BATCHES,
      unit: "ms",
      costs,
    },
  ];
}

/**
 * The memory of the process with the features of many images, and the time to load some of them.
 */
async function byImages(): Promise<Curve[]> {
  const store = new FeatureStore(FEATURE_BUDGET);
  const random = new Random("growth");
  const shapes = [
    [1, 40, 40, 40],
    [1, 20, 20, 112],
    [1, 10, 10, 320],
  ] as const;
  const stored: ReturnType<FeatureStore["add"]>[] = [];
  const [memory, loading]: number[][] = [[], []];
  for (const count of IMAGE_COUNTS) {
    while (stored.length < count)
      stored.push(store.add(shapes.map((shape) => tf.zeros<tf.Rank.R4>([...shape]))));
    global.gc?.();
    memory.push(process.memoryUsage().rss / MEBIBYTE);
    if (count < FIRST_ON_DISK) continue;
    loading.push(
      await time(() => {
        const batch = Array.from({ length: LOADED_TOGETHER }, () => stored[random.integer(count)]);
        for (const features of batch) features.release(features.load());
      }),
    );
  }
  store.dispose();
  const shared = { of: "images", sizes: IMAGE_COUNTS };
  const budget = `${FEATURE_BUDGET / MEBIBYTE} MiB of features in memory`;
  return [
    { name: `the process, with at most ${budget}`, ...shared, unit: "MiB", costs: memory },
    {
      name: `the features of a batch of ${LOADED_TOGETHER}, mostly from disk`,
      ...shared,
      sizes: IMAGE_COUNTS.filter((count) => count >= FIRST_ON_DISK),
      unit: "ms",
      costs: loading,
    },
  ];
}

/** COCO metrics of more and more detections in the same number of images. */
async function byDetections(): Promise<Curve[]> {
  const costs: number[] = [];
  for (const count of DETECTIONS) {
    const { groundTruths, found } = drawImages(new Random("growth"), count);
    costs.push(await time(() => void cocoMetrics(groundTruths, found, { classAware: false })));
  }
  return [
    {
      name: "COCO metrics of 500 images",
      of: "detections per image",
      sizes: DETECTIONS,
      unit: "ms",
      costs,
    },
  ];
}

/** The median duration in milliseconds. */
async function time(work: () => void | Promise<void>): Promise<number> {
  const times: number[] = [];
  for (let i = 0; i < WARM_UPS + ITERATIONS; i++) {
    const start = performance.now();
    await work();
    if (i >= WARM_UPS) times.push(performance.now() - start);
  }
  return median(times);
}

/** The exponent k of the best fit of `cost = a * size^k`. */
export function exponentOf({ sizes, costs }: Curve): number {
  return growthExponent(sizes, costs);
}

/** The row of a curve in growth.md. */
export function rowOf(curve: Curve): string[] {
  const { name, of, unit, sizes, costs } = curve;
  return [
    `${name}, by ${of}`,
    sizes.join(", "),
    `${costs.map((cost) => cost.toPrecision(3)).join(", ")} ${unit}`,
    exponentOf(curve).toFixed(2),
  ];
}

/** The costs relative to those of the smallest size, on logarithmic axes. */
export function growthFigure(curves: readonly Curve[]): Figure {
  const lines = curves.map(({ name, of, sizes, costs, ...rest }, i) => ({
    type: "scatter",
    mode: "lines+markers",
    name: `${name}, by ${of} (${exponentOf({ name, of, sizes, costs, ...rest }).toFixed(2)})`,
    x: sizes.map((size) => round(size / sizes[0])),
    y: costs.map((cost) => round(cost / costs[0])),
    line: { color: SERIES[i % SERIES.length] },
  }));
  return figure(lines, "How cost grows (exponents in brackets)", {
    xaxis: axis("size / smallest size", { type: "log" }),
    yaxis: axis("cost / cost of the smallest size", { type: "log" }),
    legend: { orientation: "h", y: -0.25, yanchor: "top" },
    height: 520,
  });
}

/** The measurements. Each makes one or two curves. */
export const MEASUREMENTS = [byImageSize, byBatch, byImages, byDetections] as const;
