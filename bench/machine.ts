/** The machine of a measurement: results of different or busy machines cannot be compared. */
import { availableParallelism, cpus, loadavg, release, totalmem, type as systemName } from "os";

/** A machine and its state at the start of the measurement. */
export interface Machine {
  readonly processor: string;
  readonly cores: number;
  readonly memoryGiB: number;
  readonly system: string;
  /** Mean number of running programs in the minute before the bench began. */
  readonly load: number;
}

/** Times are noise when other programs use more than this fraction of the cores. */
const QUIET_FRACTION = 0.25;

/** This machine. */
export function describeMachine(): Machine {
  return {
    processor: cpus()[0]?.model.trim() || process.arch,
    cores: availableParallelism(),
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    system: `${systemName()} ${release()}`,
    load: currentLoad(),
  };
}

/** Mean number of running programs in the last minute, rounded to a tenth. */
export function currentLoad(): number {
  return Math.round(loadavg()[0] * 10) / 10;
}

/** A warning when other programs use so much of the cores that times are noise; otherwise null. */
export function warnOfLoad({ load, cores }: Pick<Machine, "load" | "cores">): string | null {
  if (load <= QUIET_FRACTION * cores) return null;
  return `Other programs are running (load ${load} on ${cores} cores): the times below are noise. Agreement and memory are valid.`;
}
