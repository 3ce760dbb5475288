/** Progress of work on many items: a bar in a terminal, otherwise a line for every tenth. */
import { SingleBar } from "cli-progress";

/** With fewer items no lines are printed: the work ends soon. */
const FEWEST_FOR_LINES = 100;
/** The number of lines. */
const LINES = 10;

/** Shows how many items are done, for one kind of items after the other. */
export class CountProgress {
  private bar: SingleBar | null = null;
  private what: string | null = null;
  /** Lines that are printed for these items. */
  private lines = 0;

  /**
   * Shows that `done` of `total` items are done. Another `what` begins a new bar.
   * @param what the name of the items
   */
  show(what: string, done: number, total: number): void {
    if (what !== this.what) this.begin(what, total);
    this.bar?.update(done);
    const line = Math.floor((LINES * done) / total);
    if (!process.stdout.isTTY && total >= FEWEST_FOR_LINES && line > this.lines)
      console.log(`${what}: ${done} of ${total}`);
    this.lines = line;
  }

  /** Removes the bar. */
  stop(): void {
    this.bar?.stop();
    this.bar = null;
    this.what = null;
  }

  private begin(what: string, total: number): void {
    this.stop();
    this.what = what;
    this.lines = 0;
    if (!process.stdout.isTTY || total <= 1) return;
    this.bar = new SingleBar({
      format: "{what}: {bar} {value} of {total}, {eta_formatted} left",
      hideCursor: true,
      clearOnComplete: true,
      barsize: 30,
    });
    this.bar.start(total, 0, { what });
  }
}
