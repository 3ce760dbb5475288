/** The trainings of an experiment as tasks on Ray: each is the command itself, for one of them. */
import { join } from "path";
import type { Command } from "commander";
import { parametersWithout, type RayOptions } from "../ray-options";
import { rayPlace } from "./ray-place";
import { type RayOutcome, runTasks } from "./run-tasks";

/** Options that are those of the whole experiment, or that choose its parts. */
const NOT_OF_TASKS = [
  ...["--only", "--only-seeds", "--rows"],
  ...["--ray", "--ray-cores", "--ray-memory", "--ray-gpus"],
];

/** One training of an experiment. */
export interface FoldTask {
  /** For the line of progress. */
  readonly name: string;
  /** The run folder, below `out`. */
  readonly folder: string;
  /** Options that choose this training. */
  readonly options: readonly string[];
}

/** The command, and what it was called with. */
export interface ExperimentCall {
  /** The name of the command in `scripts`. */
  readonly name: string;
  readonly program: Command;
  readonly options: RayOptions & { readonly out: string };
  readonly signal: AbortSignal;
}

/**
 * Runs trainings at the same time on Ray.
 * @returns how each ended
 * @throws as `runTasks` does
 */
export async function trainFoldsOnRay(
  tasks: readonly FoldTask[],
  { name, program, options, signal }: ExperimentCall,
): Promise<RayOutcome[]> {
  const shared = parametersWithout(program, process.argv.slice(2), NOT_OF_TASKS);
  const logs = join(options.out, "logs");
  const commands = tasks.map((task) => ({
    name: task.name,
    command: [name, ...shared, ...task.options],
    locks: task.folder,
    log: join(logs, `${task.name.replace(/[^a-z0-9]+/gi, "-")}.log`),
  }));
  return runTasks(commands, { ...rayPlace(options), signal });
}
