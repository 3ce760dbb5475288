/**
 * Installs the TypeScript kernel and the plot renderer into the Python environment of the project.
 * `npm run setup` calls it.
 */
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const HERE = dirname(fileURLToPath(import.meta.url));

/** The name of the kernel in the metadata of a notebook; tslab itself has the same. */
const KERNEL = "tslab";
const RENDERER = "faster-rcnn-plotly";
/** The script that fits a figure into its place, below the folder of the project. */
const LAYOUT = "src/report/fitted-layout.js";

/**
 * Installs kernel, renderer and settings.
 * @param options
 * @param options.root folder of the project
 * @param options.venv its Python environment
 */
export function installJupyter({ root, venv }) {
  installKernel(root, join(venv, "share", "jupyter", "kernels", KERNEL));
  installRenderer(root, join(venv, "share", "jupyter", "labextensions", RENDERER));
  installSettings(join(venv, "share", "jupyter", "lab", "settings"));
}

/** JupyterLab neither fetches news of its authors nor asks whether it may. */
function installSettings(folder) {
  const settings = {
    "@jupyterlab/apputils-extension:notification": { fetchNews: "false", checkForUpdates: false },
  };
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "overrides.json"), `${JSON.stringify(settings, null, 2)}\n`);
}

function installKernel(root, folder) {
  const tslab = join(root, "node_modules", "tslab", "bin", "tslab");
  const spec = {
    argv: [
      process.execPath,
      "--require",
      join(HERE, "kernel-preload.cjs"),
      tslab,
      "kernel",
      "--config-path={connection_file}",
    ],
    display_name: "TypeScript",
    language: "typescript",
    env: {
      TF_CPP_MIN_LOG_LEVEL: "2",
      MALLOC_MMAP_THRESHOLD_: "1073741824",
      MALLOC_TRIM_THRESHOLD_: "1073741824",
    },
  };
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "kernel.json"), `${JSON.stringify(spec, null, 2)}\n`);
}

function installRenderer(root, folder) {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(join(folder, "static"), { recursive: true });
  cpSync(
    join(root, "node_modules", "plotly.js-dist", "plotly.js"),
    join(folder, "static", "plotly.js"),
  );
  const scripts = [join(root, LAYOUT), join(HERE, "plot-renderer.js")];
  const texts = scripts.map((script) => readFileSync(script, "utf8"));
  // In a function, the first script defines nothing for other extensions.
  writeFileSync(
    join(folder, "static", "plot-renderer.js"),
    `(() => {\n${texts.join("\n")}\n})();\n`,
  );
  const description = {
    name: RENDERER,
    version: "1.0.0",
    description: "Shows Plotly figures of this project in JupyterLab",
    jupyterlab: {
      mimeExtension: true,
      _build: { load: "static/plot-renderer.js", mimeExtension: "./mimeExtension" },
    },
  };
  writeFileSync(join(folder, "package.json"), `${JSON.stringify(description, null, 2)}\n`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const root = dirname(HERE);
  installJupyter({ root, venv: join(root, ".venv") });
}
