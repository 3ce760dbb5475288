/**
 * One training of `npm run load`. It has its own process, so that its peak memory can be measured.
 * It prints a line of JSON for each part.
 */
import { configure, presets } from "../src/config/index";
import { openDataset } from "../src/data/dataset";
import { boxOutliers } from "../src/data/health/outliers";
import { nearDuplicates } from "../src/data/health/near-duplicates";
import { createDetector } from "../src/detectors/create-detector";
import { Trainer } from "../src/training/trainer";
import type { TrainingEvent } from "../src/runs/events";
import { main } from "../scripts/command";

/** Time and memory of one part of the training. */
export interface MeasuredPart {
  readonly part: string;
  readonly seconds: number;
  /** Highest resident memory of the process until the end of the part. */
  readonly peakMiB: number;
  /** Resident memory at the end of the part. */
  readonly nowMiB: number;
  /** The loss of the last step, in the part that trains. */
  readonly loss?: number;
}

/** Time between two lines of progress. */
const PROGRESS_MILLISECONDS = 30_000;

main(async () => {
  const [folder] = process.argv.slice(2);
  const dataset = await measured("open", async () => (await openDataset(folder)).requireValid());
  await measured("near duplicates", () => nearDuplicates(dataset));
  await measured("outliers", () => boxOutliers(dataset));
  const config = configure(presets.default, {
    augmentation: { copies: 0 },
    training: { epochs: 1 },
  });
  const { train, validation } = dataset.partition(config);
  const detector = await createDetector(config, dataset.classNames);
  const trainer = new Trainer({ detector, train, validation });
  await measured("features", () => last(trainer.prepare()));
  await measured(
    "epoch",
    () => last(trainer.fit()),
    () => trainer.history.steps.at(-1)!.losses.total,
  );
});

/** Runs a part and prints its measurement. */
async function measured<T>(part: string, work: () => Promise<T>, loss?: () => number): Promise<T> {
  const start = performance.now();
  const result = await work();
  const seconds = (performance.now() - start) / 1000;
  const peakMiB = process.resourceUsage().maxRSS / 1024;
  const nowMiB = process.memoryUsage().rss / 2 ** 20;
  console.log(
    JSON.stringify({ part, seconds, peakMiB, nowMiB, loss: loss?.() } satisfies MeasuredPart),
  );
  return result;
}

/** Waits for the last event, and prints the progress to stderr from time to time. */
async function last(events: AsyncIterable<TrainingEvent>): Promise<void> {
  let printed = performance.now();
  let what = "";
  for await (const event of events) {
    if (event.kind === "preparing" && event.what !== what) console.error((what = event.what));
    if (performance.now() - printed < PROGRESS_MILLISECONDS) continue;
    printed = performance.now();
    if (event.kind === "preparing") console.error(`  ${event.done} of ${event.total}`);
    if (event.kind === "step") console.error(`  step ${event.step} of ${event.steps}`);
  }
}
