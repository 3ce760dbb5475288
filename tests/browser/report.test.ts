import assert from "node:assert/strict";
import { copyFileSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import type { Page } from "playwright-core";
import { openDataset, type Dataset } from "../../src/data/dataset";
import { detectVolume } from "../../src/inference/detect-volume";
import { evaluate } from "../../src/metrics/evaluate";
import { panelFigure } from "../../src/plots/panels";
import { volumeSlices } from "../../src/plots/volume";
import { evaluationReport } from "../../src/report/evaluation-report";
import { htmlPage } from "../../src/report/page";
import { temporaryFolder } from "../data/files";
import { openFixture } from "../data/volumes/reference";
import { smallDetector } from "../detectors/small-detector";
import { findBrowser } from "./jupyterlab";
import { type OpenedPage, withPage } from "./opened-page";
import { buttonTitles, SENDING } from "./plot-buttons";

const browser = findBrowser();
const skip = browser
  ? false
  : "there is no Chrome or Chromium on the path; CHROME_PATH can name one";

const SAMPLE = join(__dirname, "../../data/sample");
/** In milliseconds: a figure is drawn again within this time after its page got another width. */
const REDRAWN = 500;
/** A picture of one pixel. */
const PIXEL = "data:image/gif;base64,R0lGODlhAQABAAAAACH5BAEKAAEALAAAAAABAAEAAAICTAEAOw==";
/** Figures of a report, at least. */
const REPORT_FIGURES = 9;

/** Opens the text of a page; see `withPage`. */
async function withHtml(
  html: string,
  figures: number,
  look: (opened: OpenedPage) => Promise<void>,
): Promise<void> {
  const path = join(temporaryFolder(), "page.html");
  writeFileSync(path, html);
  await withPage(path, figures, look);
}

/** The report of a data set whose detections are its ground truth. */
async function reportOf(dataset: Dataset): Promise<string> {
  const { images, classNames } = dataset;
  const groundTruths = dataset.groundTruths();
  const detections = groundTruths.map(({ imageId, boxes, classIds }) => ({
    imageId,
    detections: boxes.map((box, i) => ({
      box,
      score: 0.9,
      classId: classIds[i],
      classProbabilities: classIds[i] ? [0.2, 0.8] : [0.8, 0.2],
    })),
  }));
  const evaluation = evaluate(groundTruths, detections, {
    classNames,
    scoreThreshold: 0.5,
    seed: 1,
  });
  return evaluationReport({
    title: `report on ${classNames[0]}`,
    images,
    groundTruths,
    detections,
    classNames,
    evaluation,
    classAware: true,
    stages: null,
    original: null,
    manifest: [`classes ${classNames.join()}`],
  });
}

/** Presses every button of every toolbar; a button that sends a figure would make a request. */
async function pressEveryButton(page: Page): Promise<void> {
  for (const plot of await page.locator(".plot").all()) {
    await plot.scrollIntoViewIfNeeded();
    await plot.hover();
    for (const button of await plot.locator(".modebar-btn").all())
      await button.dispatchEvent("click");
  }
  // A request or a window would follow within this time.
  await page.waitForTimeout(500);
}

test(
  "the report opens from disk without a network, and its plots are drawn and react",
  { skip },
  async () => {
    const dataset = (await openDataset(SAMPLE)).split("test");
    await withHtml(await reportOf(dataset), REPORT_FIGURES, async ({ page, requests, errors }) => {
      assert.equal(await page.locator(".gallery figure").count(), dataset.images.length);
      await page.locator(".plot").first().hover();
      await page.locator("[data-sort=patient]").click();
      assert.deepEqual([errors, requests], [[], []]);
    });
  },
);

test("no button of a report can send a figure, and none makes a request", { skip }, async () => {
  const dataset = (await openDataset(SAMPLE)).split("test");
  await withHtml(await reportOf(dataset), REPORT_FIGURES, async ({ page, requests, errors }) => {
    const titles = await buttonTitles(page);
    assert.ok(titles.length >= REPORT_FIGURES, "there are no toolbars");
    assert.deepEqual(
      titles.filter((title) => SENDING.test(title)),
      [],
    );
    await pressEveryButton(page);
    assert.deepEqual([errors, requests], [[], []]);
    // Nor does Plotly itself know a server.
    const servers = await page.evaluate(
      "[...document.querySelectorAll('.plot')].map((plot) => plot._context.plotlyServerURL)",
    );
    assert.deepEqual(new Set(servers as string[]), new Set([""]));
  });
});

test(
  "no toolbar covers a title, at the width of a narrow and of a wide window",
  { skip },
  async () => {
    const dataset = (await openDataset(SAMPLE)).split("test");
    await withHtml(await reportOf(dataset), REPORT_FIGURES, async ({ page }) => {
      for (const width of [700, 1600]) {
        await page.setViewportSize({ width, height: 900 });
        let compared = 0;
        for (const plot of await page.locator(".plot").all()) {
          await plot.scrollIntoViewIfNeeded();
          await plot.hover();
          const title = await plot.locator(".gtitle").first().boundingBox();
          const toolbar = await plot.locator(".modebar").first().boundingBox();
          if (!title || !toolbar) continue;
          compared++;
          const isBeside =
            title.x + title.width <= toolbar.x || toolbar.y + toolbar.height <= title.y;
          const text = await plot.locator(".gtitle").first().textContent();
          const ends = `ends at ${title.x + title.width}, the toolbar begins at ${toolbar.x}`;
          assert.ok(isBeside, `${width} px: ${text} ${ends}`);
        }
        assert.ok(compared >= REPORT_FIGURES / 2, `${compared} titles`);
      }
    });
  },
);

test("the page of a scan makes no request either, and its slider works", { skip }, async () => {
  const detector = smallDetector();
  const found = await detectVolume(detector, await openFixture("flipped.nii"));
  detector.dispose();
  const figure = await volumeSlices(found, { classNames: ["a", "b"], minScore: 0 });
  const html = htmlPage("a scan", [{ figure }]);
  await withHtml(html, 1, async ({ page, requests, errors }) => {
    const slider = page.locator(".slider-rail-touch-rect");
    const caption = page.locator(".annotation-text").first();
    await slider.scrollIntoViewIfNeeded();
    for (const end of [0, 1, 0]) {
      const before = await caption.textContent();
      // The figure may still grow to its width: the place of the rail is read before each click.
      const rail = (await slider.boundingBox())!;
      await page.mouse.click(rail.x + 2 + end * (rail.width - 4), rail.y + rail.height / 2);
      // The slider starts on a slice in the middle, so that each click changes the slice.
      await page.waitForFunction(
        (text) => document.querySelector(".annotation-text")!.textContent !== text,
        before,
      );
    }
    const titles = await buttonTitles(page);
    assert.deepEqual(
      titles.filter((title) => SENDING.test(title)),
      [],
    );
    await pressEveryButton(page);
    assert.deepEqual([errors, requests], [[], []]);
  });
});

test("titles of panels stay above their panels in a narrow window", { skip }, async () => {
  const panels = ["first", "second", "third", "fourth"].map((name) => ({
    picture: { source: PIXEL, width: 100, height: 100 },
    title: `${name}_slice_104.jpg, patient 00095`,
    groups: [],
    overlays: [{ type: "scatter", x: [50], y: [50] }],
  }));
  const figure = panelFigure(panels, { title: "Four slices", columns: 2 });
  await withHtml(htmlPage("panels", [{ figure }]), 1, async ({ page, errors }) => {
    for (const width of [800, 400, 320]) {
      await page.setViewportSize({ width, height: 900 });
      await page.waitForTimeout(REDRAWN);
      const places = await page
        .locator(".gtitle, .annotation-text")
        .evaluateAll((texts) => texts.map((text) => text.getBoundingClientRect().toJSON()));
      assert.equal(places.length, 1 + panels.length);
      for (const [i, a] of places.entries()) {
        assert.ok(a.right <= width, `a title ends at ${a.right} of ${width} pixels`);
        for (const b of places.slice(i + 1)) {
          const isBeside = a.right <= b.left || b.right <= a.left;
          const isBelow = a.bottom <= b.top + 1 || b.bottom <= a.top + 1;
          assert.ok(isBeside || isBelow, `${width} px: two titles overlap`);
        }
      }
    }
    assert.deepEqual(errors, []);
  });
});

test("figures are no wider than the page, also after its width has changed", { skip }, async () => {
  const dataset = (await openDataset(SAMPLE)).split("test");
  await withHtml(await reportOf(dataset), REPORT_FIGURES, async ({ page, errors }) => {
    for (const width of [1300, 760]) {
      await page.setViewportSize({ width, height: 800 });
      await page.waitForFunction(
        "[...document.querySelectorAll('.plot')].every((plot) => plot.querySelector('.main-svg').clientWidth <= plot.clientWidth)",
      );
    }
    assert.deepEqual(errors, []);
  });
});

/** Markup as a file name; names of files have no slash. */
const HARM = `"'><img src=x onerror=hacked=1><a href=https:evil.example>go<svg onload=hacked=2>`;
const CLASSES = [
  `</script><script>hacked=3</script>`,
  `<a href="https://evil.example">${HARM}</a>`,
];

test(
  "file, patient and class names with markup are text, in paragraphs, gallery and plots",
  { skip },
  async () => {
    const folder = temporaryFolder();
    writeFileSync(
      join(folder, "data.yaml"),
      `test: images/test\nnames: ${JSON.stringify(CLASSES)}\n`,
    );
    for (const kind of ["images", "labels"]) {
      mkdirSync(join(folder, kind, "test"), { recursive: true });
      for (const file of readdirSync(join(SAMPLE, kind, "test")))
        copyFileSync(
          join(SAMPLE, kind, "test", file),
          join(folder, kind, "test", `${HARM}${file}`),
        );
    }
    const dataset = (await openDataset(folder)).split("test");
    assert.deepEqual(dataset.classNames, CLASSES);
    assert.ok(
      dataset.images.every(
        ({ id, patient, annotations }) =>
          id.includes(HARM) && patient?.startsWith(HARM) && annotations,
      ),
    );
    await withHtml(await reportOf(dataset), REPORT_FIGURES, async ({ page, requests, errors }) => {
      // The hover text of every plot where the mouse finds one.
      for (const plot of await page.locator(".plot").all()) await plot.hover();
      await page.locator("[data-sort=file]").click();
      assert.deepEqual([errors, requests], [[], []]);
      assert.equal(await page.evaluate("typeof hacked"), "undefined");
      assert.equal(await page.locator("img[src=x], svg[onload], a[href*=evil]").count(), 0);
      assert.equal(
        await page.locator("script").count(),
        3,
        "Plotly, the figures and the script of the gallery",
      );
      assert.ok((await page.locator("figcaption").first().textContent())!.includes(HARM));
      assert.ok((await page.locator("h1").textContent())!.includes(CLASSES[0]));
      // Plotly would make links of some tags; its figures hold none.
      const texts = (await page.evaluate("JSON.stringify(figures)")) as string;
      const tags = [...texts.matchAll(/.{0,60}<(?:img|svg|script|a ).{0,60}/g)].map(
        ([place]) => place,
      );
      assert.deepEqual(tags, []);
    });
  },
);
