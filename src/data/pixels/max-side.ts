/** The largest image that is decoded. */

/**
 * Pixels of an image's longer side. A larger image is not decoded: a file of a few bytes can claim
 * more pixels than fit into memory, and the network's square input is cut from a square of this
 * side. X-ray images have about 6000.
 */
export const MAX_SIDE = 8192;

/** @throws when an image of this size is not decoded */
export function requireSide(width: number, height: number): void {
  if (Math.max(width, height) > MAX_SIDE)
    throw new Error(`it has ${width} x ${height} pixels, and at most ${MAX_SIDE} a side are read`);
  if (!(width > 0 && height > 0)) throw new Error(`it has ${width} x ${height} pixels`);
}
