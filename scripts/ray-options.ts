/** The options of commands that run their parts on Ray: see docs/cluster.md. */
import type { Command } from "commander";
import { numberBetween, wholeNumber } from "./command";

/** Bytes of a GiB. */
const GIB = 2 ** 30;
/** The largest number of GiB of one task. */
const MAX_GIB = 100_000;

/** Options of commands that run their parts on Ray. */
export interface RayOptions {
  /** True for a Ray that is started for the command; the address of another one. */
  ray?: string | true;
  rayCores: number;
  rayMemory: number;
  rayGpus?: number;
}

/** What Ray reserves for one task, with Ray's names. */
export interface RayResources {
  readonly num_cpus: number;
  readonly num_gpus: number;
  /** In bytes. */
  readonly memory: number;
}

/**
 * Adds the options of Ray.
 * @param parts what runs at the same time, for the help text
 */
export function withRayOptions(command: Command, parts: string): Command {
  return command
    .option(
      "--ray [address]",
      `run ${parts} at the same time with Ray: on this machine, or on the cluster of this address, HOST:PORT or auto`,
      rayAddress,
    )
    .option(
      "--ray-cores <number>",
      "with --ray: processor cores that one task reserves",
      wholeNumber("--ray-cores", 1),
      1,
    )
    .option(
      "--ray-memory <number>",
      "with --ray: GiB of memory that one task reserves",
      numberBetween("--ray-memory", 0, MAX_GIB),
      2,
    )
    .option(
      "--ray-gpus <number>",
      "with --ray: graphics cards that one task reserves; default: 1 if TensorFlow computes on one here, or else 0",
      wholeNumber("--ray-gpus", 0),
    );
}

/** Parses the address of a Ray cluster. */
function rayAddress(text: string): string {
  if (text === "auto" || /^([\w.-]+|\[[\da-f:]+\]):\d+$/i.test(text)) return text;
  throw new Error(
    `--ray must be HOST:PORT, auto, or without a value at the end of the command, not '${text}'`,
  );
}

/** What Ray reserves for one task. */
export function rayResources(options: RayOptions, isUsingGpu: boolean): RayResources {
  return {
    num_cpus: options.rayCores,
    num_gpus: options.rayGpus ?? (isUsingGpu ? 1 : 0),
    memory: Math.round(options.rayMemory * GIB),
  };
}

/**
 * The parameters of a command without some of its options, for a task that runs a part of it.
 * @param program the command
 * @param argv the parameters
 * @param names the long names of the options to leave out
 */
export function parametersWithout(
  program: Command,
  argv: readonly string[],
  names: readonly string[],
): string[] {
  const kept: string[] = [];
  for (let i = 0; i < argv.length; i++) {
    const name = argv[i].split("=")[0];
    const option = program.options.find(({ long }) => long === name);
    const hasNext = i + 1 < argv.length;
    const takesNext =
      name === argv[i] &&
      hasNext &&
      (option?.required || (option?.optional && !argv[i + 1].startsWith("-")));
    const parts = takesNext ? [argv[i], argv[++i]] : [argv[i]];
    if (!names.includes(name)) kept.push(...parts);
  }
  return kept;
}
