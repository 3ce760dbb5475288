/**
 * `npm run fuzz [-- --minutes N] [--only NAME] [--seed N]`: the fuzzers of tests/fuzz, for as long
 * as one likes; the first failure ends it.
 */
import { readdirSync } from "fs";
import { join } from "path";
import { Command } from "commander";
import fc from "fast-check";
import { main, wholeNumber } from "./command";

const FOLDER = join(__dirname, "..", "tests", "fuzz");

/** Inputs between two looks at the clock. */
const RUNS = 500;

/** Throws when one of so many inputs breaks what it says. */
type Fuzzer = (runs: number) => Promise<void>;

interface Options {
  minutes: number;
  only?: string;
  seed?: number;
}

const program = new Command("npm run fuzz --")
  .description(
    "Reads broken and hostile files by the thousand; the first one that is not refused as it should be is shown.",
  )
  .option(
    "--minutes <number>",
    "for how long, all fuzzers together",
    wholeNumber("--minutes", 1),
    5,
  )
  .option("--only <name>", "one fuzzer, by its name or its file's")
  .option(
    "--seed <number>",
    "one round with the seed of a failure, to repeat it",
    wholeNumber("--seed", 0),
  );

main(async () => {
  program.parse();
  const { minutes, only, seed } = program.opts<Options>();
  const fuzzers = await findFuzzers(only);
  const start = performance.now();
  const end = start + minutes * 60_000;
  let rounds = 0;
  do {
    for (const [name, fuzzer] of fuzzers) await round(name, fuzzer, seed ?? newSeed());
    rounds++;
  } while (seed === undefined && performance.now() < end);
  const took = ((performance.now() - start) / 60_000).toFixed(1);
  console.log(
    `${rounds * RUNS} inputs each, in ${took} minutes: ${[...fuzzers.keys()].join(", ")}. None failed.`,
  );
});

/**
 * Every function that a file of tests/fuzz exports, by its name; only those asked for. Throws with
 * the names there are when there is none.
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
  if (!found.size)
    throw new Error(`there is no fuzzer '${only}': choose one of ${names.join(", ")}`);
  return found;
}

/** One round; when it fails, says how to repeat it. */
async function round(name: string, fuzzer: Fuzzer, seed: number): Promise<void> {
  fc.configureGlobal({ seed });
  try {
    await fuzzer(RUNS);
  } catch (error) {
    const { message } = error as Error;
    throw new Error(
      `${name} failed; again with: npm run fuzz -- --only ${name} --seed ${seed}\n${message}`,
      {
        cause: error,
      },
    );
  }
}

function newSeed(): number {
  return Math.floor(Math.random() * 2 ** 31);
}
