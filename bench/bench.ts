/**
 * `npm run bench [-- --only NAME]`: this project and a PyTorch reference of the same network in
 * turns, case by case; results go to results.md, results.json and results.svg.
 */
import { existsSync } from "fs";
import { mkdir, readFile, writeFile } from "fs/promises";
import { join } from "path";
import { Command } from "commander";
import { renderSvg } from "../src/display/static-figure";
import { main, wholeNumber } from "../scripts/command";
import { CASES, casesByName } from "./cases";
import { describeMachine, warnOfLoad } from "./machine";
import { ratioFigure } from "./ratio-figure";
import { ensureReferenceEnvironment } from "./reference-environment";
import { BenchResults, describeCase, markdownReport, mergeCases } from "./report";
import { CaseResult, runCase } from "./run-case";

/** Measurements of each side, in turns. */
const ROUNDS = 7;

interface Options {
  only?: string;
  rounds: number;
  out: string;
}

const program = new Command("npm run bench --")
  .description("Times this project and a PyTorch reference of the same network side by side.")
  .option(
    "--only <names>",
    `some of the cases, as in nms,detection: ${CASES.map(({ name }) => name).join(", ")}`,
  )
  .option(
    "--rounds <number>",
    "measurements of each side in each case",
    wholeNumber("--rounds", 1),
    ROUNDS,
  )
  .option("--out <folder>", "where the results go; cases that were not run keep theirs", __dirname);

main(async () => {
  program.parse();
  const { only, rounds, out } = program.opts<Options>();
  const chosen = only === undefined ? CASES : casesByName(only.split(","));
  ensureReferenceEnvironment(console.log);
  const machine = describeMachine();
  console.log(
    `${machine.processor}, ${machine.cores} cores, ${machine.memoryGiB} GiB, load ${machine.load}`,
  );
  const warning = warnOfLoad(machine);
  if (warning) console.log(warning);
  const measured: CaseResult[] = [];
  const failed: string[] = [];
  for (const one of chosen) {
    console.log(`\n${one.name}: ${one.title}`);
    try {
      measured.push(await runCase(one, rounds, console.log));
      console.log(describeCase(measured[measured.length - 1]));
    } catch (error) {
      failed.push(one.name);
      console.error(`  not measured: ${(error as Error).message}`);
    }
  }
  if (measured.length) await writeResults(out, { machine, cases: measured });
  if (failed.length) throw new Error(`${failed.join(", ")}: not measured, for the reasons above`);
});

async function writeResults(folder: string, { machine, cases }: BenchResults): Promise<void> {
  await mkdir(folder, { recursive: true });
  const file = join(folder, "results.json");
  const old = existsSync(file)
    ? (JSON.parse(await readFile(file, "utf8")) as BenchResults).cases
    : [];
  // In the order of the cases; what is no case any more goes.
  const merged = mergeCases(old, cases);
  const ordered = CASES.flatMap(({ name }) => merged.find((result) => result.name === name) ?? []);
  const results = { machine, cases: ordered };
  await writeFile(file, `${JSON.stringify(results, null, 2)}\n`);
  await writeFile(join(folder, "results.md"), markdownReport(results));
  await writeFile(join(folder, "results.svg"), await renderSvg(ratioFigure(ordered)));
  console.log(`\n${markdownReport(results)}\nWritten to ${folder}`);
}
