/** All commands of package.json: their help, their numeric options, and the options in messages. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { before, test } from "node:test";
import type { Command } from "commander";
import ts from "typescript";
import { temporaryFolder } from "../data/files";
import { packageScripts, programOf, scriptFile } from "./command-programs";
import { ROOT, runCommand } from "./run-command";

/** Commands whose help is checked at the same time. */
const CONCURRENCY = 3;

/** Options of other programs that messages mention, and the programs. */
const FOREIGN: Readonly<Record<string, string>> = {
  "--raw": "gdcmconv",
  "--no-deps": "pip",
  "--install": "xcode-select",
  "--no-browser": "JupyterLab",
  "--port": "JupyterLab",
  "--help-all": "JupyterLab",
};

/** Options of the programs that do not use commander. */
const PLAIN: Readonly<Record<string, readonly string[]>> = {
  setup: ["--cpu", "--gpu", "--ray", "--force", "--help"],
  doctor: ["--help"],
};

/** Scripts that start another package's program: its options are not ours to check. */
const OTHER_PROGRAMS = ["format", "docs"];

const programs = new Map<string, Command>();

before(async () => {
  for (const name of Object.keys(packageScripts)) {
    const file = scriptFile(name);
    if (file) programs.set(name, await programOf(file));
  }
});

const optionsOf = (name: string): readonly string[] =>
  PLAIN[name] ?? [...programs.get(name)!.options.map(({ long }) => long!), "--help"];

