/** What the Markdown files say of the project is true: links, commands, options and paths. */
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { anchors, codeSpans, links, page, pages, ROOT, undefinedReferences } from "./markdown";

const ALL = pages();
const MAX_COLUMNS = 100;

/** Pages that a command writes. */
const GENERATED = ["bench/growth.md", "bench/load.md", "bench/results.md"];

test("the pages that this test reads are there", () => {
  const paths = ALL.map(({ path }) => path);
  for (const path of ["README.md", "environment.md", "docs/commands.md", "data/README.md"])
    assert.ok(paths.includes(path), path);
});

test("every relative link leads to a file, and every anchor to a heading", () => {
  const broken = ALL.flatMap((from) =>
    links(from).flatMap(({ line, target }) => {
      if (/^[a-z]+:/i.test(target)) return [];
      const [file, anchor] = target.split("#");
      const path = file ? join(dirname(from.path), decodeURI(file)) : from.path;
      const where = `${from.path}:${line}: ${target}`;
      if (!existsSync(join(ROOT, path))) return [`${where}: there is no ${path}`];
      if (!anchor) return [];
      if (!path.endsWith(".md")) return [`${where}: only Markdown files have anchors`];
      return anchors(page(path)).has(anchor) ? [] : [`${where}: no heading gives this anchor`];
    }),
  );
  assert.deepEqual(broken, []);
});

test("every reference link has a definition", () => {
  const broken = ALL.flatMap((from) =>
    undefinedReferences(from).map(({ line, target }) => `${from.path}:${line}: [${target}]`),
  );
  assert.deepEqual(broken, []);
});

test("every command in the pages is in package.json", () => {
  const { scripts } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as {
    scripts: Record<string, string>;
  };
  const unknown = ALL.flatMap(({ path, lines }) =>
    lines.flatMap(({ number, text }) =>
      [...text.matchAll(/\bnpm run ([a-z][\w:-]*)/g)]
        .filter(([, name]) => !Object.hasOwn(scripts, name))
        .map(([command]) => `${path}:${number}: ${command}`),
    ),
  );
  assert.deepEqual(unknown, []);
});

test("every option of a command in the pages is one that the sources define", () => {
  const sources = ["scripts", "bench"]
    .flatMap((folder) => readdirSync(join(ROOT, folder)).map((name) => join(ROOT, folder, name)))
    .filter((path) => /\.(ts|mjs)$/.test(path))
    .map((path) => readFileSync(path, "utf8"))
    .join("\n");
  const defined = new Set([...sources.matchAll(/["'`](--[a-z][a-z-]*)/g)].map((match) => match[1]));
  const unknown = ALL.flatMap(({ path, lines }) =>
    lines.flatMap(({ number, text }) =>
      [...text.matchAll(/\bnpm (?:run )?([a-z][\w-]*) -- ([^`|#]*)/g)]
        // What follows `npm run lab --` are options of JupyterLab.
        .filter(([, command]) => command !== "lab")
        .flatMap(([, , options]) => options.match(/--[a-z][a-z-]*/g) ?? [])
        .filter((option) => !defined.has(option))
        .map((option) => `${path}:${number}: ${option}`),
    ),
  );
  assert.deepEqual(unknown, []);
});

test("every path of the project in backticks exists", () => {
  const folders = readdirSync(ROOT).filter(
    (name) =>
      name !== "node_modules" && name !== "runs" && statSync(join(ROOT, name)).isDirectory(),
  );
  const missing = ALL.flatMap(({ path, lines }) =>
    codeSpans({ path, lines })
      .filter(({ text }) => /^[\w.@/-]+$/.test(text) && text.includes("/"))
      .filter(({ text }) => folders.includes(text.split("/")[0]) && !text.includes(".venv"))
      .filter(({ text }) => !existsSync(join(ROOT, text)))
      .map(({ line, text }) => `${path}:${line}: ${text}`),
  );
  assert.deepEqual(missing, []);
});

test("prose is wrapped at 100 columns", () => {
  const long = ALL.filter(({ path }) => !GENERATED.includes(path)).flatMap(({ path, lines }) =>
    lines
      .filter(({ kind, text }) => kind === "prose" && [...withoutLinks(text)].length > MAX_COLUMNS)
      .map(({ number, text }) => `${path}:${number}: ${[...text].length} columns`),
  );
  assert.deepEqual(long, []);
});

/** A link cannot be wrapped: only its text counts. */
function withoutLinks(text: string): string {
  return text.replace(/\]\([^)]*\)/g, "]");
}
