/**
 * Slices of a scan: what DICOM and NIfTI files become, so that nothing after this has to know
 * which of them they were.
 */
import sharp from "sharp";
import type { GreyImage } from "../image";
import { ENLARGING_SHIFT } from "../sample";
import { type PixelGrid, type Plane, type Space, toMillimeters, type Vector } from "./geometry";
import { type GreyWindow, toGrey } from "./grey-window";

/** What can be chosen when a scan is opened. */
export interface VolumeOptions {
  /**
   * NIfTI: axial unless given. DICOM is read in the plane it was taken in: another one is an
   * error.
   */
  readonly plane?: Plane;
  /** First and last slice, both included, counted from 0. A scan of one slice does not mind. */
  readonly slices?: readonly [number, number];
  /**
   * In the scanner's values, after rescaling. Else the header's window; where there is none, the
   * percentiles.
   */
  readonly window?: { readonly width: number; readonly level: number };
  /** Of all values of the scan, in percent: 0.5 and 99.5 unless given. */
  readonly percentiles?: readonly [number, number];
  /** NIfTI with a fourth dimension: which of its volumes, counted from 0. */
  readonly timePoint?: number;
}

/** A scan, opened: its slices' facts, and a way to their values. */
export interface Volume {
  /** The file, or the folder of a series with the series' number there. */
  readonly name: string;
  readonly format: "DICOM" | "NIfTI";
  /** Null where the file does not say where the patient's left is. */
  readonly space: Space | null;
  /** Null where the files do not say. */
  readonly plane: Plane | null;
  /** Those chosen, by rising index. */
  readonly slices: readonly VolumeSlice[];
  /** What a reader of the results has to know, in sentences. */
  readonly notes: readonly string[];
  /**
   * The slice's values, row by row, after rescaling; NaN where there is none. Throws, naming the
   * file, when they cannot be read.
   */
  read(slice: VolumeSlice): Promise<Float32Array>;
}

export interface VolumeSlice {
  /**
   * From 0: the index along the file's own axis (NIfTI), the frame (multi-frame DICOM), or the
   * place in the series by height.
   */
  readonly index: number;
  readonly file: string;
  /** Pixels as stored. */
  readonly width: number;
  readonly height: number;
  /** Millimeters between pixels, across and down; null where the file does not say. */
  readonly spacing: readonly [number, number] | null;
  /** In the volume's space; null where the file does not say. */
  readonly grid: PixelGrid | null;
  readonly window: GreyWindow;
  /** High values are dark. */
  readonly inverted: boolean;
}

/** A slice as a picture with square pixels, which the detector needs and a reader expects. */
export interface SlicePicture extends GreyImage {
  /** `picture = stored * scale + shift`, across and down. */
  readonly scale: readonly [number, number];
  readonly shift: number;
}

/** Beyond it, a side comes from a header that is wrong rather than from a scanner. */
const MAX_SIDE = 8192;
/** Pixels whose sides differ by less count as square. */
const SQUARE_TOLERANCE = 1e-3;

/**
 * Reads a slice, applies its window, and makes its pixels square: the wider side's spacing is
 * refined to the other's.
 */
export async function slicePicture(volume: Volume, slice: VolumeSlice): Promise<SlicePicture> {
  const { width, height } = slice;
  const pixels = toGrey(await volume.read(slice), slice.window, slice.inverted);
  const [across, down] = slice.spacing ?? [1, 1];
  const fine = Math.min(across, down);
  if (Math.max(across, down) / fine - 1 < SQUARE_TOLERANCE)
    return { pixels, width, height, scale: [1, 1], shift: 0 };
  const wide = Math.round((width * across) / fine);
  const high = Math.round((height * down) / fine);
  if (!(Math.max(wide, high) <= MAX_SIDE)) {
    throw new Error(
      `${slice.file}: pixels of ${across} x ${down} mm would make a picture of ${wide} x ${high}: its spacing cannot be right`,
    );
  }
  const resized = await sharp(pixels, { raw: { width, height, channels: 1 } })
    .resize(wide, high, { fit: "fill", kernel: "cubic" })
    .toColourspace("b-w")
    .raw()
    .toBuffer();
  const enlarged = wide > width || high > height;
  return {
    pixels: new Uint8Array(resized.buffer, resized.byteOffset, resized.length),
    width: wide,
    height: high,
    scale: [wide / width, high / height],
    shift: enlarged ? ENLARGING_SHIFT : 0,
  };
}

/** A picture as a PNG file's bytes. */
export async function picturePng({ pixels, width, height }: GreyImage): Promise<Buffer> {
  return sharp(pixels, { raw: { width, height, channels: 1 } })
    .toColourspace("b-w")
    .png()
    .toBuffer();
}

/**
 * The point of space at `(x, y)` of a slice's picture; null where the file does not say where the
 * slice is.
 */
export function pictureToMillimeters(
  { grid }: VolumeSlice,
  { scale, shift }: Pick<SlicePicture, "scale" | "shift">,
  x: number,
  y: number,
): Vector | null {
  return grid && toMillimeters(grid, (x - shift) / scale[0], (y - shift) / scale[1]);
}

/** The slices from the first to the last index. Throws when the range holds none of several. */
export function chosenSlices<T extends { readonly index: number }>(
  name: string,
  slices: readonly T[],
  range: VolumeOptions["slices"],
): T[] {
  if (!range || slices.length === 1) return [...slices];
  const chosen = slices.filter(({ index }) => index >= range[0] && index <= range[1]);
  if (chosen.length) return chosen;
  throw new Error(
    `${name}: has slices 0 to ${slices.length - 1}; none is in ${range[0]} to ${range[1]}`,
  );
}

/**
 * In percent of a scan's values: few enough are lost at either end, and single bright voxels do
 * not darken the rest.
 */
export const DEFAULT_PERCENTILES: readonly [number, number] = [0.5, 99.5];

/** The window of the options. Throws when its width or the percentiles make no sense. */
export function givenWindow({ window, percentiles }: VolumeOptions): GreyWindow | null {
  const [low, high] = percentiles ?? DEFAULT_PERCENTILES;
  if (!(low >= 0 && low < high && high <= 100))
    throw new Error(`percentiles ${low} and ${high}: wanted are two rising numbers from 0 to 100`);
  if (!window) return null;
  if (!(window.width > 0 && Number.isFinite(window.width) && Number.isFinite(window.level)))
    throw new Error(
      `window of width ${window.width} at level ${window.level}: the width has to be above 0`,
    );
  return { ...window, shape: "linear", source: "given" };
}
