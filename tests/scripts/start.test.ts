/** The start of the commands: help and wrong options load no large library. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { packageScripts, scriptFile } from "./command-programs";
import { type Ending, ROOT } from "./run-command";

/** Packages that take a large part of a second to load. */
const LARGE = [
  ...["@tensorflow/tfjs-node-gpu", "@tensorflow/tfjs", "@tensorflow/tfjs-core"],
  ...["plotly.js-dist", "danfojs-node", "sharp", "jsdom", "@napi-rs/canvas"],
  ...["undici", "yaml", "fast-check", "typescript", "esbuild"],
];

const folder = mkdtempSync(join(tmpdir(), "start-"));
after(() => rmSync(folder, { recursive: true }));

/** Runs a command, and returns how it ended and the packages that it loaded. */
function loadedBy(file: string, ...parameters: string[]): Ending & { packages: string[] } {
  const list = join(folder, "packages.json");
  const preloaded = [
    join(ROOT, "jupyter", "node-shim.cjs"),
    join(ROOT, "scripts", "typescript.cjs"),
    join(__dirname, "loaded-packages.cjs"),
  ].flatMap((path) => ["--require", path]);
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [...preloaded, join(ROOT, file), ...parameters],
    {
      cwd: ROOT,
      encoding: "utf8",
      env: {
        ...process.env,
        // What this compiler makes is not the code whose coverage is measured.
        NODE_V8_COVERAGE: undefined,
        LOADED_PACKAGES: list,
      },
    },
  );
  const packages = JSON.parse(readFileSync(list, "utf8")) as string[];
  return { status, stdout, stderr, all: stdout + stderr, packages };
}

const largeOf = (packages: readonly string[]) => packages.filter((name) => LARGE.includes(name));

for (const name of Object.keys(packageScripts)) {
  const file = scriptFile(name);
  if (!file) continue;
  test(`npm run ${name}: --help and an unknown option load no large library`, () => {
    // The first run compiles the files of the command.
    loadedBy(file, "--help");
    for (const [option, expected, output] of [
      ["--help", 0, /^Usage: npm (run )?\w+/m],
      ["--no-such-option", 1, /unknown option '--no-such-option'|required option/],
    ] as const) {
      // JupyterLab gets the options that `lab` does not know.
      if (name === "lab" && option !== "--help") continue;
      const { status, all, packages } = loadedBy(file, option);
      assert.equal(status, expected, all);
      assert.match(all, output);
      assert.ok(packages.includes("commander"), "the list has the packages");
      assert.deepEqual(largeOf(packages), [], option);
    }
  });
}

test("wrong values and wrong combinations of options load no large library", () => {
  const cases: [string, string[], RegExp][] = [
    ["train", ["--preset", "best"], /unknown preset 'best': choose one of auto, default, /],
    ["train", ["--format", "pascal"], /--format must be one of yolo, coco, voc/],
    ["train", ["--minutes", "5"], /--minutes belongs to --preset auto/],
    ["train", ["--resume", "--epochs", "3"], /leave --epochs out/],
    ["crossvalidate", ["--preset", "best"], /unknown preset 'best'/],
    ["crossvalidate", ["--only", "9"], /--only must be numbers from 0 to 4/],
    ["ablation", ["--rows", "two stages"], /no row 'two stages'/],
    ["sweep", ["--folds", "3"], /required option '--space <file>' not specified/],
    ["sweep", ["--preset", "auto"], /--preset must be one of default, .* cannot plan the settings/],
    ["sweep", ["--space", "missing.yaml"], /missing\.yaml/],
    ["detect", ["--plane", "front", "scan.nii"], /--plane must be one of/],
    ["convert", ["data/sample", "--to", "tfrecord"], /--to must be one of yolo, coco/],
    ["notebooks", ["--preset", "best"], /unknown preset 'best'/],
    ["bench", ["--only", "speed"], /speed/],
    ["profile", ["--preset", "best"], /unknown preset 'best'/],
  ];
  for (const [name, parameters, message] of cases) {
    const { status, stderr, packages } = loadedBy(scriptFile(name)!, ...parameters);
    assert.equal(status, 1, stderr);
    assert.match(stderr, message);
    assert.deepEqual(largeOf(packages), [], `${name} ${parameters.join(" ")}`);
  }
});
