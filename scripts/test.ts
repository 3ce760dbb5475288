/**
 * `npm test [-- PART …]`: types, lint and format, then every test, or those whose path holds one
 * of the parts.
 */
import { spawnSync } from "child_process";
import { readdirSync } from "fs";
import { join, relative } from "path";
import { Command } from "commander";

const ROOT = join(__dirname, "..");
const ENDING = ".test.ts";

/** Started one after the other: they want the machine for themselves. */
const HEAVY = /tests\/(notebooks|browser)\//;

const NOTEBOOK_COMPILER =
  "--target es2022 --module commonjs --moduleResolution node --esModuleInterop --resolveJsonModule --skipLibCheck --types node".split(
    " ",
  );

const program = new Command("npm test --")
  .description("Checks types, lint and format, then runs the tests.")
  .argument("[parts...]", "only tests whose path holds one of these; skips the static checks")
  .option("--static", "only types, lint and format");
program.parse();
const parts = program.args;

const checks: [string, string[]][] = [
  ["types", ["tsc", "--project", ROOT]],
  // tslab checks without `strict`, under which some expressions have wider types.
  ["types in notebooks", ["tsc", "--noEmit", ...NOTEBOOK_COMPILER, join(ROOT, "src", "index.ts")]],
  ["lint", ["eslint", "."]],
  ["format", ["prettier", "--check", "--log-level", "warn", "."]],
];
const failed: string[] = [];
for (const [name, [command, ...parameters]] of parts.length ? [] : checks) {
  const start = performance.now();
  const { status } = spawnSync(join(ROOT, "node_modules", ".bin", command), parameters, {
    cwd: ROOT,
    stdio: "inherit",
  });
  console.log(
    `${status === 0 ? "ok" : "FAILED"}: ${name} (${((performance.now() - start) / 1000).toFixed(1)} s)`,
  );
  if (status !== 0) failed.push(name);
}

if (!program.opts<{ static?: boolean }>().static) {
  const files = testsBelow(join(ROOT, "tests")).filter(
    (file) => !parts.length || parts.some((part) => relative(ROOT, file).includes(part)),
  );
  if (!files.length) {
    console.error(`no test has ${parts.join(" or ")} in its path`);
    process.exit(1);
  }
  const heavy = files.filter((file) => HEAVY.test(file));
  const light = files.filter((file) => !HEAVY.test(file));
  if (light.length && !runTests(light, 2)) failed.push("tests");
  if (heavy.length && !runTests(heavy, 1)) failed.push("tests of notebooks and browser");
}
if (failed.length) console.error(`\nFAILED: ${failed.join(", ")}`);
process.exit(failed.length ? 1 : 0);

function runTests(files: string[], concurrency: number): boolean {
  const options = [
    "--import",
    "tsx",
    "--test",
    "--test-reporter=spec",
    `--test-concurrency=${concurrency}`,
  ];
  return (
    spawnSync(process.execPath, [...options, ...files], { cwd: ROOT, stdio: "inherit" }).status ===
    0
  );
}

function testsBelow(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return testsBelow(path);
      return entry.name.endsWith(ENDING) ? [path] : [];
    })
    .sort();
}
