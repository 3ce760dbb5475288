/** Where a training run stands, in one line. */
import type { TrainingEvent } from "../runs/events";

const BAR_CELLS = 24;

/** `epoch 3 of 20 ███████░░░░░ 31 % · loss 1.234 · 9.4 images/s · 2:05 left` */
export function progressLine(event: TrainingEvent): string {
  switch (event.kind) {
    case "notice":
      return event.text;
    case "preparing":
      return `${event.what} ${bar(event.done / event.total)} ${event.done} of ${event.total}`;
    case "step": {
      const done = ((event.epoch - 1) * event.steps + event.step) / (event.epochs * event.steps);
      return (
        `epoch ${event.epoch} of ${event.epochs} ${bar(done)} ${Math.floor(100 * done)} % · step ${event.step} of ${event.steps} · ` +
        `loss ${event.losses.total.toFixed(3)} · ${event.imagesPerSecond.toFixed(1)} images/s · ${clock(event.secondsLeft)} left`
      );
    }
    case "validation": {
      const { AP50 } = event.metrics.classAgnostic;
      return AP50 === null
        ? `epoch ${event.epoch}: validation has no boxes: no AP`
        : `epoch ${event.epoch}: validation AP50 ${AP50.toFixed(3)} (class-agnostic)`;
    }
    case "done":
      return `done after ${event.epoch} epochs`;
    case "stopped":
      return `stopped after ${event.epoch} whole epochs: ${event.reason}`;
  }
}

function bar(part: number): string {
  const full = Math.round(BAR_CELLS * part);
  return "█".repeat(full) + "░".repeat(BAR_CELLS - full);
}

function clock(seconds: number): string {
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}
