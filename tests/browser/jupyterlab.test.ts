import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { findBrowser, Lab, LabCell, notebookText } from "./jupyterlab";

const NOTEBOOK = join(__dirname, "..", "..", "notebooks", "02-anchors.ipynb");
const PLOTLY_TYPE = "application/vnd.plotly.v1+json";
/** Folder for pictures of what the tests see, for a person to look at. */
const { SCREENSHOTS } = process.env;

/** A real trainer with a network that is small enough to make a step in no time. */
const TRAINING = [
  `import { figures, openDataset, show, Trainer } from "./src/index";
import { configure } from "./src/config";
import { smallConfig, smallDetector } from "./tests/model/small-detector";

const config = configure(smallConfig, { training: { epochs: 100000 } });
const { train, validation } = (await openDataset("../data/sample")).partition({ seed: 1 });
const some = train.subset((image) => train.images.indexOf(image) < 12);
const trainer = new Trainer({ detector: smallDetector(config), train: some, validation: validation.subset((image) => validation.images.indexOf(image) < 4) });`,
  "await show.live((signal) => trainer.fit({ signal }), () => [figures.losses(trainer.history)]);",
  "console.log(trainer.history.steps.length);",
];

const browser = findBrowser();
const reason = "there is no Chrome or Chromium on the path; CHROME_PATH can name one";
if (!browser) console.log(`The browser tests are left out: ${reason}.`);

test("notebooks in a real JupyterLab", { skip: browser ? false : reason }, async (context) => {
  const notebooks = {
    "02-anchors.ipynb": withoutOutputs(readFileSync(NOTEBOOK, "utf8")),
    "training.ipynb": notebookText(TRAINING),
  };
  const lab = await Lab.start(browser!, notebooks);
  try {
    await context.test(
      "all cells of notebook 02 run, and its plots are there and react to the mouse",
      async () => {
        const notebook = await lab.open("02-anchors.ipynb");
        await notebook.runAll();
        const outputs = (await notebook.cells()).flatMap((cell) => cell.outputs ?? []);
        assert.ok(outputs.filter(({ data }) => data?.[PLOTLY_TYPE]).length >= 3);
        assert.deepEqual(
          outputs.filter(({ name }) => name === "stderr"),
          [],
        );

        const plots = notebook.page.locator(".js-plotly-plot");
        const lines = plots
          .filter({ has: notebook.page.locator(".scatterlayer .js-line") })
          .first();
        await lines.scrollIntoViewIfNeeded();
        const area = (await lines.locator(".nsewdrag").first().boundingBox())!;
        const label = lines.locator(".hoverlayer .hovertext").first();
        for (let i = 1; !(await label.isVisible()); i = (i % 19) + 1) {
          // Somewhere along the way there is a point to hover.
          await notebook.page.mouse.move(
            area.x + (area.width * i) / 20,
            area.y + (area.height * ((i * 7) % 20)) / 20,
          );
          await notebook.page.waitForTimeout(150);
        }
        assert.notEqual(await label.textContent(), "");
        if (SCREENSHOTS) await notebook.page.screenshot({ path: join(SCREENSHOTS, "hover.png") });
        await notebook.page.close();
      },
    );

    await context.test(
      "a live plot changes while its cell runs; stopping keeps the history, and training goes on",
      async () => {
        const notebook = await lab.open("training.ipynb");
        await notebook.runCell(0);
        await notebook.waitForCells((cells) => cells[0].execution_count);
        await notebook.runCell(1);
        const curve = notebook.page.locator(".js-plotly-plot .scatterlayer .js-line").first();
        await curve.waitFor();
        const first = await curve.getAttribute("d");
        while ((await curve.getAttribute("d")) === first) await notebook.page.waitForTimeout(100);
        assert.equal(
          (await notebook.cells())[1].execution_count,
          null,
          "the cell has ended before its plot changed",
        );

        await notebook.stop();
        await notebook.waitForCells((cells) => cells[1].execution_count);
        const [line, figure] = (await notebook.cells())[1].outputs!;
        assert.match(String(line.data!["text/plain"]), /^stopped after \d+ whole epochs/);
        const shown = figure.data![PLOTLY_TYPE] as { data: { y: number[] }[] };
        assert.ok(figure.data!["image/svg+xml"]);
        if (SCREENSHOTS) await notebook.page.screenshot({ path: join(SCREENSHOTS, "stop.png") });

        await notebook.runCell(2);
        await notebook.waitForCells((cells) => cells[2].execution_count);
        const steps = Number(await notebook.written(2, "stdout"));
        assert.ok(steps >= 2, `${steps} steps are kept`);
        assert.ok(shown.data[0].y.length <= steps, "the plot shows more than the history holds");

        await notebook.runCell(1);
        await notebook.waitForCells(
          (cells) => cells[1].execution_count === null && (cells[1].outputs ?? []).length > 1,
        );
        await notebook.stop();
        await notebook.waitForCells((cells) => cells[1].execution_count);
        await notebook.runCell(2);
        await notebook.waitForCells((cells) => cells[2].execution_count === 5);
        assert.ok(Number(await notebook.written(2, "stdout")) > steps, "the second run began anew");
        await notebook.page.close();
      },
    );
  } finally {
    await lab.close();
  }
});

/** The notebook as it is before it runs, so that what is seen was made here. */
function withoutOutputs(text: string): string {
  const notebook = JSON.parse(text) as { cells: LabCell[] };
  const cells = notebook.cells.map((cell) =>
    cell.cell_type === "code" ? { ...cell, outputs: [], execution_count: null } : cell,
  );
  return JSON.stringify({ ...notebook, cells });
}
