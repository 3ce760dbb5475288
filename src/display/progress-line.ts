/** A line of a cell that replaces itself, and the progress of long work in such a line. */
import { randomUUID } from "crypto";
import type { ShowProgress } from "../util/running-cell";
import { sendDisplay } from "./notebook";
import { progressLine } from "./progress";

/** Milliseconds between two changes of a line; a browser keeps up, and work loses little time. */
export const LINE_EVERY = 250;
/** Milliseconds: shorter work shows no progress. */
const PATIENCE = 2000;

/** A line that replaces itself in a cell; outside a notebook every line is printed. */
export class Line {
  private hasDisplay = false;

  constructor(private readonly displayId: string) {}

  write(text: string): void {
    const message = { data: { "text/plain": text }, displayId: this.displayId };
    if (sendDisplay(message, this.hasDisplay)) this.hasDisplay = true;
    else console.log(text);
  }
}

/**
 * Shows how far work is, in a line that appears once the work has taken two seconds.
 * @param what is counted
 */
export function showProgress(what: string): ShowProgress {
  const line = new Line(randomUUID());
  let nextAt = performance.now() + PATIENCE;
  let isShown = false;
  return (done, total) => {
    const now = performance.now();
    if (now < nextAt && !(isShown && done === total)) return;
    line.write(progressLine({ kind: "preparing", what, done, total }));
    isShown = true;
    nextAt = now + LINE_EVERY;
  };
}
