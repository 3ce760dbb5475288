/**
 * How many of many are done: a bar in the terminal, or a line for every tenth where there is none.
 */
import { SingleBar } from "cli-progress";

/** Fewer are done too soon for lines to be of use. */
const LEAST_FOR_LINES = 100;
const LINES = 10;

export class CountProgress {
  private readonly bar = process.stdout.isTTY
    ? new SingleBar({
        format: "{what}: {bar} {value} of {total}, {eta_formatted} left",
        hideCursor: true,
        clearOnComplete: true,
        barsize: 30,
      })
    : null;
  private said = 0;

  constructor(
    private readonly what: string,
    private readonly total: number,
  ) {
    if (total > 1) this.bar?.start(total, 0, { what });
  }

  show(done: number): void {
    if (this.total > 1) this.bar?.update(done);
    const tenth = Math.floor((LINES * done) / this.total);
    if (!this.bar && this.total >= LEAST_FOR_LINES && tenth > this.said)
      console.log(`${this.what}: ${done} of ${this.total}`);
    this.said = tenth;
  }

  stop(): void {
    if (this.total > 1) this.bar?.stop();
  }
}
