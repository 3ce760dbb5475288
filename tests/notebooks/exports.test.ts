/** A notebook as a program and as a page, as JupyterLab's menu exports them. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { copyFileSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { figureJson } from "../../src/display/message";
import { figure } from "../../src/plots/figure";
import { labArguments, labEnvironment } from "../../scripts/lab-arguments";
import { findBrowser } from "../browser/jupyterlab";
import { withPage } from "../browser/opened-page";
import { buttonTitles, SENDING, titlePlaces } from "../browser/plot-buttons";
import { temporaryFolder } from "../data/files";
import { ROOT } from "./kernel";

const PYTHON = join(ROOT, ".venv", "bin", "python");
/** In milliseconds: a plot is drawn again within this time after its page got another width. */
const REDRAWN = 500;
const TSX = join(ROOT, "node_modules", ".bin", "tsx");

/**
 * Exports a notebook with the options of `npm run lab`, and with others.
 * @returns the path of the result
 */
function exported(format: "script" | "html", notebook: object, others: string[] = []): string {
  const folder = temporaryFolder();
  const file = join(folder, "mine.ipynb");
  writeFileSync(file, JSON.stringify({ nbformat: 4, nbformat_minor: 5, ...notebook }));
  const options = labArguments({ notebooks: folder, options: [], isRoot: false });
  const { status, stderr } = spawnSync(
    PYTHON,
    [
      ...["-m", "nbconvert", "--to", format, file],
      ...options.filter((option) => /^--(HTML|Script)Exporter/.test(option)),
      ...others,
    ],
    { env: labEnvironment(process.env), encoding: "utf8" },
  );
  assert.equal(status, 0, stderr);
  return join(folder, format === "html" ? "mine.html" : "mine.ts");
}

function codeCell(source: string, outputs: object[] = []): object {
  const id = `cell-${source.length}`;
  return { cell_type: "code", id, metadata: {}, execution_count: null, outputs, source };
}

const TYPESCRIPT = { language_info: { name: "typescript", file_extension: ".ts" } };

