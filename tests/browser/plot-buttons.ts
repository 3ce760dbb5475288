/** The toolbars and titles of the plots in a page. */
import type { Page } from "playwright-core";

/** The titles of buttons that send a figure somewhere, in any version of Plotly. */
export const SENDING = /share|send|cloud|upload|chart studio|edit/i;

/** The titles of all buttons in all toolbars of Plotly. */
export async function buttonTitles(page: Page): Promise<string[]> {
  return page.$$eval(".modebar-btn", (buttons) =>
    buttons.map((button) => button.getAttribute("data-title") ?? ""),
  );
}

/**
 * The titles of all plots: their text, the place of their right end and of the left end of the
 * toolbar, in pixels of the page.
 */
export async function titlePlaces(
  page: Page,
): Promise<{ text: string; right: number; toolbar: number }[]> {
  return page.$$eval(".js-plotly-plot", (plots) =>
    plots.map((plot) => {
      const title = plot.querySelector(".gtitle")!;
      const toolbar = plot.querySelector(".modebar")!;
      return {
        text: title.textContent ?? "",
        right: title.getBoundingClientRect().right,
        toolbar: toolbar.getBoundingClientRect().left,
      };
    }),
  );
}
