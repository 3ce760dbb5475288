/** The data set of a command that takes a trained run: by default the run's own. */
import { existsSync } from "fs";
import type { Command } from "commander";
import type { Dataset } from "../src/data/dataset";
import { BUNDLED_SAMPLE } from "../src/planning/preset-for";
import { recordedOptions, type RunManifest } from "../src/runs/run-manifest";
import { definedFields } from "../src/util/record";
import { pathText } from "./command";
import { openChosen, type ReadingOptions, readOptions, withReadingOptions } from "./options";

/** Options that name a data set for a trained run; without one it is the run's. */
export interface RunDataOptions extends ReadingOptions {
  data?: string;
}

/** Adds the options that name a data set for a trained run. */
export function withRunDataOptions(command: Command): Command {
  return withReadingOptions(
    command.option(
      "--data <folder>",
      "the data set; default: the one that the run was trained on, read as in training",
      pathText("--data"),
    ),
  );
}

/**
 * Opens the data set that the options name. Without one it is the data set that a run was trained
 * on, read as it was then unless the options say otherwise; the bundled sample if the run does not
 * record its data set.
 * @throws when the run's data set is no longer there, and as `openChosen` does
 */
export async function openForRun(
  { data, ...options }: RunDataOptions,
  { source }: Pick<RunManifest, "source">,
): Promise<Dataset> {
  if (data !== undefined || !source)
    return openChosen({ ...options, data: data ?? BUNDLED_SAMPLE });
  const { folder } = source;
  if (!existsSync(folder))
    throw new Error(
      `the run was trained on the data set in ${folder}, which is not there: name a data set with --data`,
    );
  console.log(`Data set of the run: ${folder}`);
  const { openDataset } = await import("../src/data/dataset");
  const changes = options.classes ? { classNames: undefined, renamedClasses: undefined } : {};
  const given = definedFields(readOptions(options));
  const chosen = { ...recordedOptions(source), ...changes, ...given };
  return (await openDataset(folder, chosen)).requireValid();
}
