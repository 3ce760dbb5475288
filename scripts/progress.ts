/** A training run's events as a progress bar in the terminal, or as lines where there is none. */
import { SingleBar } from "cli-progress";
import { progressLine } from "../src/display/progress";
import type { TrainingEvent } from "../src/runs/events";
import type { Trainer } from "../src/training/trainer";

/** Epochs are told by lines; in a terminal a bar shows the steps between them. */
export class TrainingProgress {
  private readonly bar = process.stdout.isTTY
    ? new SingleBar({
        format: "{bar} {percentage} % {note}",
        hideCursor: true,
        clearOnComplete: true,
        barsize: 30,
      })
    : null;
  private running = false;
  private phase = "";

  show(event: TrainingEvent): void {
    if (event.kind === "preparing") this.advance(event.what, event.done, event.total, event.what);
    else if (event.kind === "step") {
      const note = `epoch ${event.epoch} of ${event.epochs}, loss ${event.losses.total.toFixed(3)}, ${Math.round(event.secondsLeft)} s left`;
      this.advance(
        "training",
        (event.epoch - 1) * event.steps + event.step,
        event.epochs * event.steps,
        note,
      );
      if (!this.bar && event.step === event.steps) console.log(progressLine(event));
    } else {
      this.stop();
      console.log(progressLine(event));
    }
  }

  private advance(phase: string, done: number, total: number, note: string): void {
    if (phase !== this.phase) {
      this.stop();
      this.phase = phase;
      if (!this.bar) console.log(`${phase}: ${total} ${phase === "training" ? "steps" : "images"}`);
    }
    if (!this.running) this.bar?.start(total, done, { note });
    this.running = true;
    this.bar?.update(done, { note });
  }

  private stop(): void {
    if (this.running) this.bar?.stop();
    this.running = false;
  }
}

/**
 * Trains until all is done or the signal stops it, and shows how far it is. Returns whether it is
 * done.
 */
export async function trainShowing(trainer: Trainer, signal: AbortSignal): Promise<boolean> {
  const progress = new TrainingProgress();
  let isDone = false;
  for await (const event of trainer.fit({ signal })) {
    progress.show(event);
    isDone = event.kind === "done";
  }
  return isDone;
}
