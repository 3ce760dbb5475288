/** A training on one fold that is judged after some of its epochs, and can go on later. */
import { existsSync } from "fs";
import { join } from "path";
import { type Config, configure } from "../config/index";
import type { Metrics } from "../metrics/metrics";
import type { History } from "../runs/history";
import { loadHistory, RUN_FILES } from "../runs/run-manifest";
import { trainRun } from "../training/train-run";
import { withFolderLock } from "../util/folder-lock";
import { type FoldRunOptions, validatedOnce } from "./fold-run";
import { type FoldTraining, requireSameFold } from "./same-fold";

/** The configuration with no validations and no end but those that are asked for. */
export function judgedWhenAsked(config: Config): Config {
  return configure(validatedOnce(config), { training: { patience: null } });
}

/**
 * Trains until a number of epochs is done, or reads the metrics of an earlier call. A training that
 * has fewer epochs goes on. Its weights are those of a training without a stop.
 * @param until epochs after which it stops and is judged
 * @returns null when the signal stopped it
 * @throws as `requireSameFold` does, and when another process works in the folder
 */
export async function trainUntil(options: FoldRunOptions, until: number): Promise<Metrics | null> {
  return withFolderLock(options.folder, async () => {
    const known = await metricsAfter(options, until);
    if (known) return known;
    const features = await options.features();
    if (options.signal.aborted) return null;
    const { history } = await trainRun({
      ...options,
      ...options.fold,
      ...{ out: options.folder, resume: true, features, until },
    });
    return validationAfter(history, until);
  });
}

/**
 * The metrics of a training after a number of epochs.
 * @returns null when it has not come so far
 * @throws as `requireSameFold` does
 */
export async function metricsAfter(training: FoldTraining, epoch: number): Promise<Metrics | null> {
  await requireSameFold(training);
  if (!existsSync(join(training.folder, RUN_FILES.history))) return null;
  return validationAfter(await loadHistory(training.folder), epoch);
}

function validationAfter({ validations }: History, epoch: number): Metrics | null {
  return validations.find((validation) => validation.epoch === epoch)?.metrics ?? null;
}
