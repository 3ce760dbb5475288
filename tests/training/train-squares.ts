/**
 * Trains in a process of its own, so that a test can kill it: `train-squares.ts DATA RUN`. It goes
 * on from a checkpoint if there is one, and prints every step as `STEP EPOCH STEP`.
 */
import { configure } from "../../src/config/index";
import { interruptible } from "../../src/display/interrupt";
import { RunFolder } from "../../src/training/run-folder";
import { Trainer } from "../../src/training/trainer";
import { smallDetector } from "../detectors/small-detector";
import { openSquares, squaresConfig } from "./squares";

/** Number of steps between two checkpoints. It does not divide the steps of an epoch. */
export const CHECKPOINT_EVERY = 2;

export const longConfig = configure(squaresConfig, { training: { epochs: 30 } });

async function main([data, run]: readonly string[]): Promise<void> {
  const { train, validation } = (await openSquares(data)).partition({ seed: 1 });
  const runFolder = new RunFolder(run, "squares", { checkpointEvery: CHECKPOINT_EVERY });
  const trainer = new Trainer({
    detector: smallDetector(longConfig),
    train,
    validation,
    runFolder,
  });
  console.log(`RESUMED ${await trainer.resume()}`);
  await interruptible(async (signal) => {
    for await (const event of trainer.fit({ signal })) {
      if (event.kind === "step") console.log(`STEP ${event.epoch} ${event.step}`);
      else if (event.kind === "stopped" || event.kind === "done")
        console.log(event.kind.toUpperCase());
    }
  });
}

if (require.main === module) void main(process.argv.slice(2));
