/**
 * `npm run fuzz [-- --minutes N] [--only NAME] [--seed N]`: runs the fuzzers of tests/fuzz for a
 * given time. The first failure ends it.
 */
import { readdirSync } from "fs";
import { join } from "path";
import { Command } from "commander";
import { main, ROOT, wholeNumber } from "./command";

const FOLDER = join(ROOT, "tests", "fuzz");

/** Inputs of each fuzzer in a round; the time is checked after each round. */
const INPUTS_PER_ROUND = 500;
const MILLISECONDS_PER_MINUTE = 60_000;
/** Seeds are below this number. */
const SEEDS = 2 ** 31;

/** Tests a number of random inputs; throws when one is neither read correctly nor refused. */
type Fuzzer = (inputs: number) => Promise<void>;

interface Options {
  minutes: number;
  only?: string;
  seed?: number;
}

const program = new Command("npm run fuzz --")
  .description(
    "Reads thousands of broken and hostile files. Shows the first one that is not refused correctly.",
  )
  .option("--minutes <number>", "the time for all fuzzers together", wholeNumber("--minutes", 1), 5)
  .option("--only <name>", "run one fuzzer, or the fuzzers of one file")
  .option(
    "--seed <number>",
    "run one round with this seed, to repeat a failure",
    wholeNumber("--seed", 0),
  );

main(async () => {
  program.parse();
  const { minutes, only, seed } = program.opts<Options>();
  const fuzzers = await findFuzzers(only);
  const start = performance.now();
  const end = start + minutes * MILLISECONDS_PER_MINUTE;
  let rounds = 0;
  do {
    for (const [name, fuzzer] of fuzzers) await runRound(name, fuzzer, seed ?? newSeed());
    rounds++;
  } while (seed === undefined && performance.now() < end);
  const took = ((performance.now() - start) / MILLISECONDS_PER_MINUTE).toFixed(1);
  console.log(
    `${rounds * INPUTS_PER_ROUND} inputs each, in ${took} minutes: ${[...fuzzers.keys()].join(", ")}. None failed.`,
  );
});

/**
 * The functions that the files of tests/fuzz export, by their names.
 * @param only the name of a fuzzer or of a file without its ending; default: all
 * @throws with all names, when there is no fuzzer of this name
 */
async function findFuzzers(only: string | undefined): Promise<Map<string, Fuzzer>> {
  const found = new Map<string, Fuzzer>();
  const names: string[] = [];
  for (const file of readdirSync(FOLDER).filter((name) => /^[^.]+\.ts$/.test(name))) {
    const exported = (await import(join(FOLDER, file))) as Record<string, unknown>;
    for (const [name, value] of Object.entries(exported)) {
      if (typeof value !== "function" || name === "default") continue;
      names.push(name);
      if (only === undefined || only === name || `${only}.ts` === file)
        found.set(name, value as Fuzzer);
    }
  }
  if (!found.size) throw new Error(`--only must be one of ${names.join(", ")}, not '${only}'`);
  return found;
}

/** @throws with the command that repeats it, when the fuzzer fails */
async function runRound(name: string, fuzzer: Fuzzer, seed: number): Promise<void> {
  const { default: fc } = await import("fast-check");
  fc.configureGlobal({ seed });
  try {
    await fuzzer(INPUTS_PER_ROUND);
  } catch (error) {
    throw new Error(
      `${name} failed; repeat it with: npm run fuzz -- --only ${name} --seed ${seed}\n${(error as Error).message}`,
      { cause: error },
    );
  }
}

function newSeed(): number {
  return Math.floor(Math.random() * SEEDS);
}
