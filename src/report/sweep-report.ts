/** A sweep with its files: the work of `npm run sweep`. */
import { stringify } from "csv-stringify/sync";
import type { Config, Overrides } from "../config/index";
import { PATIENTS_UNKNOWN } from "../data/patients/assign-patients";
import { bestTrial, runSweep, type Sweep, type SweepOptions } from "../experiments/sweep";
import { markdownTable, meanText, sweepTable } from "../experiments/sweep-table";
import { settingsText } from "../experiments/sweep-text";
import * as figures from "../plots/index";
import { withFolderLock } from "../util/folder-lock";
import { OutputFolder } from "../util/output-folder";
import { htmlPage } from "./page";

/** The names of the result files. */
export const SWEEP_FILES = {
  csv: "sweep.csv",
  markdown: "sweep.md",
  page: "sweep.html",
  best: "best.yaml",
} as const;

/** A sweep and the preset that its settings are added to. */
export interface SweepReportOptions extends SweepOptions {
  /** The name of the preset. */
  readonly preset: string;
}

/**
 * Runs a sweep, and writes `SWEEP_FILES`: the table and the figures when trials were judged, and
 * the settings of the best trial when the sweep is done.
 * @throws as `runSweep` does, when the folder holds files of these names that this command did not
 * write, and when another process works there
 */
export async function sweepWithReport(options: SweepReportOptions): Promise<Sweep> {
  const { out, dataset, preset } = options;
  return withFolderLock(out, async () => {
    const output = await OutputFolder.open(out, "sweep");
    await output.requireReplaceable(Object.values(SWEEP_FILES));
    const sweep = await runSweep(options);
    if (!sweep.results.some(({ rounds }) => rounds.length)) return sweep;
    const { columns, rows } = sweepTable(sweep, meanText);
    await output.write(SWEEP_FILES.csv, stringify([[...columns], ...rows.map((row) => [...row])]));
    const notes = reportNotes(sweep, options);
    const table = sweepTable(sweep);
    await output.write(SWEEP_FILES.markdown, [markdownTable(table), ...notes, ""].join("\n"));
    const paths = Object.keys(sweep.results[0].settings);
    const page = htmlPage(`Sweep of ${dataset.name}`, [
      ...notes.map((text) => ({ text })),
      { figure: figures.sweepRounds(sweep) },
      { table },
      ...paths.map((path) => ({ figure: figures.sweepSetting(sweep, path) })),
    ]);
    await output.write(SWEEP_FILES.page, page);
    const best = bestTrial(sweep);
    if (best) await output.write(SWEEP_FILES.best, bestYaml(best.overrides, preset));
    return sweep;
  });
}

/** What a reader of the table needs to know, in sentences. */
function reportNotes(sweep: Sweep, { dataset, folds, only, epochs }: SweepReportOptions): string[] {
  const best = bestTrial(sweep);
  const count = only?.length ?? folds;
  return [
    `Mean ± standard deviation of ${count} of ${folds} patient-wise folds of ${dataset.name}, class-agnostic unless it says otherwise. Trials are judged after ${epochs.join(", ")} epochs.`,
    ...(best ? [`The best is trial ${best.number}: ${settingsText(best.settings)}.`] : []),
    "The metrics of the best trial are too high, because it was chosen by them: evaluate it on images that took no part.",
    ...(dataset.arePatientsKnown ? [] : [`${PATIENTS_UNKNOWN}.`]),
  ];
}

/** The settings of a trial as a file for `--config`. */
function bestYaml(overrides: Overrides<Config>, preset: string): string {
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- an import would load it with this file
  const { stringify: yamlOf } = require("yaml") as typeof import("yaml");
  const comment = `# The best trial of a sweep: npm run train -- --data DIR --config ${SWEEP_FILES.best}\n`;
  return comment + yamlOf({ ...overrides, preset });
}