/** Runs a script of package.json with `--help`, like npm does. */
async function help(name: string): Promise<{ status: number | null; output: string }> {
  const path = [join(ROOT, "node_modules", ".bin"), process.env.PATH].join(delimiter);
  const child = spawn("sh", ["-c", `${packageScripts[name]} --help`], {
    cwd: ROOT,
    env: { ...process.env, PATH: path },
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (chunk: Buffer) => (output += chunk.toString()));
  const status = await new Promise<number | null>((resolve) => child.on("close", resolve));
  return { status, output };
}

test("every command of package.json answers --help with status 0", async () => {
  const names = Object.keys(packageScripts);
  const worker = async () => {
    for (let name = names.pop(); name !== undefined; name = names.pop()) {
      const { status, output } = await help(name);
      assert.equal(status, 0, `${name}: ${output}`);
      if (!OTHER_PROGRAMS.includes(name)) assert.match(output, /^\s*Usage/m, name);
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, worker));
});

test("every numeric option refuses an empty text and words, with a sentence that names it", () => {
  const numeric = /<(number|numbers|steps|count|counts|from:to|width,level|low,high)>/;
  const checked = [...programs].flatMap(([name, { options }]) =>
    options
      // The notebooks have names such as 01.
      .filter(({ flags, long }) => numeric.test(flags) && `${name} ${long}` !== "notebooks --only")
      .map((option) => ({ name, option })),
  );
  assert.ok(checked.length > 20, `${checked.length} options`);
  for (const { name, option } of checked) {
    assert.ok(option.parseArg, `${name} ${option.flags} takes any text`);
    for (const text of ["", " ", "five", "1,", "NaN"])
      assert.throws(
        () => option.parseArg!(text, undefined),
        (error: Error) => error.message.includes(`${option.long} must be`),
        `${name} ${option.flags} takes '${text}'`,
      );
  }
});

test("a wrong option is refused before anything is computed", () => {
  const presetFile = join(temporaryFolder(), "config.yaml");
  writeFileSync(presetFile, "preset: accurate\n");
  const cases: [string, string[], RegExp][] = [
    ["detect", ["--min-score", "", "data/sample"], /--min-score must be a number from 0 to 1/],
    ["detect", ["--out", "", "data/sample"], /--out must be a path, not ''/],
    ["convert", ["", "--to", "yolo", "--out", "copy"], /<from> must be a path, not ''/],
    ["sample", ["--out", " "], /--out must be a path, not ' '/],
    ["train", ["--data", ""], /--data must be a path, not ''/],
    ["crossvalidate", ["--only", "9"], /--only must be numbers from 0 to 4, .* not '9'/],
    ["crossvalidate", ["--only", "1,1"], /--only must be different whole numbers .* not '1,1'/],
    ["ablation", ["--folds", "3", "--only", "3"], /--only must be numbers from 0 to 2/],
    ["ablation", ["--rows", "default;two stages"], /no row 'two stages': choose from default; /],
    ["train", ["--classes", "Ring=a,ring=b"], /--classes must name each old class once/],
    ["train", ["--classes", "Ring,ring"], /--classes must be names that differ in more than case/],
    ["train", ["--label-map", " "], /--label-map must not be empty/],
    ["train", ["--resume", "--plane", "coronal"], /--resume takes everything .* leave --plane out/],
    ["train", ["--from", "run", "--min-area", "9", "--strict"], /leave --strict, --min-area out/],
    ["evaluate", ["--weights", "run", "--split", ""], /--split must not be empty/],
    ["compare", ["run", "--split", ""], /--split must not be empty/],
    ["sweep", ["--space", presetFile, "--train-only", "1.5:2"], /--train-only must be two whole/],
    ["sweep", ["--space", presetFile], /config\.yaml:1: unknown name 'preset': choose from search/],
    ["detect", [], /missing required argument 'paths'/],
    ["detect", ["--slices", "1.5:2", "scan"], /--slices must be two whole numbers/],
    [
      "crossvalidate",
      ["--config", presetFile, "--preset", "default"],
      /names the preset 'accurate', .* --preset accurate/,
    ],
    ["notebooks", ["--only", "9"], /--only must be numbers of notebooks, 00,.* not '9'/],
    ["notebooks", ["--name", "../notebooks"], /--name must be the name of a folder/],
  ];
  for (const [script, parameters, message] of cases) {
    const { status, stdout, stderr } = runCommand(script, ...parameters);
    assert.equal(status, 1, stderr);
    assert.match(stderr, message);
    assert.equal(stdout, "", "something was done before");
  }
});

test("the old name of the preset 'original' still works and names the new one", () => {
  const { status, all } = runCommand("train", "--preset", "seed", "--data", "nowhere");
  assert.equal(status, 1);
  assert.match(all, /The preset 'seed' was renamed to 'original'/);
  assert.match(all, /nowhere: there is no such folder/);
});

test("every option that a message, a help text or a comment names exists", () => {
  const all = new Set(
    Object.keys(packageScripts)
      .filter((name) => !OTHER_PROGRAMS.includes(name))
      .flatMap(optionsOf),
  );
  const wrong: string[] = [];
  for (const file of ["src", "scripts", "bench"].flatMap(sources)) {
    for (const text of textsOf(file)) {
      const known = new Set([...all, ...Object.keys(FOREIGN)]);
      for (const [option] of text.matchAll(OPTION))
        if (!known.has(option)) wrong.push(`${file}: ${option} in '${text}'`);
      for (const [, name, parameters] of text.matchAll(/npm run (\w+) -- ([^`]*)/g))
        for (const [option] of parameters.matchAll(OPTION))
          if (!optionsOf(name).includes(option) && !FOREIGN[option])
            wrong.push(`${file}: npm run ${name} has no ${option}`);
    }
  }
  assert.deepEqual(wrong, []);
});

/** An option, unless it is part of a word or a separator. */
const OPTION = /(?<![\w-])--[a-z][a-z-]*[a-z]/g;

function sources(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return entry.name === "tests" ? [] : sources(path);
    return /\.(ts|mjs)$/.test(entry.name) ? [path] : [];
  });
}

/**
 * The comments and texts of a file that are for people. A text without a blank is a parameter of
 * another program, or an option that a command defines.
 */
function textsOf(file: string): string[] {
  const content = readFileSync(join(ROOT, file), "utf8");
  const texts: string[] = content.match(/^\s*\/\*\*[\s\S]*?\*\/|^\s*\/\/.*$/gm) ?? [];
  const visit = (node: ts.Node): void => {
    if (ts.isStringLiteralLike(node)) texts.push(node.text);
    else if (ts.isTemplateExpression(node))
      texts.push(
        [node.head, ...node.templateSpans.map(({ literal }) => literal)]
          .map(({ text }) => text)
          .join("…"),
      );
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(file, content, ts.ScriptTarget.ES2022));
  return texts.filter((text) => /\s/.test(text.trim()));
}
