/** Shows figures, tables and texts in a cell. Outside a notebook it prints them as text. */
import { live } from "./live";
import { runningCell } from "../util/running-cell";
import { displayMessage, plainText, showable } from "./message";
import { isNotebook, sendDisplay } from "./notebook";
import { showProgress } from "./progress-line";

async function showAll(...values: unknown[]): Promise<void> {
  for (const item of values.map(showable)) {
    if (isNotebook()) sendDisplay(await displayMessage(item));
    else console.log(plainText(item));
  }
}

/**
 * Shows its arguments one below the other. A figure is an interactive plot and also a picture, for
 * viewers that run no scripts. A table is a table, and any other value is a text of a few lines.
 * `show.live` shows a training while it runs.
 * @example
 * await show("Boxes of the data set", figures.boxSizes(dataset), annotationTable(dataset));
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
