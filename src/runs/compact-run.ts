/** A small copy of a run, to archive or to send. */
import { existsSync } from "fs";
import { readFile, stat } from "fs/promises";
import { join } from "path";
import { writeAtomically } from "../util/atomic-write";
import { withFolderLock } from "../util/folder-lock";
import { RUN_FILES } from "./run-manifest";
import { loadRun, saveWeights } from "./run-weights";

/**
 * Copies a run with its weights as 8-bit numbers, in a quarter of the space. The copy also has the
 * configuration and, where the run has one, the history.
 * @param run the run folder
 * @param out the run folder of the copy
 * @param options.weights the weights of the last epoch (default) or those of the best validation
 * @returns the size of the copy's weights in bytes
 * @throws when `out` holds files of a run, and when another process works there
 */
export async function compactRun(
  run: string,
  out: string,
  { weights = "last" }: { readonly weights?: "last" | "best" } = {},
): Promise<number> {
  return withFolderLock(out, () => compactLocked(run, out, weights));
}

async function compactLocked(run: string, out: string, weights: "last" | "best"): Promise<number> {
  const present = Object.values(RUN_FILES).find((name) => existsSync(join(out, name)));
  if (present !== undefined)
    throw new Error(`${out} holds a run already (${present}): name another --out`);
  const { detector } = await loadRun(run, weights);
  const file = join(out, RUN_FILES.last);
  await saveWeights(detector, file, { compact: true });
  detector.dispose();
  // run.json comes last: without it the folder is not a run.
  for (const name of [RUN_FILES.history, RUN_FILES.run])
    if (existsSync(join(run, name)))
      await writeAtomically(join(out, name), await readFile(join(run, name)));
  return (await stat(file)).size;
}
