/** Progress of a training: a bar in a terminal, otherwise lines. */
import { SingleBar } from "cli-progress";
import { progressLine } from "../src/display/progress";
import type { TrainingEvent } from "../src/runs/events";

/**
 * Shows the events of a training. Each epoch is a line. In a terminal a bar shows the steps
 * between two lines.
 */
export class TrainingProgress {
  private readonly bar = process.stdout.isTTY
    ? new SingleBar({
        format: "{bar} {percentage} % {note}",
        hideCursor: true,
        clearOnComplete: true,
        barsize: 30,
      })
    : null;
  private isRunning = false;
  private phase = "";

  /** Shows an event. */
  show(event: TrainingEvent): void {
    if (event.kind === "preparing")
      this.advance(event.what, { done: event.done, total: event.total, note: event.what });
    else if (event.kind === "step") {
      const { epoch, epochs, step, steps, losses, secondsLeft } = event;
      this.advance("training", {
        done: (epoch - 1) * steps + step,
        total: epochs * steps,
        note: `epoch ${epoch} of ${epochs}, loss ${losses.total.toFixed(3)}, ${Math.round(secondsLeft)} s left`,
      });
      if (!this.bar && step === steps) console.log(progressLine(event));
    } else {
      this.stop();
      console.log(progressLine(event));
    }
  }

  /** Removes the bar. */
  stop(): void {
    if (this.isRunning) this.bar?.stop();
    this.isRunning = false;
  }

  private advance(
    phase: string,
    { done, total, note }: { done: number; total: number; note: string },
  ): void {
    if (phase !== this.phase) {
      this.stop();
      this.phase = phase;
      if (!this.bar) console.log(`${phase}: ${total} ${phase === "training" ? "steps" : "images"}`);
    }
    if (!this.isRunning) this.bar?.start(total, done, { note });
    this.isRunning = true;
    this.bar?.update(done, { note });
  }
}
