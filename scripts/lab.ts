/**
 * `npm run lab [-- --no-browser …]`: JupyterLab at the notebooks, from the project's own Python
 * environment, on this machine's own address with a token.
 */
import { spawn } from "child_process";
import { join } from "path";
import { labArguments } from "./lab-arguments";

const ROOT = join(__dirname, "..");
const PYTHON = join(ROOT, ".venv", "bin", "python");

// While JupyterLab starts and a notebook is chosen. Its own failure would be told by the first
// cell.
spawn(process.execPath, [join(ROOT, "jupyter", "warm-cache.cjs")], { stdio: "ignore" }).unref();

const parameters = labArguments(
  join(ROOT, "notebooks"),
  process.argv.slice(2),
  process.getuid?.() === 0,
);
const child = spawn(PYTHON, parameters, { stdio: "inherit" });
process.on("SIGINT", () => undefined);
child.on("exit", (code) => process.exit(code ?? 1));
