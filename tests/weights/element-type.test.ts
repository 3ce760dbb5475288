import assert from "node:assert/strict";
import { test } from "node:test";
import { toFloat32 } from "../../src/weights/element-type";

const halves = (...values: number[]) =>
  toFloat32(new Uint8Array(Uint16Array.from(values).buffer), "float16");

test("half precision: normal, subnormal and infinite numbers", () => {
  // 1, -2, largest, smallest normal, largest subnormal, smallest subnormal, both infinities,
  // negative zero.
  const values = halves(0x3c00, 0xc000, 0x7bff, 0x0400, 0x03ff, 0x0001, 0x7c00, 0xfc00, 0x8000);
  const expected = [1, -2, 65504, 2 ** -14, 2 ** -14 - 2 ** -24, 2 ** -24, Infinity, -Infinity, -0];
  assert.deepEqual([...values], expected);
  assert.ok(Number.isNaN(halves(0x7e00)[0]));
});

test("bfloat16 is the upper half of a float32", () => {
  const bytes = new Uint8Array(Uint16Array.from([0x3f80, 0xc040, 0x7f80]).buffer);
  assert.deepEqual([...toFloat32(bytes, "bfloat16")], [1, -3, Infinity]);
});

test("bytes may be anywhere in a larger buffer, and are copied", () => {
  const buffer = Buffer.alloc(11);
  buffer.writeFloatLE(1.5, 3);
  buffer.writeFloatLE(-2, 7);
  const values = toFloat32(buffer.subarray(3), "float32");
  buffer.fill(0);
  assert.deepEqual([...values], [1.5, -2]);
});

test("bytes that end within a number are refused", () => {
  assert.throws(
    () => toFloat32(new Uint8Array(7), "int64"),
    /7 bytes are not a multiple of 8, the size of one int64/,
  );
});
