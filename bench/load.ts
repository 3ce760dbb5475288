/**
 * `npm run load`: trains on up to 20,000 images and detects in 5,000, each in its own process.
 * Measures how long the parts take, and whether memory stays constant. The results are load.md and
 * load.json.
 */
import { spawn } from "child_process";
import { readFileSync } from "fs";
import { mkdtemp, rm } from "fs/promises";
import { tmpdir } from "os";
import { join } from "path";
import { createInterface } from "readline";
import { Command } from "commander";
import { main, ROOT, wholeNumber, wholeNumberList } from "../scripts/command";
import type { MeasuredPart } from "./load-run";
import { loadReport, type LoadResults, type MeasuredDetection } from "./load-report";
import { describeMachine, warnOfLoad } from "./machine";
import { ResultFiles } from "./result-files";

/**
 * Features and pixels that are kept in memory: so few that all numbers of images except the
 * smallest exceed it.
 */
const BUDGET_MIB = 1024;

interface Options {
  train: number[];
  detect: number;
  out: string;
}

const program = new Command("npm run load --")
  .description("Measures training and detection on generated data sets of many images.")
  .option(
    "--train <counts>",
    "numbers of training images; 0 for none",
    wholeNumberList("--train", 0),
    [1000, 5000, 20_000],
  )
  .option(
    "--detect <count>",
    "number of images to detect in, once with pictures and once without; 0 for none",
    wholeNumber("--detect", 0),
    5000,
  )
  .option(
    "--out <folder>",
    "the folder of the results; numbers of images that are not measured keep their results",
    __dirname,
  );

main(async () => {
  program.parse();
  const { train, detect, out } = program.opts<Options>();
  const files = new ResultFiles<LoadResults>(out, "load", ["machine", "training", "detection"]);
  const earlier = await files.read();
  const machine = describeMachine();
  console.log(`${machine.processor}, ${machine.cores} cores\n${warnOfLoad(machine) ?? ""}`);
  let results: LoadResults = {
    machine,
    budgetMiB: BUDGET_MIB,
    training: earlier?.training ?? [],
    detection: earlier?.detection ?? [],
  };
  const update = async (changed: Partial<LoadResults>) => {
    results = { ...results, ...changed };
    await files.write(results, loadReport(results));
  };
  for (const images of train.filter((count) => count > 0)) {
    const measured = { images, parts: await withImages(images, trainOn) };
    const others = results.training.filter((row) => row.images !== images);
    await update({ training: [...others, measured].sort((a, b) => a.images - b.images) });
  }
  if (!detect) return;
  await withImages(detect, async (folder) => {
    for (const pictures of [true, false]) {
      const measured = await detectIn(folder, detect, pictures);
      const others = results.detection.filter((row) => row.pictures !== pictures);
      await update({ detection: [...others, measured] });
    }
  });
});

/** Runs `work` on a generated data set, which is removed afterwards. */
async function withImages<T>(count: number, work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), "load-"));
  try {
    const { drawManyImages } = await import("./many-images");
    const start = performance.now();
    await drawManyImages(folder, count);
    console.log(`${count} images, drawn in ${((performance.now() - start) / 1000).toFixed(0)} s`);
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Trains in another process. */
async function trainOn(folder: string): Promise<MeasuredPart[]> {
  const parts: MeasuredPart[] = [];
  await run(join(__dirname, "load-run.ts"), [folder], (line) => {
    if (!line.startsWith("{")) return;
    const part = JSON.parse(line) as MeasuredPart;
    parts.push(part);
    console.log(
      `  ${part.part}: ${part.seconds.toFixed(1)} s, at most ${part.peakMiB.toFixed(0)} MiB`,
    );
  });
  return parts;
}

/** Detects in another process. */
async function detectIn(
  folder: string,
  images: number,
  pictures: boolean,
): Promise<MeasuredDetection> {
  const start = performance.now();
  const peaks: { done: number; peakMiB: number }[] = [];
  const parameters = [
    join(folder, "images"),
    "--out",
    join(folder, "detected"),
    ...(pictures ? [] : ["--no-pictures"]),
  ];
  await run(join(ROOT, "scripts", "detect.ts"), parameters, (line, process) => {
    const progress = /^images: (\d+) of \d+$/.exec(line);
    if (!progress) return;
    peaks.push({ done: Number(progress[1]), peakMiB: peakOf(process) });
    console.log(`  ${line}, at most ${peaks.at(-1)!.peakMiB.toFixed(0)} MiB`);
  });
  return { images, pictures, seconds: (performance.now() - start) / 1000, peaks };
}

/** Highest resident memory of a running process in MiB, from Linux's /proc. */
function peakOf(process: number): number {
  const [, kibibytes] = /^VmHWM:\s+(\d+) kB/m.exec(
    readFileSync(`/proc/${process}/status`, "utf8"),
  )!;
  return Number(kibibytes) / 1024;
}

/**
 * Runs a script like scripts/run.mjs does.
 * @param onLine called with each line of its output and the number of its process
 * @throws when it fails
 */
async function run(
  script: string,
  parameters: string[],
  onLine: (line: string, process: number) => void,
): Promise<void> {
  const child = spawn(process.execPath, [...process.execArgv, script, ...parameters], {
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, FRCNN_FEATURE_MIB: String(BUDGET_MIB) },
  });
  createInterface({ input: child.stdout }).on("line", (line) => onLine(line, child.pid!));
  const status = await new Promise((resolve) => child.on("close", resolve));
  if (status !== 0) throw new Error(`${script} ended with status ${String(status)}`);
}
