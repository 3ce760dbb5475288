/** One step of training for people to look at. */
import type { BatchResult } from "./batch-trainer";
import { batchPixels } from "./feature-cache";
import type { StepReport } from "./trainer-options";

/** A batch that was computed with a trace, with the images as the network sees them. */
export async function stepReport({ batch, result }: BatchResult): Promise<StepReport> {
  return {
    ...result,
    trace: result.trace!,
    samples: batch.images.map(({ sample }) => sample),
    pixels: await batchPixels(batch.images),
  };
}
