/** The progress of a training in one line. */
import type { TrainingEvent } from "../runs/events";

/** Characters of the progress bar. */
const BAR_CELLS = 24;
const SECONDS_PER_MINUTE = 60;

/**
 * The line for an event:
 * `epoch 3 of 20 ███████░░░░░ 31 % · step 5 of 10 · loss 1.234 · 9.4 images/s · 2:05 left`
 */
export function progressLine(event: TrainingEvent): string {
  switch (event.kind) {
    case "notice":
      return event.text;
    case "preparing":
      return `${event.what} ${bar(event.done / event.total)} ${event.done} of ${event.total}`;
    case "step": {
      const { epoch, epochs, step, steps } = event;
      const done = ((epoch - 1) * steps + step) / (epochs * steps);
      return [
        `epoch ${epoch} of ${epochs} ${bar(done)} ${Math.floor(100 * done)} %`,
        `step ${step} of ${steps}`,
        `loss ${event.losses.total.toFixed(3)}`,
        `${event.imagesPerSecond.toFixed(1)} images/s`,
        `${clock(event.secondsLeft)} left`,
      ].join(" · ");
    }
    case "validation": {
      const { AP50 } = event.metrics.classAgnostic;
      return AP50 === null
        ? `epoch ${event.epoch}: validation has no boxes: no AP`
        : `epoch ${event.epoch}: validation AP50 ${AP50.toFixed(3)} (class-agnostic)`;
    }
    case "done":
      return `done after ${event.epoch} ${event.epoch === 1 ? "epoch" : "epochs"}`;
    case "stopped":
      return `stopped after ${event.epoch} complete epochs: ${event.reason}`;
  }
}

function bar(part: number): string {
  const full = Math.round(BAR_CELLS * part);
  return "█".repeat(full) + "░".repeat(BAR_CELLS - full);
}

/** `2:05` */
function clock(seconds: number): string {
  const rounded = Math.round(seconds);
  const minutes = Math.floor(rounded / SECONDS_PER_MINUTE);
  return `${minutes}:${String(rounded % SECONDS_PER_MINUTE).padStart(2, "0")}`;
}
