/** Measures how long training takes, and how fast its steps are. */

/** Number of steps whose mean duration predicts the time that is left. */
const SPEED_WINDOW = 20;
const MILLISECONDS_A_SECOND = 1000;
const MILLISECONDS_A_MINUTE = 60_000;

/** The time that training took, and the durations of its last steps. */
export class TrainingClock {
  private spent = 0;
  private since = performance.now();
  private readonly durations: number[] = [];

  /** Minutes of training until the last `tick`. */
  get minutes(): number {
    return this.spent;
  }

  /** Starts a new period: the time before it does not count. */
  start(): void {
    this.since = performance.now();
  }

  /** Adds the time since the last `start` or `tick` to the minutes. */
  tick(): void {
    const now = performance.now();
    this.spent += (now - this.since) / MILLISECONDS_A_MINUTE;
    this.since = now;
  }

  /**
   * Adds the duration of a step.
   * @param start when the step began, from `performance.now`
   * @returns the mean duration of the last steps in seconds
   */
  addStep(start: number): number {
    this.durations.push((performance.now() - start) / MILLISECONDS_A_SECOND);
    if (this.durations.length > SPEED_WINDOW) this.durations.shift();
    return this.durations.reduce((sum, duration) => sum + duration, 0) / this.durations.length;
  }

  /** Goes on from the minutes of a checkpoint. */
  restore(minutes: number): void {
    this.spent = minutes;
  }
}
