/** A few lines of text about any value. */
import { inspect } from "util";
import { tf } from "../tensor/tensorflow";

/** Lines of a summary, at most. */
const LINES = 6;
/** Characters of a text, of which the rest is left out. */
const WIDTH = 200;
/** Numbers of a tensor that are shown. */
const NUMBERS = 6;
/** Significant digits of a fraction in an object. */
const DIGITS = 6;
/** A text in quotes, or a fraction with more digits. */
const TEXT_OR_FRACTION = /(['"`])(?:\\.|(?!\1).)*\1|\d+\.\d{6,}(?:e[+-]\d+)?/g;

// A tensor in an array or in an object is one line too, also where `console.log` prints it.
Object.defineProperty(tf.Tensor.prototype, inspect.custom, {
  configurable: true,
  value(this: tf.Tensor): string {
    return tensorLine(this);
  },
});

/**
 * A value in at most six lines; a tensor with its type, its shape and its first numbers. The
 * fractions in an object have six digits.
 * @example
 * summary(tf.zeros([1, 512, 512, 3])); // "Tensor float32 [1, 512, 512, 3]: 0, 0, 0, 0, 0, 0, …"
 */
export function summary(value: unknown): string {
  if (isTensor(value)) return tensorLine(value);
  const exact = inspect(value, {
    depth: 1,
    breakLength: WIDTH,
    maxArrayLength: NUMBERS,
    maxStringLength: WIDTH,
  });
  const text = typeof value === "number" ? exact : withRoundedFractions(exact);
  const lines = text
    .split("\n")
    .map((line) => (line.length > WIDTH ? `${line.slice(0, WIDTH - 1)}…` : line));
  if (lines.length <= LINES) return lines.join("\n");
  const rest = lines.length - LINES + 1;
  return [...lines.slice(0, LINES - 1), `… ${rest} more lines, which console.log shows`].join("\n");
}

/** The text of an object with fewer digits. Texts in quotes stay. */
function withRoundedFractions(text: string): string {
  return text.replace(TEXT_OR_FRACTION, (found, quote?: string) =>
    quote ? found : String(Number(Number(found).toPrecision(DIGITS))),
  );
}

function isTensor(value: unknown): value is tf.Tensor {
  const { dtype, shape, dataSync } = (value ?? {}) as Partial<tf.Tensor>;
  return typeof dtype === "string" && Array.isArray(shape) && typeof dataSync === "function";
}

function tensorLine(tensor: tf.Tensor): string {
  const name = `Tensor ${tensor.dtype} [${tensor.shape.join(", ")}]`;
  if (tensor.isDisposed) return `${name}, disposed`;
  const first = Array.from(tensor.dataSync().slice(0, NUMBERS), (number) =>
    typeof number === "number" ? Number(number.toPrecision(4)) : number,
  );
  return `${name}: ${first.join(", ")}${tensor.size > NUMBERS ? ", …" : ""}`;
}
