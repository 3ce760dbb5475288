/** `npm run lab [-- --no-browser …]`: JupyterLab at the notebooks, from the project's own Python environment, on this machine's own address with a token. */
import { spawn } from "child_process";
import { join } from "path";

const ROOT = join(__dirname, "..");
const PYTHON = join(ROOT, ".venv", "bin", "python");

// In a container one is often root, and JupyterLab asks whether that is meant.
const asRoot = process.getuid?.() === 0 ? ["--allow-root"] : [];
const folder = ["--notebook-dir", join(ROOT, "notebooks")];

// While JupyterLab starts and a notebook is chosen. Its own failure would be told by the first cell.
spawn(process.execPath, [join(ROOT, "jupyter", "warm-cache.cjs")], { stdio: "ignore" }).unref();

const child = spawn(PYTHON, ["-m", "jupyterlab", ...folder, ...asRoot, ...process.argv.slice(2)], { stdio: "inherit" });
process.on("SIGINT", () => undefined);
child.on("exit", (code) => process.exit(code ?? 1));
