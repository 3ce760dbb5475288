/**
 * What a measurement was made on: figures of another machine, or of a busy one, are other figures.
 */
import { availableParallelism, cpus, loadavg, release, totalmem, type as systemName } from "os";

export interface Machine {
  readonly processor: string;
  readonly cores: number;
  readonly memoryGiB: number;
  readonly system: string;
  /** Mean number of running programs over the last minute, when the bench began. */
  readonly load: number;
}

/** Part of the cores that others may use before times are called noisy. */
const QUIET = 0.25;

export function describeMachine(): Machine {
  return {
    processor: cpus()[0]?.model.trim() || process.arch,
    cores: availableParallelism(),
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    system: `${systemName()} ${release()}`,
    load: currentLoad(),
  };
}

/** Rounded to a tenth. */
export function currentLoad(): number {
  return Math.round(loadavg()[0] * 10) / 10;
}

/** A sentence when other programs take a part of the cores that shows in the times, else null. */
export function warnOfLoad({ load, cores }: Pick<Machine, "load" | "cores">): string | null {
  if (load <= QUIET * cores) return null;
  return `Other programs are running (load ${load} on ${cores} cores): times below are noise; agreement and memory are not.`;
}
