/**
 * `npm run bench [-- --only NAME]`: measures this project and a PyTorch reference of the same
 * network in turns, case by case. The results are results.md, results.json and results.svg.
 */
import { Command } from "commander";
import { main, nameList, wholeNumber } from "../scripts/command";
import { CASES, casesByName } from "./cases";
import { describeMachine, warnOfLoad } from "./machine";
import { ratioFigure } from "./ratio-figure";
import { ensureReferenceEnvironment } from "./reference-environment";
import { type BenchResults, describeCase, markdownReport, mergeCases } from "./report";
import { ResultFiles } from "./result-files";
import type { CaseResult } from "./run-case";

const ROUNDS = 7;

interface Options {
  only?: string[];
  rounds: number;
  out: string;
}

const program = new Command("npm run bench --")
  .description("Measures this project and a PyTorch reference of the same network side by side.")
  .option(
    "--only <names>",
    `some of the cases, for example nms,detection: ${CASES.map(({ name }) => name).join(", ")}`,
    nameList("--only"),
  )
  .option(
    "--rounds <number>",
    "number of measurements of each side in each case",
    wholeNumber("--rounds", 1),
    ROUNDS,
  )
  .option(
    "--out <folder>",
    "the folder of the results; cases that are not measured keep their results",
    __dirname,
  );

main(async () => {
  program.parse();
  const { only, rounds, out } = program.opts<Options>();
  const chosen = only === undefined ? CASES : casesByName(only);
  const { renderSvg } = await import("../src/display/static-figure");
  const { runCase } = await import("./run-case");
  const files = new ResultFiles<BenchResults>(out, "results", ["machine", "cases"]);
  const earlier = await files.read();
  ensureReferenceEnvironment(console.log);
  const machine = describeMachine();
  console.log(
    `${machine.processor}, ${machine.cores} cores, ${machine.memoryGiB} GiB, load ${machine.load}`,
  );
  const warning = warnOfLoad(machine);
  if (warning) console.log(warning);
  const measured: CaseResult[] = [];
  const failed: string[] = [];
  for (const benchCase of chosen) {
    console.log(`\n${benchCase.name}: ${benchCase.title}`);
    try {
      const result = await runCase(benchCase, rounds, console.log);
      measured.push(result);
      console.log(describeCase(result));
    } catch (error) {
      failed.push(benchCase.name);
      console.error(`  not measured: ${(error as Error).message}`);
    }
  }
  if (measured.length) {
    const cases = inOrder(mergeCases(earlier?.cases ?? [], measured));
    const results = { machine, cases };
    await files.write(results, markdownReport(results), await renderSvg(ratioFigure(cases)));
    console.log(`\n${markdownReport(results)}\nWritten to ${out}`);
  }
  if (failed.length) throw new Error(`not measured, for the reasons above: ${failed.join(", ")}`);
});

/** The results in the order of the cases. Results of cases that no longer exist are left out. */
function inOrder(results: readonly CaseResult[]): CaseResult[] {
  return CASES.flatMap(({ name }) => results.find((result) => result.name === name) ?? []);
}
