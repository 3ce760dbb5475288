/** The toolbars of the plots in a page. */
import type { Page } from "playwright-core";

/** The titles of buttons that send a figure somewhere, in any version of Plotly. */
export const SENDING = /share|send|cloud|upload|chart studio|edit/i;

/** The titles of all buttons in all toolbars of Plotly. */
export async function buttonTitles(page: Page): Promise<string[]> {
  return page.$$eval(".modebar-btn", (buttons) =>
    buttons.map((button) => button.getAttribute("data-title") ?? ""),
  );
}
