/**
 * `npm run mutate [-- FILE …]`: mutation testing with Stryker. It changes the sources at one place
 * at a time, runs their tests, and lists the changes that no test notices.
 */
import { spawnSync } from "child_process";
import { existsSync, statSync } from "fs";
import { join } from "path";
import { Command } from "commander";
import { ROOT } from "./command";

/** A folder with packages of its own, so that the set-up of the project does not install them. */
const FOLDER = join(ROOT, "mutation");
const LOCK_FILE = join(FOLDER, "package-lock.json");
/** npm writes it at the end of an installation. */
const INSTALLED = join(FOLDER, "node_modules", ".package-lock.json");
const STRYKER = join(FOLDER, "node_modules", "@stryker-mutator", "core", "bin", "stryker.js");

const program = new Command("npm run mutate --")
  .description(
    "Changes the sources at one place at a time, and lists the changes that no test notices. Takes about an hour; the report is in runs/mutation.",
  )
  .argument(
    "[files...]",
    "the sources to change, for example src/boxes/nms.ts; default: those of mutation/stryker.config.json",
  );
program.parse();

const isInstalled =
  existsSync(INSTALLED) && statSync(INSTALLED).mtimeMs > statSync(LOCK_FILE).mtimeMs;
if (!isInstalled) start("npm", ["ci", "--ignore-scripts", "--workspaces=false"], FOLDER);
const files = program.args.length ? ["--mutate", program.args.join(",")] : [];
start(process.execPath, [STRYKER, "run", join(FOLDER, "stryker.config.json"), ...files], ROOT);

/** Runs a program; ends this process with its status when it fails. */
function start(command: string, parameters: readonly string[], cwd: string): void {
  const { status } = spawnSync(command, parameters, { cwd, stdio: "inherit" });
  if (status !== 0) process.exit(status ?? 1);
}
