/**
 * Runs one case: checks that both sides compute the same, and then measures their times in turns.
 */
import { mkdtemp, rm, writeFile } from "fs/promises";
import { tmpdir } from "os";
import { join } from "path";
import { compareResults, describeDistances, Distance } from "./agreement";
import type { BenchCase } from "./cases";
import { readSetup, readTensors } from "./exchange";
import { OUR_CELL, PYTHON_CELL } from "./kernel-cells";
import { currentLoad } from "./machine";
import { Answer, Command, MeasuredProcess } from "./measured-process";
import { EPOCHS, IMAGES } from "./ours/original-way";
import { ROOT } from "../scripts/command";
import { PROJECT_PYTHON, REFERENCE_PYTHON, REFERENCE_WORKER } from "./reference-environment";
import { Round, summarize, Summary } from "./statistics";

/** The measurement of one case. */
export interface CaseResult extends Summary {
  readonly name: string;
  readonly title: string;
  readonly reference: string;
  /** Peak memory of this project's process with its workers, from start to end. */
  readonly oursPeakMiB: number;
  readonly referencePeakMiB: number;
  /** Number of images in an iteration; null for cases without images. */
  readonly images: number | null;
  readonly rounds: number;
  /** The distances between the two sides' results; empty when there is nothing to compare. */
  readonly distances: readonly Distance[];
  readonly versions: Readonly<Record<string, string>>;
  readonly measured: string;
  /** Mean number of running programs before the case began. */
  readonly load: number;
}

/** Keeps PyTorch's threads from using the cores while they wait for work. */
const FAIR = { OMP_WAIT_POLICY: "passive" };

/**
 * Variables that scripts/run.mjs sets for this project's allocator. The reference runs without
 * them, as a user would start it.
 */
const ALLOCATOR_VARIABLES = ["MALLOC_MMAP_THRESHOLD_", "MALLOC_TRIM_THRESHOLD_"];

/**
 * Measures a case.
 * @param chosen the case
 * @param rounds number of measurements of each side
 * @param log receives lines for the user
 * @throws when a side fails, and when the two sides do not compute the same
 */
export async function runCase(
  chosen: BenchCase,
  rounds: number,
  log: (text: string) => void,
): Promise<CaseResult> {
  const load = currentLoad();
  const folder = await mkdtemp(join(tmpdir(), "bench-"));
  try {
    const distances = await agree(chosen, folder);
    if (distances.length) log(`  both sides compute the same (${describeDistances(distances)})`);
    const { measured, ...rest } = await measure(chosen, folder, rounds, log);
    const { name, title, reference } = chosen;
    return {
      name,
      title,
      reference,
      ...summarize(measured),
      ...rest,
      images: await imagesAnIteration(chosen, folder),
      rounds,
      distances,
      measured: new Date().toISOString(),
      load,
    };
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function agree(chosen: BenchCase, folder: string): Promise<Distance[]> {
  if (chosen.kind === "kernel-start") {
    await writeFile(join(folder, "cell.ts"), OUR_CELL);
    await writeFile(join(folder, "cell.py"), PYTHON_CELL);
    return [];
  }
  await once("this project", ourCommand("write", chosen, folder));
  if (!chosen.tolerances) return [];
  await once("the reference", referenceCommand("check", chosen, folder));
  const [ours, reference] = [
    await readTensors(folder, "ours"),
    await readTensors(folder, "reference"),
  ];
  return compareResults(ours, reference, chosen.tolerances);
}

async function once(name: string, command: Command): Promise<void> {
  const answer = await MeasuredProcess.start(name, command).ask();
  if (!("done" in answer)) throw unexpected(name, answer);
}

async function measure(
  chosen: BenchCase,
  folder: string,
  rounds: number,
  log: (text: string) => void,
) {
  // The sides warm up one after the other, so that each has the whole machine.
  const ours = MeasuredProcess.start("this project", ourCommand("run", chosen, folder));
  let reference: MeasuredProcess | null = null;
  try {
    const ourFacts = await ours.ask();
    reference = MeasuredProcess.start("the reference", referenceCommand("run", chosen, folder));
    const referenceFacts = await reference.ask();
    if (!("ready" in ourFacts)) throw unexpected("this project", ourFacts);
    if (!("ready" in referenceFacts)) throw unexpected("the reference", referenceFacts);
    const measured: Round[] = [];
    for (let round = 0; round < rounds; round++) {
      // The order alternates: the second side may find another clock rate or other caches.
      const order = round % 2 ? [reference, ours] : [ours, reference];
      const times = new Map<MeasuredProcess, readonly number[]>();
      for (const side of order) times.set(side, await timed(side, chosen.iterations));
      measured.push({ ours: times.get(ours)!, reference: times.get(reference)! });
      const last = summarize(measured.slice(-1));
      log(
        `  round ${round + 1}: ${last.oursMs.toFixed(1)} ms against ${last.referenceMs.toFixed(1)} ms`,
      );
    }
    const [oursPeakMiB, referencePeakMiB] = [await peak(ours), await peak(reference)];
    const versions = { ...ourFacts.versions, ...referenceFacts.versions };
    return { measured, oursPeakMiB, referencePeakMiB, versions };
  } finally {
    ours.stop();
    reference?.stop();
  }
}

async function timed(side: MeasuredProcess, iterations: number): Promise<readonly number[]> {
  const answer = await side.ask({ iterations });
  if (!("milliseconds" in answer)) throw unexpected("a side", answer);
  return answer.milliseconds;
}

async function peak(side: MeasuredProcess): Promise<number> {
  const answer = await side.ask({ end: true });
  if (!("peakMiB" in answer)) throw unexpected("a side", answer);
  return answer.peakMiB;
}

function unexpected(name: string, answer: Answer): Error {
  return new Error(`${name} answered ${JSON.stringify(answer)}`);
}

function ourCommand(mode: "write" | "run", { kind, name }: BenchCase, folder: string): Command {
  if (kind === "kernel-start")
    return kernelCommand(PROJECT_PYTHON, "tslab", join(folder, "cell.ts"));
  const worker = join(__dirname, "ours", "worker.ts");
  // The flags of this process load TypeScript and the shim.
  return {
    program: process.execPath,
    parameters: [...process.execArgv, worker, mode, name, folder],
    environment: FAIR,
  };
}

function referenceCommand(mode: "check" | "run", { kind }: BenchCase, folder: string): Command {
  if (kind === "kernel-start")
    return kernelCommand(REFERENCE_PYTHON, "python3", join(folder, "cell.py"));
  const environment = {
    ...FAIR,
    ...Object.fromEntries(ALLOCATOR_VARIABLES.map((name) => [name, undefined])),
  };
  return { program: REFERENCE_PYTHON, parameters: [REFERENCE_WORKER, mode, folder], environment };
}

function kernelCommand(program: string, kernel: string, cell: string): Command {
  const script = join(__dirname, "kernel_start.py");
  return {
    program,
    parameters: [script, kernel, join(ROOT, "notebooks"), cell],
    environment: FAIR,
  };
}

async function imagesAnIteration(
  { kind, batch }: BenchCase,
  folder: string,
): Promise<number | null> {
  if (kind === "backbone" || kind === "training-step" || kind === "detection") return batch;
  if (kind === "original-way") return EPOCHS * IMAGES;
  if (kind === "opening" || kind === "opening-again")
    return (await readSetup<{ files: string[] }>(folder)).files.length;
  if (kind === "data-loading")
    return (await readSetup<{ records: object[] }>(folder)).records.length;
  return null;
}
