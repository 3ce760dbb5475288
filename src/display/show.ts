/** Shows figures, tables and texts in a cell. Outside a notebook it prints them as text. */
import { randomUUID } from "crypto";
import { setImmediate } from "timers/promises";
import type { Figure } from "../plots/figure";
import { runningCell } from "../util/running-cell";
import { live } from "./live";
import { displayMessage, isFigure, messageWithoutPicture, plainText, showable } from "./message";
import { isNotebook, sendDisplay } from "./notebook";
import { showProgress } from "./progress-line";
import { isPageOpen } from "./static-figure";

/**
 * Shows its arguments one below the other. A figure is an interactive plot and also a picture, for
 * viewers that run no scripts. A table is a table, and any other value is a text of a few lines.
 * `show.live` shows a training while it runs.
 * @example
 * await show("Boxes of the data set", figures.boxSizes(dataset), annotationTable(dataset));
 */
async function showAll(...values: unknown[]): Promise<void> {
  for (const item of values.map(showable)) {
    if (!isNotebook()) console.log(plainText(item));
    else if (isFigure(item) && !isPageOpen()) await showBeforePicture(item);
    else sendDisplay(await displayMessage(item));
  }
}

/**
 * Shows the plot first, and adds its picture when it is there: the first picture of a kernel takes
 * one or two seconds.
 */
async function showBeforePicture(figure: Figure): Promise<void> {
  const displayId = randomUUID();
  sendDisplay({ ...messageWithoutPicture(figure), displayId });
  // The message leaves before the picture keeps the process busy.
  await setImmediate();
  sendDisplay({ ...(await displayMessage(figure)), displayId }, true);
}

/**
 * Shows values in a cell, `show(…)`, and a training while it runs, `show.live(…)`.
 * @example
 * await show(dataset, figures.boxSizes(dataset));
 */
export const show = Object.assign(showAll, {
  /** Shows a training while it runs; see `live`. */
  live,
});

// The last expression of a cell is shown in the same way, and long work shows its progress.
const cell = runningCell();
if (cell) {
  cell.show = showAll;
  cell.progress = showProgress;
}
