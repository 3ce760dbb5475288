/** The number formats of weight files, all little-endian, and their conversion to float32. */

/** A number format. */
export type ElementType =
  | "float64"
  | "float32"
  | "float16"
  | "bfloat16"
  | "int64"
  | "int32"
  | "int16"
  | "int8"
  | "uint8"
  | "bool";

/** Bytes of a number. */
export const BYTES_PER_ELEMENT: Readonly<Record<ElementType, number>> = {
  float64: 8,
  float32: 4,
  float16: 2,
  bfloat16: 2,
  int64: 8,
  int32: 4,
  int16: 2,
  int8: 1,
  uint8: 1,
  bool: 1,
};

/** IEEE 754 half precision: 1 sign bit, 5 exponent bits, 10 fraction bits. */
const HALF_FRACTION_BITS = 10;
const HALF_EXPONENT_BIAS = 15;
const HALF_EXPONENT_MASK = 0x1f;
const HALF_FRACTION_MASK = 0x3ff;
const HALF_SIGN_BIT = 0x8000;

/**
 * Converts numbers to a new float32 array. Wider formats lose digits; integers are exact up to
 * 2^24.
 * @throws when `bytes` ends within a number
 */
export function toFloat32(bytes: Uint8Array, type: ElementType): Float32Array {
  const size = BYTES_PER_ELEMENT[type];
  if (bytes.byteLength % size !== 0)
    throw new Error(
      `${bytes.byteLength} bytes are not a multiple of ${size}, the size of one ${type}`,
    );
  // A typed array must begin at a multiple of its element's size, which a copy does. (The slice of
  // a Buffer is not a copy.)
  const { buffer } = new Uint8Array(bytes);
  switch (type) {
    case "float32":
      return new Float32Array(buffer);
    case "float64":
      return Float32Array.from(new Float64Array(buffer));
    case "float16":
      return Float32Array.from(new Uint16Array(buffer), halfToNumber);
    case "bfloat16":
      // bfloat16 is the upper half of a float32.
      return new Float32Array(
        Uint32Array.from(new Uint16Array(buffer), (half) => half << 16).buffer,
      );
    case "int64":
      return Float32Array.from(Array.from(new BigInt64Array(buffer), Number));
    case "int32":
      return Float32Array.from(new Int32Array(buffer));
    case "int16":
      return Float32Array.from(new Int16Array(buffer));
    case "int8":
      return Float32Array.from(new Int8Array(buffer));
    case "uint8":
    case "bool":
      return Float32Array.from(new Uint8Array(buffer));
  }
}

function halfToNumber(half: number): number {
  const sign = half & HALF_SIGN_BIT ? -1 : 1;
  const exponent = (half >> HALF_FRACTION_BITS) & HALF_EXPONENT_MASK;
  const fraction = half & HALF_FRACTION_MASK;
  if (exponent === HALF_EXPONENT_MASK) return fraction ? NaN : sign * Infinity;
  const steps = 2 ** -HALF_FRACTION_BITS;
  // Exponent 0: subnormal numbers, without the implied leading 1.
  if (exponent === 0) return sign * 2 ** (1 - HALF_EXPONENT_BIAS) * fraction * steps;
  return sign * 2 ** (exponent - HALF_EXPONENT_BIAS) * (1 + fraction * steps);
}
