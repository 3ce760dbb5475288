/**
 * A perceptual hash: a few bits that say what an image looks like. They stay nearly the same when
 * the image is saved again in another format, at another quality or in another size. The hash says
 * for each low frequency of the image whether its cosine coefficient is positive (Zauner 2010,
 * 'Implementation and benchmarking of perceptual image hash functions', section 3.2.1).
 */
import type { GreyImage } from "../types";

/** Side of the small copy of the image that is transformed. */
const SMALL = 32;
/** Frequencies in each direction; their product is the number of bits. */
const FREQUENCIES = 16;
/** Bits of a hash. The first one belongs to the mean grey value and is always 0. */
export const LOOK_BITS = FREQUENCIES * FREQUENCIES;

/** Pixels: the small copy of a smaller image would repeat pixels, and the hash would be noise. */
const MIN_SIDE = 64;
/**
 * Grey values: if half of the coefficients are smaller, most signs are noise. A flat area or a
 * gradient has about 0, a slice of a head has 4 or more.
 */
const MIN_MEDIAN = 0.5;

/**
 * Two images with at most this many different bits are the same picture, saved twice. Measured on
 * 296 real slices of 58 patients: copies at lower JPEG quality differ by at most 9 bits, copies of
 * half the size by at most 10. Of the pairs of slices of one patient, 1 in 100 differs by 11 or
 * less: they are neighbors. Slices of different patients differ by at least 43 bits.
 */
export const SAME_LOOK_BITS = 8;
/** Two images with at most this many different bits are probably slices of one patient. */
export const CLOSE_LOOK_BITS = 24;

const BITS_PER_DIGIT = 4;

/** `[FREQUENCIES][SMALL]`: the orthonormal cosine transform (type II) of a row. */
const COSINES = Array.from({ length: FREQUENCIES }, (_, f) =>
  Float64Array.from(
    { length: SMALL },
    (_, i) => Math.sqrt((f ? 2 : 1) / SMALL) * Math.cos((Math.PI / SMALL) * (i + 0.5) * f),
  ),
);

/**
 * The perceptual hash of an image.
 * @returns 64 hexadecimal digits; null for an image that is too small or too smooth
 */
export function lookHash(image: GreyImage): string | null {
  if (Math.min(image.width, image.height) < MIN_SIDE) return null;
  const coefficients = lowFrequencies(smallCopy(image));
  const sizes = Float64Array.from(coefficients, Math.abs).sort();
  if (sizes[sizes.length >> 1] < MIN_MEDIAN) return null;
  coefficients[0] = 0;
  let hash = "";
  for (let i = 0; i < LOOK_BITS; i += BITS_PER_DIGIT) {
    let digit = 0;
    for (let b = 0; b < BITS_PER_DIGIT; b++) digit = 2 * digit + Number(coefficients[i + b] > 0);
    hash += digit.toString(16);
  }
  return hash;
}

/** `[SMALL, SMALL]`: means of equal blocks of pixels. */
function smallCopy({ pixels, width, height }: GreyImage): Float64Array {
  const small = new Float64Array(SMALL * SMALL);
  const columns = Array.from({ length: SMALL + 1 }, (_, i) => Math.floor((i * width) / SMALL));
  for (let row = 0; row < SMALL; row++) {
    const top = Math.floor((row * height) / SMALL);
    const bottom = Math.floor(((row + 1) * height) / SMALL);
    for (let y = top; y < bottom; y++) {
      for (let column = 0; column < SMALL; column++) {
        const end = y * width + columns[column + 1];
        let sum = 0;
        let i = y * width + columns[column];
        // Four at a time is twice as fast, and every image of a data set is hashed.
        for (; i + 3 < end; i += 4)
          sum += pixels[i] + pixels[i + 1] + pixels[i + 2] + pixels[i + 3];
        for (; i < end; i++) sum += pixels[i];
        small[row * SMALL + column] += sum;
      }
    }
    for (let column = 0; column < SMALL; column++)
      small[row * SMALL + column] /= (bottom - top) * (columns[column + 1] - columns[column]);
  }
  return small;
}

/** `[FREQUENCIES, FREQUENCIES]`: the cosine coefficients of the lowest frequencies. */
function lowFrequencies(small: Float64Array): Float64Array {
  const ofRows = new Float64Array(SMALL * FREQUENCIES);
  for (let y = 0; y < SMALL; y++)
    for (let f = 0; f < FREQUENCIES; f++) {
      const cosines = COSINES[f];
      let sum = 0;
      for (let x = 0; x < SMALL; x++) sum += cosines[x] * small[y * SMALL + x];
      ofRows[y * FREQUENCIES + f] = sum;
    }
  const coefficients = new Float64Array(LOOK_BITS);
  for (let g = 0; g < FREQUENCIES; g++)
    for (let f = 0; f < FREQUENCIES; f++) {
      let sum = 0;
      for (let y = 0; y < SMALL; y++) sum += COSINES[g][y] * ofRows[y * FREQUENCIES + f];
      coefficients[g * FREQUENCIES + f] = sum;
    }
  return coefficients;
}
