/**
 * A clock around every TensorFlow operation. TensorFlow.js runs them one after another, and on the
 * CPU each is done when it returns.
 */
import { tf } from "../src/tensor/tensorflow";

/** One kind of operation. */
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

/** The two ways into TensorFlow that the backend has. */
const METHODS = ["executeSingleOutput", "executeMultipleOutputs"] as const;

export class OperationClock {
  private readonly found = new Map<string, { milliseconds: number; calls: number }>();
  private originals: Executor | null = null;

  /** @param byShape operations on inputs of different shapes are counted apart */
  constructor(private readonly byShape = false) {}

  /** Counts from now on. */
  start(): void {
    if (this.originals) throw new Error("the clock runs already");
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

  /** Leaves the backend as it was. */
  stop(): void {
    if (!this.originals) throw new Error("the clock does not run");
    Object.assign(tf.backend(), this.originals);
    this.originals = null;
  }

  /** Longest first. */
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

/**
 * Milliseconds, share of the step and calls, all of one step, by operation; what lies outside
 * operations is JavaScript's.
 * @param stepMilliseconds of a whole step
 * @param rows longest ones shown; the rest is one row
 */
export function profileTable(
  times: readonly OperationTime[],
  steps: number,
  stepMilliseconds: number,
  rows = times.length,
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
