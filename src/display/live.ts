/**
 * Training while it runs: a line of progress and figures that are redrawn in place, until training
 * ends or the stop button is pressed.
 */
import { randomUUID } from "crypto";
import { setImmediate } from "timers/promises";
import type { Figure } from "../plots/figure";
import type { TrainingEvent } from "../runs/events";
import { interruptible } from "./interrupt";
import { displayMessage, figureJson, PLOTLY_TYPE } from "./message";
import { isNotebook, sendDisplay } from "./notebook";
import { progressLine } from "./progress";
import { Line, LINE_EVERY } from "./progress-line";

/** Milliseconds between two redrawings; a browser keeps up, and training loses little time. */
const FIGURES_EVERY = 1000;

/**
 * Runs training and shows its progress. The stop button aborts the signal; running the cell again
 * continues. At the end the figures stay, with a picture for viewers without scripts. Outside a
 * notebook the lines are printed.
 * @param start starts training with the signal
 * @param draw makes the figures from the present state, the same number each time
 * @example
 * await show.live((signal) => trainer.fit({ signal }), () => [figures.losses(trainer.history)]);
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
      // Gives way to the stop button and to messages for the notebook, even where the events
      // themselves wait for nothing.
      await setImmediate();
      if (event.kind === "notice") {
        // A display of its own, which later lines do not replace.
        new Line(`${id}-notice`).write(event.text);
        continue;
      }
      const now = performance.now();
      if (now - lineAt > LINE_EVERY || isLast(event)) {
        line.write(progressLine(event));
        lineAt = now;
      }
      if (isNotebook() && event.kind !== "preparing" && now - figuresAt > FIGURES_EVERY) {
        const figures = await draw();
        figures.forEach((figure, i) => {
          const data = { [PLOTLY_TYPE]: figureJson(figure), "text/plain": "[live figure]" };
          sendDisplay({ data, displayId: `${id}-${i}` }, i < drawn);
        });
        drawn = figures.length;
        figuresAt = performance.now();
      }
    }
  });
  if (!isNotebook()) return;
  for (const [i, figure] of (await draw()).entries())
    sendDisplay({ ...(await displayMessage(figure)), displayId: `${id}-${i}` }, i < drawn);
}

/** Whether an event ends a phase. Its line stays until the next phase and must be shown. */
function isLast(event: TrainingEvent): boolean {
  return (
    event.kind === "done" ||
    event.kind === "stopped" ||
    (event.kind === "preparing" && event.done === event.total)
  );
}
