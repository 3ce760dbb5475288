/** Assertions that several tests use. */
import assert from "node:assert/strict";

/**
 * Every number of two equally shaped nestings lies within `tolerance` of the other's, relative to
 * its size where that is above 1.
 */
export function assertClose(
  actual: unknown,
  expected: unknown,
  tolerance = 1e-5,
  what = "value",
): void {
  const a = flat(actual);
  const b = flat(expected);
  assert.equal(a.length, b.length, `${what}: ${a.length} numbers, ${b.length} expected`);
  a.forEach((value, i) => {
    const difference = Math.abs(value - b[i]);
    assert.ok(
      difference <= tolerance * Math.max(1, Math.abs(b[i])),
      `${what}[${i}]: ${value}, expected ${b[i]}`,
    );
  });
}

function flat(values: unknown): number[] {
  if (typeof values === "number") return [values];
  if (Array.isArray(values) || ArrayBuffer.isView(values))
    return Array.from(values as ArrayLike<unknown>).flatMap(flat);
  throw new Error(`not a number or a nesting of numbers: ${String(values)}`);
}
