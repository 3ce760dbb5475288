/** A page that is opened from disk in a browser, and what it does. */
import { pathToFileURL } from "node:url";
import { chromium, type Page } from "playwright-core";
import { findBrowser } from "./jupyterlab";

/** An open page and what it did. */
export interface OpenedPage {
  readonly page: Page;
  /** Addresses of all requests that left this disk, and of all windows that the page opened. */
  readonly requests: readonly string[];
  readonly errors: readonly string[];
}

/** Opens a page from disk in a browser and waits until `figures` of its figures are drawn. */
export async function withPage(
  path: string,
  figures: number,
  look: (opened: OpenedPage) => Promise<void>,
): Promise<void> {
  const launched = await chromium.launch({
    executablePath: findBrowser()!,
    args: ["--no-sandbox"],
  });
  try {
    const context = await launched.newContext();
    const requests: string[] = [];
    const errors: string[] = [];
    context.on("request", (request) => {
      if (!/^(file|data|blob):/.test(request.url())) requests.push(request.url());
    });
    const page = await context.newPage();
    context.on("page", (opened) => requests.push(`a window: ${opened.url()}`));
    page.on("pageerror", (error) => errors.push(error.message));
    await page.goto(pathToFileURL(path).href);
    await page.waitForFunction(
      (count) => document.querySelectorAll(".js-plotly-plot .main-svg .gtitle").length >= count,
      figures,
    );
    await look({ page, requests, errors });
  } finally {
    await launched.close();
  }
}
