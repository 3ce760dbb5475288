/**
 * `npm test [-- PART …]`: checks types, the direction of imports, lint and format, and then runs
 * all tests, or those whose path contains one of the parts.
 */
import { spawnSync } from "child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "fs";
import { tmpdir } from "os";
import { join, relative } from "path";
import { Command } from "commander";
import { ROOT } from "./command";
import { Coverage } from "./coverage";

const TEST_FOLDERS = ["tests", join("bench", "tests")];
const TEST_ENDING = ".test.ts";

/** Tests that run one after the other: each of them uses all cores. */
const HEAVY = /^tests\/(notebooks|browser)\//;
/** Light tests that run at the same time. */
const CONCURRENCY = 2;
/** The reporter that lists the files with a failed test. */
const FAILED_FILES = join(ROOT, "scripts", "failed-files.mjs");

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
  [
    "types of the library in notebooks",
    "tsc",
    ["--noEmit", ...NOTEBOOK_COMPILER, join(ROOT, "src", "index.ts")],
  ],
  ["types of the notebooks' cells", "tsx", [join(ROOT, "scripts", "notebook-types.ts")]],
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
  if (!passInTwo(light, CONCURRENCY, coverage?.environment)) failures.push("tests");
  if (!passInTwo(heavy, 1)) failures.push("tests of notebooks and browser");
  if (coverage) console.log(`\n${coverage.table()}`);
  return failures;
}

/**
 * Runs the tests of files. Files with a failed test run a second time, one after the other: a test
 * that waits for a browser, a kernel or a process can fail because the machine is busy. Such a file
 * is named even if it passes then.
 */
function passInTwo(files: readonly string[], concurrency: number, env = process.env): boolean {
  if (!files.length) return true;
  const first = failedIn(files, concurrency, env);
  if (!first.length) return true;
  console.log(`\nA second try of the files with a failed test: ${first.join(", ")}\n`);
  const second = failedIn(first, 1, env);
  const unsteady = first.filter((file) => !second.includes(file));
  if (unsteady.length)
    console.log(`\nUNSTEADY: passed only at the second try: ${unsteady.join(", ")}`);
  return !second.length;
}

/** Runs the tests of files. Returns the files with a failed test, relative to the project. */
function failedIn(files: readonly string[], concurrency: number, env: NodeJS.ProcessEnv): string[] {
  const folder = mkdtempSync(join(tmpdir(), "tests-"));
  const list = join(folder, "failed");
  const parameters = [
    ...["--import", "tsx", "--test", `--test-concurrency=${concurrency}`],
    ...["--test-reporter=spec", "--test-reporter-destination=stdout"],
    ...[`--test-reporter=${FAILED_FILES}`, `--test-reporter-destination=${list}`],
    ...files,
  ];
  const { status } = spawnSync(process.execPath, parameters, { cwd: ROOT, stdio: "inherit", env });
  const lines = existsSync(list) ? readFileSync(list, "utf8").split("\n").filter(Boolean) : [];
  rmSync(folder, { recursive: true });
  const failed = [...new Set(lines.map((file) => relative(ROOT, file)))];
  // Without a name, the runner itself failed: every file has to run again.
  return status === 0 || failed.length ? failed : [...files];
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
