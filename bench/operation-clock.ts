/**
 * Measures the time of every TensorFlow operation. TensorFlow.js runs operations one after
 * another, and on the CPU an operation has finished when its call returns.
 */
import { tf } from "../src/tensor/tensorflow";

/** The total time of one kind of operation. */
export interface OperationTime {
  readonly name: string;
  readonly milliseconds: number;
  readonly calls: number;
}

type Execute = (
  name: string,
  attributes: unknown,
  inputs: readonly tf.Tensor[],
  ...rest: unknown[]
) => unknown;
type Executor = Record<(typeof METHODS)[number], Execute>;

/** The two methods by which the backend calls TensorFlow. */
const METHODS = ["executeSingleOutput", "executeMultipleOutputs"] as const;

/** Wraps the methods of TensorFlow.js's backend while it measures. */
export class OperationClock {
  private readonly found = new Map<string, { milliseconds: number; calls: number }>();
  private originals: Executor | null = null;

  /** @param byShape whether operations on inputs of different shapes are counted separately */
  constructor(private readonly byShape = false) {}

  /** Starts to measure. */
  start(): void {
    if (this.originals) throw new Error("the clock is running already");
    const backend = tf.backend() as unknown as Executor;
    this.originals = {
      executeSingleOutput: backend.executeSingleOutput,
      executeMultipleOutputs: backend.executeMultipleOutputs,
    };
    for (const method of METHODS) {
      const original = this.originals[method].bind(backend);
      backend[method] = (name, attributes, inputs, ...rest) => {
        const start = performance.now();
        const result = original(name, attributes, inputs, ...rest);
        this.add(name, inputs, performance.now() - start);
        return result;
      };
    }
  }

  /** Stops to measure and restores the backend. */
  stop(): void {
    if (!this.originals) throw new Error("the clock is not running");
    Object.assign(tf.backend(), this.originals);
    this.originals = null;
  }

  /** The times of all operations, longest first. */
  times(): OperationTime[] {
    return Array.from(this.found, ([name, time]) => ({ name, ...time })).sort(
      (a, b) => b.milliseconds - a.milliseconds,
    );
  }

  private add(name: string, inputs: readonly tf.Tensor[], milliseconds: number): void {
    const key = this.byShape
      ? `${name} ${inputs.map(({ shape }) => `[${shape.join(",")}]`).join(" ")}`
      : name;
    const known = this.found.get(key) ?? { milliseconds: 0, calls: 0 };
    known.milliseconds += milliseconds;
    known.calls++;
    this.found.set(key, known);
  }
}

/** What `profileTable` needs besides the times. */
export interface ProfileOptions {
  /** The number of measured steps. */
  readonly steps: number;
  /** Mean duration of a step in milliseconds. */
  readonly stepMilliseconds: number;
  /** Number of operations that get a row; the others share one. Default: all. */
  readonly rows?: number;
}

/**
 * A table with the milliseconds, the percentage and the calls of each operation in one step. The
 * time outside operations is that of JavaScript.
 */
export function profileTable(
  times: readonly OperationTime[],
  { steps, stepMilliseconds, rows = times.length }: ProfileOptions,
): string {
  const total = times.reduce((sum, { milliseconds }) => sum + milliseconds, 0) / steps;
  const line = (milliseconds: number, calls: string, name: string) =>
    `${milliseconds.toFixed(1).padStart(8)} ms ${((100 * milliseconds) / stepMilliseconds).toFixed(1).padStart(5)} % ${calls.padStart(7)} × ${name}`;
  const row = ({ milliseconds, calls, name }: OperationTime) =>
    line(milliseconds / steps, (calls / steps).toFixed(1), name);
  const rest = times.slice(rows);
  const sum = (value: (time: OperationTime) => number) =>
    rest.reduce((all, time) => all + value(time), 0);
  return [
    `a step takes ${stepMilliseconds.toFixed(1)} ms`,
    ...times.slice(0, rows).map(row),
    ...(rest.length
      ? [
          row({
            name: `${rest.length} more operations`,
            milliseconds: sum((time) => time.milliseconds),
            calls: sum((time) => time.calls),
          }),
        ]
      : []),
    line(stepMilliseconds - total, "1.0", "JavaScript, outside operations"),
  ].join("\n");
}
