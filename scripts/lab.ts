/**
 * `npm run lab [-- --no-browser …]`: starts JupyterLab in the folder of the notebooks, with the
 * project's Python environment. Only this machine can reach it, and only with its token.
 */
import { spawn } from "child_process";
import { join } from "path";
import { Command } from "commander";
import { ROOT } from "./command";
import { labArguments } from "./lab-arguments";

const PYTHON = join(ROOT, ".venv", "bin", "python");

const program = new Command("npm run lab --")
  .description(
    "Starts JupyterLab in the folder of the notebooks. Options are passed on to JupyterLab, for example --no-browser --port 9000.",
  )
  .argument("[options...]", "options of JupyterLab; --help-all lists them")
  .allowUnknownOption()
  .helpOption("--help", "display help for command");
program.parse();

// The cache is filled while JupyterLab starts and the user chooses a notebook. If that fails, the
// first cell reports the same error.
spawn(process.execPath, [join(ROOT, "jupyter", "warm-cache.cjs")], { stdio: "ignore" }).unref();

const parameters = labArguments({
  notebooks: join(ROOT, "notebooks"),
  options: process.argv.slice(2),
  isRoot: process.getuid?.() === 0,
});
const child = spawn(PYTHON, parameters, { stdio: "inherit" });
// The terminal sends SIGINT to JupyterLab too, which asks before it ends.
process.on("SIGINT", () => undefined);
child.on("exit", (code) => process.exit(code ?? 1));