test("a notebook that is exported as a script is a program that tsx runs", () => {
  const path = exported("script", {
    metadata: TYPESCRIPT,
    cells: [
      { cell_type: "markdown", id: "m", metadata: {}, source: "# Title */\n\ntext" },
      codeCell(`import { sep } from "path";\nimport * as os from "os";\nimport "assert";\nsep;`),
      codeCell(`import { basename as base, sep } from "path";\nimport * as os from "os";
import fs, { readFileSync } from "fs";
// A variable that a later cell declares again.
const value: number = await Promise.resolve(1);
const { a, b: [c] } = { a: 1, b: [2] };
function twice(x: number) { return 2 * x; }
class Thing { name = "first"; }
console.log(value, twice(value), new Thing().name, base("x/y"), a + c, typeof os.EOL);`),
      codeCell(`const value = "again";\nlet a = \`two
lines\`;
function twice(x: number) { return 20 * x; }
class Thing { name = "second"; }
interface Shape { x: number }
console.log(value, twice(1), new Thing().name, a);
for await (const x of [Promise.resolve(7)]) console.log(x);
typeof fs.existsSync === typeof readFileSync && console.log("effect")`),
      codeCell("({ value, a: 1 })"),
      codeCell('await (Promise.resolve([1, 2]))["constructor"].name'),
    ],
  });
  const { stdout, stderr } = spawnSync(TSX, [path], { cwd: "/", encoding: "utf8" });
  assert.equal(stderr, "");
  assert.equal(
    stdout,
    `/
1 2 first y 3 string
again 20 second two
lines
7
effect
{ value: 'again', a: 1 }
Promise
`,
  );
  assert.match(readFileSync(path, "utf8"), /^\/\/ # Title \*\/\n\/\/\n\/\/ text$/m);
});

test("a cell without a semicolon at its end does not continue in the next", () => {
  const path = exported("script", {
    metadata: TYPESCRIPT,
    cells: [
      codeCell("const count = 5\nconst twice = (x: number) => 2 * x // comment"),
      codeCell("(count + 1).toFixed(1)"),
      codeCell("twice(count)"),
      codeCell("[1, 2].forEach((x) => console.log(x))"),
    ],
  });
  const { stdout, stderr } = spawnSync(TSX, [path], { encoding: "utf8" });
  assert.equal(stderr, "");
  assert.equal(stdout, "6.0\n10\n1\n2\n");
});

test("a program shows what the last expression of a cell shows in a notebook", () => {
  const path = exported("script", {
    metadata: TYPESCRIPT,
    cells: [
      codeCell(
        'import { show } from "./src/index";\nimport { Dataset } from "./src/data/dataset";\nconst set = new Dataset({ root: "/mine", classNames: ["a"], images: [] });\nset',
      ),
      codeCell("const later = async () => ({ a: 1 });\nlater()"),
      codeCell("await later()"),
      codeCell('// A figure.\nawait show({ data: [], layout: { title: { text: "A title" } } });'),
      codeCell("const nothing = () => undefined;\nnothing()"),
      codeCell("[1, 2].push(3)"),
    ],
  });
  // A program lies in the folder of the notebooks.
  const program = join(ROOT, "notebooks", "own", "test-exported.ts");
  copyFileSync(path, program);
  const { stdout, stderr } = spawnSync(TSX, [program], { encoding: "utf8" });
  rmSync(program);
  assert.equal(stderr, "");
  assert.equal(
    stdout,
    `Dataset mine: 0 images of 0 patients, 0 boxes; classes a; splits 
{ a: 1 }
{ a: 1 }
[figure: A title]
3
`,
  );
});

test("a name that one cell imports and a later cell declares keeps both values in turn", () => {
  const path = exported("script", {
    metadata: TYPESCRIPT,
    cells: [
      codeCell(
        'import { basename, dirname as folder } from "path";\nimport fs, * as all from "fs";',
      ),
      codeCell('console.log(basename("a/b"), folder("a/b"), typeof fs, typeof all);'),
      codeCell("const basename = 1;\nlet folder = 2, fs = 3;\nfunction all() { return 4; }"),
      codeCell("console.log(basename, folder, fs, all());"),
    ],
  });
  const { stdout, stderr } = spawnSync(TSX, [path], { encoding: "utf8" });
  assert.equal(stderr, "");
  assert.equal(stdout, "b a object object\n1 2 3 4\n");
});

test("a program ends with the error of a cell", () => {
  const path = exported("script", {
    metadata: TYPESCRIPT,
    cells: [codeCell("console.log(1);"), codeCell('throw new Error("not here");')],
  });
  const { status, stdout, stderr } = spawnSync(TSX, [path], { encoding: "utf8" });
  assert.equal(status, 1);
  assert.equal(stdout, "1\n");
  assert.match(stderr, /not here/);
});

test("a script in another language stays as it is", () => {
  const path = exported("script", {
    metadata: { language_info: { name: "other", file_extension: ".ts" } },
    cells: [codeCell("x <- 1"), codeCell("y <- 2")],
  });
  assert.match(readFileSync(path, "utf8"), /^x <- 1\n\ny <- 2\n$/m);
});

/** A plot whose texts would end a script, and that asks for the button that sends it away. */
function plotOutput(title: string): object {
  const figure = {
    data: [{ type: "scatter", x: [1, 2], y: [1, 3] }],
    layout: { title: { text: title }, width: 4000, height: 300, hoverdistance: -1 },
    config: { showSendToCloud: true },
  };
  const data = { "application/vnd.plotly.v1+json": figure, "image/svg+xml": "<svg/>" };
  return { output_type: "display_data", metadata: {}, data };
}

const browser = findBrowser();

test(
  "a notebook that is exported as a page has interactive plots and makes no request",
  { skip: browser ? false : "there is no Chrome or Chromium on the path" },
  async () => {
    const outputs = [plotOutput("one </script><script>hacked=1</script>"), plotOutput("two")];
    const path = exported("html", {
      metadata: TYPESCRIPT,
      cells: [codeCell("draw()", outputs), codeCell("more()", [plotOutput("three")])],
    });
    await withPage(path, 3, async ({ page, requests, errors }) => {
      assert.deepEqual(await page.locator(".gtitle").allTextContents(), [
        "one </script><script>hacked=1</script>",
        "two",
        "three",
      ]);
      assert.equal(await page.evaluate("typeof hacked"), "undefined");
      const [plot] = await page.locator(".js-plotly-plot").all();
      await plot.locator(".nsewdrag").hover();
      await plot.locator(".hoverlayer .hovertext").first().waitFor();
      const widths = (await page.evaluate(
        "[...document.querySelectorAll('.js-plotly-plot')].map((p) => [p.querySelector('.main-svg').clientWidth, p.clientWidth])",
      )) as [number, number][];
      for (const [drawn, room] of widths) assert.ok(drawn <= room, `${drawn} of ${room} px`);
      const titles = await buttonTitles(page);
      assert.ok(titles.length > 0);
      assert.ok(!titles.some((title) => SENDING.test(title)), titles.join());
      assert.deepEqual([requests, errors], [[], []]);
    });
  },
);

for (const theme of ["light", "dark"])
  test(
    `in a ${theme} page, titles end before the toolbar at any width, and its buttons can be seen`,
    { skip: browser ? false : "there is no Chrome or Chromium on the path" },
    async () => {
      const title = "A title of many words that is much longer than a narrow page is wide, in all";
      const line = { type: "scatter", x: [1, 2, 3], y: [2, 1, 3] };
      const data = { "application/vnd.plotly.v1+json": figureJson(figure([line], title)) };
      const outputs = [{ output_type: "display_data", metadata: {}, data }];
      const path = exported(
        "html",
        { metadata: TYPESCRIPT, cells: [codeCell("draw()", outputs)] },
        [`--HTMLExporter.theme=${theme}`],
      );
      await withPage(path, 1, async ({ page }) => {
        for (const width of [1600, 700, 400]) {
          await page.setViewportSize({ width, height: 800 });
          await page.waitForTimeout(REDRAWN);
          const places = await titlePlaces(page);
          assert.equal(places.length, 1);
          for (const { right, toolbar, text } of places) {
            assert.ok(
              right <= toolbar,
              `at ${width} px the title ends at ${right}, the bar begins at ${toolbar}`,
            );
            assert.equal(text.replace(/\s/g, ""), title.replace(/\s/g, ""));
          }
        }
        const fills = await page.$$eval(".modebar-btn path", (paths) =>
          paths.map((icon) => getComputedStyle(icon).fill),
        );
        const contrast = theme === "dark" ? "255, 255, 255" : "0, 0, 0";
        assert.ok(fills.length > 0);
        for (const fill of fills)
          assert.match(fill, new RegExp(`^rgba\\(${contrast}, 0\\.(6|87)\\)$`));
      });
    },
  );
