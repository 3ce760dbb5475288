/** Shows figures, tables and texts in a cell. Outside a notebook it prints them as text. */
import { live } from "./live";
import { displayMessage, plainText, type Showable } from "./message";
import { isNotebook, sendDisplay } from "./notebook";

async function showAll(...items: Showable[]): Promise<void> {
  for (const item of items) {
    if (isNotebook()) sendDisplay(await displayMessage(item));
    else console.log(plainText(item));
  }
}

/**
 * Shows its arguments one below the other. A figure is an interactive plot and also a picture, for
 * viewers that run no scripts. `show.live` shows a training while it runs.
 * @example
 * await show("Boxes of the data set", figures.boxSizes(dataset), annotationTable(dataset));
 */
export const show = Object.assign(showAll, {
  /** Shows a training while it runs; see `live`. */
  live,
});
