/**
 * `npm test [-- PART …]`: checks types, the direction of imports, lint and format, and then runs
 * all tests, or those whose path contains one of the parts.
 */
import { spawnSync } from "child_process";
import { readdirSync } from "fs";
import { join } from "path";
import { Command } from "commander";
import { ROOT } from "./command";
import { Coverage } from "./coverage";

const TEST_FOLDERS = ["tests", join("bench", "tests")];
const TEST_ENDING = ".test.ts";

/** Tests that run one after the other: each of them uses all cores. */
const HEAVY = /^tests\/(notebooks|browser)\//;
/** Light tests that run at the same time. */
const CONCURRENCY = 2;

/**
 * The compiler options of tslab. It checks cells without `strict`, which makes some types wider.
 */
const NOTEBOOK_COMPILER = [
  ...["--target", "es2022", "--module", "commonjs", "--moduleResolution", "node"],
  ...["--esModuleInterop", "--resolveJsonModule", "--skipLibCheck", "--types", "node"],
];

/** The static checks: a name, a program of node_modules and its parameters. */
const CHECKS: readonly [string, string, readonly string[]][] = [
  ["types", "tsc", ["--project", ROOT]],
  ["types in notebooks", "tsc", ["--noEmit", ...NOTEBOOK_COMPILER, join(ROOT, "src", "index.ts")]],
  ["direction of imports", "depcruise", ["--config", ".dependency-cruiser.cjs", "src"]],
  ["API documentation", "typedoc", ["--emit", "none", "--logLevel", "Warn"]],
  ["lint", "eslint", ["."]],
  ["format", "prettier", ["--check", "--log-level", "warn", "."]],
];

interface Options {
  static?: boolean;
  coverage: boolean;
}

const program = new Command("npm test --")
  .description("Checks types, the direction of imports, lint and format, and runs the tests.")
  .argument(
    "[parts...]",
    "run only tests whose path contains one of these, without static checks and coverage",
  )
  .option("--static", "run only the static checks")
  .option("--no-coverage", "do not measure which lines the tests run");
program.parse();
const options = program.opts<Options>();
const parts = program.args;

const failed = parts.length
  ? []
  : CHECKS.filter((check) => !passes(...check)).map(([name]) => name);
if (!options.static) failed.push(...failedTests());
if (failed.length) console.error(`\nFAILED: ${failed.join(", ")}`);
process.exit(failed.length ? 1 : 0);

function passes(name: string, command: string, parameters: readonly string[]): boolean {
  const start = performance.now();
  const { status } = spawnSync(join(ROOT, "node_modules", ".bin", command), parameters, {
    cwd: ROOT,
    stdio: "inherit",
  });
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  console.log(`${status === 0 ? "ok" : "FAILED"}: ${name} (${seconds} s)`);
  return status === 0;
}

/** Runs the tests. Returns the names of the groups in which a test failed. */
function failedTests(): string[] {
  const all = TEST_FOLDERS.flatMap((folder) => testsBelow(folder));
  const files = all.filter((file) => !parts.length || parts.some((part) => file.includes(part)));
  if (!files.length) return [`no test has ${parts.join(" or ")} in its path`];
  const heavy = files.filter((file) => HEAVY.test(file));
  const light = files.filter((file) => !HEAVY.test(file));
  const coverage = !parts.length && options.coverage ? new Coverage() : null;
  const failures: string[] = [];
  if (light.length && !runTests(light, CONCURRENCY, coverage?.environment)) failures.push("tests");
  if (heavy.length && !runTests(heavy, 1)) failures.push("tests of notebooks and browser");
  if (coverage) console.log(`\n${coverage.table()}`);
  return failures;
}

function runTests(files: string[], concurrency: number, env = process.env): boolean {
  const node = ["--import", "tsx", "--test", "--test-reporter=spec"];
  const parameters = [...node, `--test-concurrency=${concurrency}`, ...files];
  return spawnSync(process.execPath, parameters, { cwd: ROOT, stdio: "inherit", env }).status === 0;
}

/** Paths of all test files below a folder, relative to the project's folder. */
function testsBelow(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { withFileTypes: true })
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return testsBelow(path);
      return entry.name.endsWith(TEST_ENDING) ? [path] : [];
    })
    .sort();
}
