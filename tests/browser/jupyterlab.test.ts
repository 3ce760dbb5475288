import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import sharp from "sharp";
import { figureJson } from "../../src/display/message";
import { figure } from "../../src/plots/figure";
import { findBrowser, Lab, type LabCell, notebookText } from "./jupyterlab";
import { buttonTitles, SENDING, titlePlaces } from "./plot-buttons";

/** In milliseconds: a stop also ends cells that arrive within this time. */
const AFTER_STOP = 400;
const NOTEBOOK = join(__dirname, "..", "..", "notebooks", "02-anchors.ipynb");
const PLOTLY_TYPE = "application/vnd.plotly.v1+json";
/** Folder for screenshots of the tests, for a person to look at. */
const { SCREENSHOTS } = process.env;

/** A trainer with a network so small that a step takes milliseconds. */
const TRAINING = [
  `import { figures, openDataset, show, Trainer } from "./src/index";
import { configure } from "./src/config/index";
import { smallConfig, smallDetector } from "./tests/detectors/small-detector";

const config = configure(smallConfig, { training: { epochs: 100000 } });
const { train, validation } = (await openDataset("../data/sample")).partition({ seed: 1 });
const trainer = new Trainer({
  detector: smallDetector(config),
  train: train.subset((image) => train.images.indexOf(image) < 12),
  validation: validation.subset((image) => validation.images.indexOf(image) < 4),
});`,
  "await show.live((signal) => trainer.fit({ signal }), () => [figures.losses(trainer.history)]);",
  "console.log(trainer.history.steps.length);",
];

/** A figure that asks for the button that sends it away, as one of another library may. */
const SENT = `import { sendDisplay } from "./src/display/notebook";
const data = [{ type: "scatter", x: [1, 2], y: [1, 2] }];
const config = { showSendToCloud: true };
sendDisplay({ data: { "${PLOTLY_TYPE}": { data, layout: {}, config } } });`;

const LONG_TITLE = "A title of many words that is much longer than a narrow window is wide, in all";
/** In pixels: windows from a narrow one, in which JupyterLab shows its file browser, to a wide one. */
const WINDOW_WIDTHS = [1600, 1000, 700];
/** In milliseconds: a plot is drawn again within this time after its cell got another width. */
const REDRAWN = 1000;

const browser = findBrowser();
const reason = "there is no Chrome or Chromium on the path; CHROME_PATH can name one";
if (!browser) console.log(`The browser tests are skipped: ${reason}.`);

test("notebooks in a real JupyterLab", { skip: browser ? false : reason }, async (context) => {
  const notebooks = {
    "02-anchors.ipynb": withoutOutputs(readFileSync(NOTEBOOK, "utf8")),
    "training.ipynb": notebookText(TRAINING),
    "sent.ipynb": notebookText([SENT]),
    "title.ipynb": withFigure(notebookText(["draw()"])),
  };
  const lab = await Lab.start(browser!, notebooks);
  try {
    await context.test(
      "no button sends a plot away, not even where the plot asks for it",
      async () => {
        const notebook = await lab.open("sent.ipynb");
        await notebook.runAll();
        await notebook.page.locator(".modebar-btn").first().waitFor({ state: "attached" });
        const titles = await buttonTitles(notebook.page);
        assert.ok(
          titles.some((title) => /Download/.test(title)),
          titles.join(),
        );
        assert.deepEqual(
          titles.filter((title) => SENDING.test(title)),
          [],
        );

        // The picture that the toolbar saves has a background.
        const [saved] = await Promise.all([
          notebook.page.waitForEvent("download"),
          notebook.page.locator('[data-title^="Download"]').first().dispatchEvent("click"),
        ]);
        const { isOpaque } = await sharp(await saved.path()).stats();
        assert.ok(isOpaque, "the picture is transparent");
        await notebook.page.close();
      },
    );

    await context.test("titles end before the toolbar at any width of the window", async () => {
      const { page } = await lab.open("title.ipynb");
      await page.locator(".gtitle").first().waitFor();
      for (const width of WINDOW_WIDTHS) {
        await page.setViewportSize({ width, height: 900 });
        await page.waitForTimeout(REDRAWN);
        const [{ right, toolbar, text }] = await titlePlaces(page);
        assert.ok(
          right <= toolbar,
          `at ${width} px the title ends at ${right}, the bar begins at ${toolbar}`,
        );
        assert.equal(text.replace(/\s/g, ""), LONG_TITLE.replace(/\s/g, ""));
        if (SCREENSHOTS) await page.screenshot({ path: join(SCREENSHOTS, `title-${width}.png`) });
      }
      await page.close();
    });

    await context.test(
      "all cells of notebook 02 run, and its plots react to the mouse",
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
          // One of the places on the way has a hover text.
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
      "a live plot changes while its cell runs; after a stop training continues",
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
        assert.match(String(line.data!["text/plain"]), /^stopped after \d+ complete epochs/);
        const plot = figure.data![PLOTLY_TYPE] as { data: { y: number[] }[] };
        assert.ok(figure.data!["image/svg+xml"]);
        if (SCREENSHOTS) await notebook.page.screenshot({ path: join(SCREENSHOTS, "stop.png") });

        await notebook.page.waitForTimeout(AFTER_STOP);
        await notebook.runCell(2);
        await notebook.waitForCells((cells) => cells[2].execution_count);
        const steps = Number(await notebook.written(2, "stdout"));
        assert.ok(steps >= 2, `the history has ${steps} steps`);
        assert.ok(plot.data[0].y.length <= steps, "the plot has more steps than the history");

        await notebook.runCell(1);
        await notebook.waitForCells(
          (cells) => cells[1].execution_count === null && (cells[1].outputs ?? []).length > 1,
        );
        await notebook.stop();
        await notebook.waitForCells((cells) => cells[1].execution_count);
        await notebook.page.waitForTimeout(AFTER_STOP);
        await notebook.runCell(2);
        await notebook.waitForCells((cells) => cells[2].execution_count === 5);
        assert.ok(
          Number(await notebook.written(2, "stdout")) > steps,
          "the second run started at the first step",
        );
        await notebook.page.close();
      },
    );
  } finally {
    await lab.close();
  }
});

/** The notebook without the outputs in its file: the test must see those of its own run. */
function withoutOutputs(text: string): string {
  const notebook = JSON.parse(text) as { cells: LabCell[] };
  const cells = notebook.cells.map((cell) =>
    cell.cell_type === "code" ? { ...cell, outputs: [], execution_count: null } : cell,
  );
  return JSON.stringify({ ...notebook, cells });
}

/** A notebook whose first cell has a figure with a long title as its output. */
function withFigure(text: string): string {
  const notebook = JSON.parse(text) as { cells: { outputs: object[] }[] };
  const line = { type: "scatter", x: [1, 2, 3], y: [2, 1, 3] };
  const data = { [PLOTLY_TYPE]: figureJson(figure([line], LONG_TITLE)) };
  notebook.cells[0].outputs = [{ output_type: "display_data", metadata: {}, data }];
  return JSON.stringify(notebook);
}
