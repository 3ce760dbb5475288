/**
 * One case from its inputs to its figures: both sides are checked against each other, then timed
 * in turns.
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
import { PROJECT_PYTHON, REFERENCE_PYTHON, REFERENCE_WORKER, ROOT } from "./reference-environment";
import { Round, summarize, Summary } from "./statistics";

export interface CaseResult extends Summary {
  readonly name: string;
  readonly title: string;
  readonly reference: string;
  /** Of each side's process with its workers, from its start to its end. */
  readonly oursPeakMiB: number;
  readonly referencePeakMiB: number;
  /** Images that pass in an iteration; null where none do. */
  readonly images: number | null;
  readonly rounds: number;
  /** How far the two sides' results are apart; empty where there is nothing to compare. */
  readonly distances: readonly Distance[];
  readonly versions: Readonly<Record<string, string>>;
  readonly measured: string;
  /** When it was measured, the bench's own not yet in it. */
  readonly load: number;
}

/**
 * PyTorch's threads must not spin while they wait for work: they would take the cores from whoever
 * else has some.
 */
const FAIR = { OMP_WAIT_POLICY: "passive" };

/**
 * What the launcher sets for this project's own allocator; the reference runs as a user would
 * start it.
 */
const LAUNCHERS_OWN = ["MALLOC_MMAP_THRESHOLD_", "MALLOC_TRIM_THRESHOLD_"];

/** Measures a case. Throws when a side fails, or when the two do not compute the same. */
export async function runCase(
  chosen: BenchCase,
  rounds: number,
  log: (text: string) => void,
): Promise<CaseResult> {
  const load = currentLoad();
  const folder = await mkdtemp(join(tmpdir(), "bench-"));
  try {
    const distances = await agree(chosen, folder);
    if (distances.length) log(`  both compute the same (${describeDistances(distances)})`);
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
  // One after the other, so that neither warms up on half a machine.
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
      // Who goes first changes, in case the second finds the machine warmer or its caches emptier.
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
  // The launcher's own flags: TypeScript as it is, and the shim before anything loads.
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
    ...Object.fromEntries(LAUNCHERS_OWN.map((name) => [name, undefined])),
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
  if (kind === "data-loading")
    return (await readSetup<{ records: object[] }>(folder)).records.length;
  return null;
}
