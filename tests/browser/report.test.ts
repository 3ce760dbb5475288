import assert from "node:assert/strict";
import { copyFileSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { pathToFileURL } from "node:url";
import { chromium, type Page } from "playwright-core";
import { openDataset, type Dataset } from "../../src/data/dataset";
import { evaluate } from "../../src/metrics/evaluate";
import { evaluationReport } from "../../src/report/evaluation-report";
import { temporaryFolder } from "../data/files";
import { findBrowser } from "./jupyterlab";

const browser = findBrowser();
const reason = "there is no Chrome or Chromium on the path; CHROME_PATH can name one";

const SAMPLE = join(__dirname, "../../data/sample");

/** What a report page did as it opened and was used. */
interface Opened {
  readonly page: Page;
  /** Addresses asked that are not on this disk. */
  readonly asked: readonly string[];
  readonly errors: readonly string[];
}

/**
 * Opens the report of a data set whose detections are its truth, in a browser, until all plots are
 * drawn.
 */
async function withReport(
  folder: string,
  dataset: Dataset,
  look: (opened: Opened) => Promise<void>,
): Promise<void> {
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
  const judged = {
    images,
    groundTruths,
    detections,
    classNames,
    evaluation,
    stages: null,
    original: null,
  };
  const path = join(folder, "report.html");
  writeFileSync(
    path,
    await evaluationReport({
      title: `report on ${classNames[0]}`,
      ...judged,
      manifest: [`classes ${classNames.join()}`],
    }),
  );
  const launched = await chromium.launch({ executablePath: browser!, args: ["--no-sandbox"] });
  try {
    const page = await launched.newPage();
    const asked: string[] = [];
    const errors: string[] = [];
    page.on(
      "request",
      (request) => /^(file|data|blob):/.test(request.url()) || asked.push(request.url()),
    );
    page.on("pageerror", (error) => errors.push(error.message));
    await page.goto(pathToFileURL(path).href);
    await page.waitForFunction("document.querySelectorAll('.plot .main-svg').length >= 9");
    await look({ page, asked, errors });
  } finally {
    await launched.close();
  }
}

test(
  "the report opens from disk without a network, and its plots are drawn and react",
  { skip: browser ? false : reason },
  async () => {
    const dataset = (await openDataset(SAMPLE)).split("test");
    await withReport(temporaryFolder(), dataset, async ({ page, asked, errors }) => {
      assert.equal(await page.locator(".gallery figure").count(), dataset.images.length);
      await page.locator(".plot").first().hover();
      await page.locator("[data-sort=patient]").click();
      assert.deepEqual([errors, asked], [[], []]);
    });
  },
);

/** In names of files there is no slash. */
const HARM = `"'><img src=x onerror=hacked=1><a href=https:evil.example>go<svg onload=hacked=2>`;
const CLASSES = [
  `</script><script>hacked=3</script>`,
  `<a href="https://evil.example">${HARM}</a>`,
];

test(
  "file, patient and class names that are HTML are shown as they are, in text, gallery and plots",
  { skip: browser ? false : reason },
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
          id.includes(HARM) && patient.startsWith(HARM) && annotations,
      ),
    );
    await withReport(folder, dataset, async ({ page, asked, errors }) => {
      // Every plot's hover text, where the mouse finds one.
      for (const plot of await page.locator(".plot").all()) await plot.hover();
      await page.locator("[data-sort=file]").click();
      assert.deepEqual([errors, asked], [[], []]);
      assert.equal(await page.evaluate("typeof hacked"), "undefined");
      assert.equal(await page.locator("img[src=x], svg[onload], a[href*=evil]").count(), 0);
      assert.equal(
        await page.locator("script").count(),
        3,
        "Plotly, the figures and the gallery's",
      );
      assert.ok((await page.locator("figcaption").first().textContent())!.includes(HARM));
      assert.ok((await page.locator("h1").textContent())!.includes(CLASSES[0]));
      // What Plotly gets has no tag of theirs: it would make links of some.
      const texts = (await page.evaluate("JSON.stringify(figures)")) as string;
      const tags = [...texts.matchAll(/.{0,60}<(?:img|svg|script|a ).{0,60}/g)].map(
        ([place]) => place,
      );
      assert.deepEqual(tags, []);
    });
  },
);
