/** One line about all tasks on Ray: what is done, what failed, what runs where, the time left. */
import { clearLine, cursorTo } from "readline";

const SECONDS_PER_MINUTE = 60;
const MILLISECONDS = 1000;
/** Milliseconds between two lines in a terminal without an event. */
const REDRAW = 1000;

/** Follows the events of tasks, and prints one line that is replaced in a terminal. */
export class RayProgress {
  private readonly running = new Map<string, { readonly node: string; readonly since: number }>();
  /** Seconds that each task took which is done. */
  private readonly seconds: number[] = [];
  private failed = 0;
  /** The largest number of tasks that ran at the same time. */
  private atOnce = 1;
  private readonly timer = process.stdout.isTTY
    ? setInterval(() => this.draw(), REDRAW).unref()
    : null;

  /**
   * @param total the number of tasks
   * @param now the time in milliseconds
   */
  constructor(
    private readonly total: number,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** A task has started on a node; a second time if its process or its node was gone. */
  started(name: string, node: string): void {
    const before = this.running.get(name);
    if (before) this.print(`${name} starts again, on ${node}: ${before.node} lost it`);
    this.running.set(name, { node, since: this.now() });
    this.atOnce = Math.max(this.atOnce, this.running.size);
    this.draw();
  }

  /** A task is done. */
  done(name: string): void {
    const since = this.running.get(name)?.since ?? this.now();
    this.running.delete(name);
    this.seconds.push((this.now() - since) / MILLISECONDS);
    this.draw();
  }

  /** A task has failed, for a reason of its own. */
  fail(name: string, message: string): void {
    this.running.delete(name);
    this.failed++;
    this.print(`${name} failed: ${message}`);
    this.draw();
  }

  /** Prints a line that stays. */
  print(text: string): void {
    this.clear();
    console.log(text);
  }

  /** Removes the line. */
  stop(): void {
    if (this.timer) clearInterval(this.timer);
    this.clear();
  }

  /** For example `2 of 5 done, 1 failed; seed 1, fold 3 on host-a; about 4 min left`. */
  line(): string {
    const running = [...this.running].map(([name, { node }]) => `${name} on ${node}`);
    const left = this.secondsLeft();
    return [
      `${this.seconds.length} of ${this.total} done${this.failed ? `, ${this.failed} failed` : ""}`,
      running.length ? `${this.running.size} running: ${running.join("; ")}` : "none running",
      ...(left === null ? [] : [`about ${Math.ceil(left / SECONDS_PER_MINUTE)} min left`]),
    ].join(" | ");
  }

  /**
   * The mean time of the tasks that are done, for all others, divided by how many run at the same
   * time. Null before the first one is done.
   */
  secondsLeft(): number | null {
    if (!this.seconds.length) return null;
    const mean = this.seconds.reduce((sum, value) => sum + value, 0) / this.seconds.length;
    const elapsed = [...this.running.values()].map(
      ({ since }) => (this.now() - since) / MILLISECONDS,
    );
    const waiting = this.total - this.seconds.length - this.failed - elapsed.length;
    const rest = elapsed.reduce((sum, value) => sum + Math.max(0, mean - value), waiting * mean);
    return rest / this.atOnce;
  }

  private draw(): void {
    if (!process.stdout.isTTY) console.log(this.line());
    else {
      this.clear();
      process.stdout.write(this.line().slice(0, process.stdout.columns - 1));
    }
  }

  private clear(): void {
    if (!process.stdout.isTTY) return;
    clearLine(process.stdout, 0);
    cursorTo(process.stdout, 0);
  }
}
