/** `npm run lab`: JupyterLab at the notebooks, from the project's own Python environment. */
import { spawn } from "child_process";
import { join } from "path";

const ROOT = join(__dirname, "..");
const PYTHON = join(ROOT, ".venv", "bin", "python");

const child = spawn(PYTHON, ["-m", "jupyterlab", "--notebook-dir", join(ROOT, "notebooks"), ...process.argv.slice(2)], {
  stdio: "inherit",
});
process.on("SIGINT", () => undefined);
child.on("exit", (code) => process.exit(code ?? 1));
