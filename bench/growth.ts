/**
 * `npm run growth`: how time and memory grow with the size of the image, the batch, the number of
 * images and the number of detections. The results are growth.md, growth.json and growth.svg.
 */
import { Command } from "commander";
import { main } from "../scripts/command";
import type { Curve } from "./growth-curves";
import { describeMachine, type Machine, warnOfLoad } from "./machine";
import { ResultFiles } from "./result-files";

/** The content of growth.json. */
interface GrowthResults {
  readonly machine: Machine;
  readonly curves: readonly (Curve & { readonly exponent: number })[];
}

const program = new Command("npm run growth --")
  .description(
    "Measures how cost grows with image size, batch, number of images and number of detections.",
  )
  .option("--out <folder>", "the folder of the results", __dirname);

main(async () => {
  program.parse();
  const { out } = program.opts<{ out: string }>();
  const { renderSvg } = await import("../src/display/static-figure");
  const { exponentOf, growthFigure, growthReport, MEASUREMENTS, rowOf } =
    await import("./growth-curves");
  const files = new ResultFiles<GrowthResults>(out, "growth", ["machine", "curves"]);
  await files.read();
  const machine = describeMachine();
  const warning = warnOfLoad(machine);
  console.log(`${machine.processor}, ${machine.cores} cores${warning ? `\n${warning}` : ""}`);
  const curves: Curve[] = [];
  for (const measure of MEASUREMENTS) {
    for (const curve of await measure()) {
      curves.push(curve);
      console.log(rowOf(curve).join(": "));
    }
  }
  const results = {
    machine,
    curves: curves.map((curve) => ({ ...curve, exponent: exponentOf(curve) })),
  };
  await files.write(results, growthReport(machine, curves), await renderSvg(growthFigure(curves)));
});
