/**
 * `npm run load`: a training on 20,000 images and a detection in 5,000, each in a process of its
 * own: how long the parts take, and that memory stays flat; results go to load.md and load.json.
 */
import { spawn } from "child_process";
import { existsSync, readFileSync } from "fs";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "fs/promises";
import { tmpdir } from "os";
import { join } from "path";
import { createInterface } from "readline";
import { Command } from "commander";
import { main } from "../scripts/command";
import type { MeasuredPart } from "./load-run";
import { loadReport, type LoadResults, type MeasuredDetection } from "./load-report";
import { describeMachine, warnOfLoad } from "./machine";
import { drawManyImages } from "./many-images";

/**
 * Features and pixels in memory: few enough that each of the numbers of images below goes beyond
 * it but the first.
 */
const BUDGET_MIB = 1024;

const program = new Command("npm run load --")
  .description(
    "Trains and detects on generated data sets of many images; numbers that were not run keep their old rows.",
  )
  .option(
    "--train <counts>",
    "numbers of training images, as in 1000,5000,20000; 0 for none",
    "1000,5000,20000",
  )
  .option(
    "--detect <count>",
    "images to detect in, once with pictures and once without; 0 for none",
    Number,
    5000,
  )
  .option("--out <folder>", "where the results go", __dirname);

main(async () => {
  program.parse();
  const { train, detect, out } = program.opts<{ train: string; detect: number; out: string }>();
  const file = join(out, "load.json");
  const machine = describeMachine();
  console.log(`${machine.processor}, ${machine.cores} cores\n${warnOfLoad(machine) ?? ""}`);
  const earlier = existsSync(file)
    ? (JSON.parse(await readFile(file, "utf8")) as LoadResults)
    : null;
  let results: LoadResults = {
    machine,
    budgetMiB: BUDGET_MIB,
    training: earlier?.training ?? [],
    detection: earlier?.detection ?? [],
  };
  const keep = async (changed: Partial<LoadResults>) => {
    results = { ...results, ...changed };
    await mkdir(out, { recursive: true });
    await writeFile(file, `${JSON.stringify(results, null, 2)}\n`);
    await writeFile(join(out, "load.md"), loadReport(results));
  };
  for (const images of train.split(",").map(Number).filter(Boolean)) {
    const measured = { images, parts: await withImages(images, trainOn) };
    const others = results.training.filter((row) => row.images !== images);
    await keep({ training: [...others, measured].sort((a, b) => a.images - b.images) });
  }
  if (!detect) return;
  await withImages(detect, async (folder) => {
    for (const pictures of [true, false]) {
      const measured = await detectIn(folder, detect, pictures);
      await keep({
        detection: [...results.detection.filter((row) => row.pictures !== pictures), measured],
      });
    }
  });
});

async function withImages<T>(count: number, work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), "load-"));
  try {
    const start = performance.now();
    await drawManyImages(folder, count);
    console.log(`${count} images, drawn in ${((performance.now() - start) / 1000).toFixed(0)} s`);
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

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
  await run(join(__dirname, "..", "scripts", "detect.ts"), parameters, (line, process) => {
    const progress = /^images: (\d+) of \d+$/.exec(line);
    if (!progress) return;
    peaks.push({ done: Number(progress[1]), peakMiB: peakOf(process) });
    console.log(`  ${line}, at most ${peaks.at(-1)!.peakMiB.toFixed(0)} MiB`);
  });
  return { images, pictures, seconds: (performance.now() - start) / 1000, peaks };
}

/** Highest resident memory of a running process, as Linux counts it. */
function peakOf(process: number): number {
  const [, kibibytes] = /^VmHWM:\s+(\d+) kB/m.exec(
    readFileSync(`/proc/${process}/status`, "utf8"),
  )!;
  return Number(kibibytes) / 1024;
}

/** Runs a script as the launcher does, telling its lines. Throws when it fails. */
async function run(
  script: string,
  parameters: string[],
  tell: (line: string, process: number) => void,
): Promise<void> {
  const child = spawn(process.execPath, [...process.execArgv, script, ...parameters], {
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, FRCNN_FEATURE_MIB: String(BUDGET_MIB) },
  });
  createInterface({ input: child.stdout }).on("line", (line) => tell(line, child.pid!));
  const status = await new Promise((resolve) => child.on("close", resolve));
  if (status !== 0) throw new Error(`${script} ended with status ${String(status)}`);
}
