/** The size of a slice's picture, whose pixels are square. */
import { MAX_SIDE } from "../image";

/** A size in pixels. */
export interface PixelSize {
  readonly width: number;
  readonly height: number;
}

/** Pixels whose sides differ by a smaller fraction count as square. */
const SQUARE_TOLERANCE = 1e-3;

/**
 * The size of a slice when its pixels are made square: the axis with the larger spacing is
 * enlarged.
 * @param sides width and height of a pixel, in any unit
 */
export function squareSize(
  { width, height }: PixelSize,
  [across, down]: readonly [number, number],
): PixelSize {
  const smaller = Math.min(across, down);
  if (Math.max(across, down) / smaller - 1 < SQUARE_TOLERANCE) return { width, height };
  return {
    width: Math.round((width * across) / smaller),
    height: Math.round((height * down) / smaller),
  };
}

/**
 * Whether pixels can have these sides: numbers above 0 that do not make the picture larger than the
 * largest image.
 */
export function isPlausibleSpacing(size: PixelSize, sides: readonly [number, number]): boolean {
  if (!sides.every((side) => side > 0 && Number.isFinite(side))) return false;
  const square = squareSize(size, sides);
  return Math.max(square.width, square.height) <= Math.max(MAX_SIDE, size.width, size.height);
}
