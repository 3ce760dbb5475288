import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";
import { openDataset } from "../../src/data/dataset";
import { evaluate } from "../../src/evaluation/evaluation";
import { evaluationReport } from "../../src/report/evaluation-report";
import { findBrowser } from "./jupyterlab";

const browser = findBrowser();
const reason = "there is no Chrome or Chromium on the path; CHROME_PATH can name one";

test(
  "the report opens from disk without a network, and its plots are drawn and react",
  { skip: browser ? false : reason },
  async () => {
    const folder = mkdtempSync(join(tmpdir(), "report-"));
    const { images, classNames, ...part } = (await openDataset(join(__dirname, "../../data/sample"))).split("test");
    const truths = (await openDataset(join(__dirname, "../../data/sample"))).split("test").truths();
    assert.equal(part.problems.filter(({ severity }) => severity === "error").length, 0);
    const detections = truths.map(({ imageId, boxes, classIds }) => ({
      imageId,
      detections: boxes.map((box, i) => ({ box, score: 0.9, classId: classIds[i], classProbabilities: classIds[i] ? [0.2, 0.8] : [0.8, 0.2] })), // prettier-ignore
    }));
    const evaluation = evaluate(truths, detections, { classNames, scoreThreshold: 0.5, seed: 1 });
    const judged = { images, truths, detections, classNames, evaluation, stages: null, original: null };
    const input = { title: "report", ...judged, facts: ["a fact"] };
    const path = join(folder, "report.html");
    writeFileSync(path, await evaluationReport(input));
    const launched = await chromium.launch({ executablePath: browser!, args: ["--no-sandbox"] });
    const page = await launched.newPage();
    const asked: string[] = [];
    const errors: string[] = [];
    page.on("request", (request) => asked.push(request.url()));
    page.on("pageerror", (error) => errors.push(error.message));
    await page.goto(pathToFileURL(path).href);
    await page.waitForFunction("document.querySelectorAll('.plot .main-svg').length >= 9");
    assert.deepEqual(errors, []);
    assert.deepEqual(asked.filter((url) => !/^(file|data|blob):/.test(url)), []); // prettier-ignore
    assert.equal(await page.locator(".gallery figure").count(), images.length);
    await page.locator(".plot").first().hover();
    await page.locator("[data-sort=patient]").click();
    await launched.close();
    rmSync(folder, { recursive: true });
  },
);
