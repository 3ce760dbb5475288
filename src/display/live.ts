/**
 * Training as it happens: a line of progress and figures that are redrawn in place, until it is
 * done or the stop button is pressed.
 */
import { randomUUID } from "crypto";
import { setImmediate } from "timers/promises";
import type { Figure } from "../plots/figure";
import type { TrainingEvent } from "../runs/events";
import { interruptible } from "./interrupt";
import { displayMessage, plainJson, PLOTLY_TYPE } from "./message";
import { isNotebook, sendDisplay } from "./notebook";
import { progressLine } from "./progress";

/** Milliseconds between two redrawings: a browser keeps up, and training hardly notices. */
const LINE_EVERY = 250;
const FIGURES_EVERY = 1000;

/**
 * Runs what `start` returns and shows it: `await show.live((signal) => trainer.fit({ signal }), ()
 * => [figures.losses(trainer.history)])`. The stop button aborts the signal; running the cell again
 * goes on. At the end the figures stay, with a picture for viewers without scripts.
 * @param draw makes the figures of the moment, at once or in time; always the same number of them
 */
export async function live(
  start: (signal: AbortSignal) => AsyncIterable<TrainingEvent>,
  draw: () => readonly Figure[] | Promise<readonly Figure[]> = () => [],
): Promise<void> {
  const id = randomUUID();
  let lineAt = -Infinity;
  let figuresAt = -Infinity;
  let drawn = 0;
  const line = new Line(`${id}-line`);

  await interruptible(async (signal) => {
    for await (const event of start(signal)) {
      // The stop button's signal and the messages to the notebook have their turn, however little
      // the events themselves wait for.
      await setImmediate();
      if (event.kind === "notice") {
        // It has a display of its own, so that later lines do not replace it.
        new Line(`${id}-notice`).show(event.text);
        continue;
      }
      const now = performance.now();
      if (now - lineAt > LINE_EVERY || isLast(event)) {
        line.show(progressLine(event));
        lineAt = now;
      }
      if (isNotebook() && event.kind !== "preparing" && now - figuresAt > FIGURES_EVERY) {
        const figures = await draw();
        figures.forEach((figure, i) => {
          const data = { [PLOTLY_TYPE]: plainJson(figure), "text/plain": "[live figure]" };
          sendDisplay({ data, displayId: `${id}-${i}` }, i < drawn);
        });
        drawn = figures.length;
        figuresAt = performance.now();
      }
    }
  });
  if (isNotebook()) {
    let i = 0;
    for (const figure of await draw())
      sendDisplay({ ...(await displayMessage(figure)), displayId: `${id}-${i}` }, i++ < drawn);
  }
}

/** Whether an event ends a phase: its line stays until the next phase, so it has to be shown. */
function isLast(event: TrainingEvent): boolean {
  return (
    event.kind === "done" ||
    event.kind === "stopped" ||
    (event.kind === "preparing" && event.done === event.total)
  );
}

/** One line that replaces itself in a cell; outside a notebook each is printed. */
class Line {
  private shown = false;

  constructor(private readonly displayId: string) {}

  show(text: string): void {
    if (sendDisplay({ data: { "text/plain": text }, displayId: this.displayId }, this.shown))
      this.shown = true;
    else console.log(text);
  }
}
