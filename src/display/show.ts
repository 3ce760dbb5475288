/** Shows figures, tables and texts in a cell; outside a notebook it prints a line for each. */
import { live } from "./live";
import { displayMessage, plainText, Showable } from "./message";
import { isNotebook, sendDisplay } from "./notebook";

/**
 * Shows its arguments one below the other: `await show(figures.boxSizes(dataset), table)`. A figure
 * comes as an interactive plot and as a picture, so that viewers that run no scripts show it too.
 */
async function showAll(...items: Showable[]): Promise<void> {
  for (const item of items) {
    if (isNotebook()) sendDisplay(await displayMessage(item));
    else console.log(plainText(item));
  }
}

export const show = Object.assign(showAll, { live });
