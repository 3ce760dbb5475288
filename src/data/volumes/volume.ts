/**
 * Volumes: the slices of a scan, the same for DICOM and NIfTI files. Code that uses them does not
 * depend on the kind of file.
 */
import sharp from "sharp";
import type { ColorImage, GreyImage } from "../../types";
import { joinChannels } from "../channels";
import { channelsOf, MAX_SIDE } from "../image";
import { imageOf } from "../pixels/raster";
import { ENLARGING_SHIFT } from "../sample";
import { type PixelGrid, type Plane, type Space, toMillimeters, type Vector } from "./geometry";
import { type GreyWindow, toGrey } from "./grey-window";
import { squareSize } from "./square-pixels";

/** How a scan is opened. */
export interface VolumeOptions {
  /**
   * Plane of the slices. NIfTI: axial by default. DICOM: only the plane in which it was taken is
   * possible.
   */
  readonly plane?: Plane;
  /**
   * First and last slice, both included, counted from 0. Ignored for a scan with one slice.
   */
  readonly slices?: readonly [number, number];
  /**
   * Window of the grey values, in the scanner's values after rescaling. By default the window of
   * the header; if there is none, the percentiles.
   */
  readonly window?: { readonly width: number; readonly level: number };
  /** Percentiles of all values of the scan, in percent; 0.5 and 99.5 by default. */
  readonly percentiles?: readonly [number, number];
  /**
   * Which volume of a scan that has several at the same positions, counted from 0: time points,
   * echoes or b-values of a DICOM series, volumes of a NIfTI file with a fourth dimension. `all`
   * opens each of them as a volume of its own. Ignored for a scan with one volume.
   */
  readonly timePoint?: number | "all";
}

/** An opened scan. */
export interface Volume {
  /** Path of the file, or folder of the series, with a number if the folder has several. */
  readonly name: string;
  readonly format: "DICOM" | "NIfTI";
  /** Directions of the axes of `grid`; null if the file does not have the position. */
  readonly space: Space | null;
  /** Null if the files do not have it. */
  readonly plane: Plane | null;
  /** The selected slices, in the order of their index. */
  readonly slices: readonly VolumeSlice[];
  /** Remarks for people who read the results, in sentences. */
  readonly notes: readonly string[];
  /**
   * Reads the values of a slice.
   * @returns `[height, width]` values after rescaling, row by row; NaN where there is none
   * @throws when they cannot be read; the message names the file
   */
  read(slice: VolumeSlice): Promise<Float32Array>;
  /**
   * The sequences that are channels after the first, which the other members describe; missing for
   * a scan of one sequence. See `joinSequences`.
   */
  readonly further?: readonly FurtherSequence[];
}

/** A sequence with the same slices as the first of its volume. */
export interface FurtherSequence extends Pick<Volume, "read"> {
  readonly window: GreyWindow;
}

/** One slice of a volume. */
export interface VolumeSlice {
  /**
   * Counted from 0: along the axis of a NIfTI file, the frame of a multi-frame DICOM file (its
   * place among those of its time point and direction), or the place in a DICOM series by height.
   */
  readonly index: number;
  readonly file: string;
  /** Size in stored pixels. */
  readonly width: number;
  readonly height: number;
  /** Millimeters between columns, and between rows; null if the file does not have them. */
  readonly spacing: readonly [number, number] | null;
  /** Height of a pixel divided by its width, where `spacing` is null; 1 if it is missing. */
  readonly aspect?: number;
  /** Position in the volume's space; null if the file does not have it. */
  readonly grid: PixelGrid | null;
  readonly window: GreyWindow;
  /** Whether high values are dark. */
  readonly inverted: boolean;
}

/** A slice as a picture with square pixels, as the detector and a viewer need it. */
export interface SlicePicture extends GreyImage {
  /** `picture = stored * scale + shift`, across and down. */
  readonly scale: readonly [number, number];
  /** Pixels of the picture, on both axes. */
  readonly shift: number;
}

/**
 * Reads a slice, applies its window, and makes its pixels square: the axis with the larger spacing
 * is enlarged.
 * @throws when it cannot be read, or its spacing is not plausible; the message names the file
 * @example
 * const { pixels, width, height } = await slicePicture(volume, volume.slices[0]);
 */
export async function slicePicture(
  volume: Pick<Volume, "read">,
  slice: VolumeSlice,
): Promise<SlicePicture> {
  const { width, height } = slice;
  const [across, down] = slice.spacing ?? [1, slice.aspect ?? 1];
  const square = squareSize(slice, [across, down]);
  if (!(Math.max(square.width, square.height) <= MAX_SIDE))
    throw new Error(
      square.width === width && square.height === height
        ? `${slice.file}: its slices have ${width} x ${height} pixels, and at most ${MAX_SIDE} a side are read`
        : `${slice.file}: pixels of ${across} x ${down} mm would make a picture of ${square.width} x ${square.height} pixels: the spacing in its header is wrong`,
    );
  const pixels = toGrey(await volume.read(slice), slice.window, slice.inverted);
  if (square.width === width && square.height === height)
    return { pixels, width, height, scale: [1, 1], shift: 0 };
  const resized = await sharp(pixels, { raw: { width, height, channels: 1 } })
    .resize(square.width, square.height, { fit: "fill", kernel: "cubic" })
    .toColourspace("b-w")
    .raw()
    .toBuffer();
  return {
    pixels: new Uint8Array(resized.buffer, resized.byteOffset, resized.length),
    ...square,
    scale: [square.width / width, square.height / height],
    // A picture that is not of the slice's size is enlarged: the axis with the smaller spacing is
    // never resized.
    shift: ENLARGING_SHIFT,
  };
}

/**
 * The image of a slice that a detector gets: its picture, or, of a volume of several sequences, an
 * image with the sequences as three channels.
 * @param picture the picture of the slice
 * @throws when a slice cannot be read; the message names the file
 */
export async function detectorImage(
  volume: Volume,
  slice: VolumeSlice,
  picture: SlicePicture,
): Promise<GreyImage | ColorImage> {
  if (!volume.further) return picture;
  const pictures: GreyImage[] = [picture];
  for (const { read, window } of volume.further)
    pictures.push(await slicePicture({ read }, { ...slice, window }));
  return imageOf(joinChannels(pictures));
}

/** Encodes a picture as PNG. */
export async function picturePng(image: GreyImage | ColorImage): Promise<Buffer> {
  const { pixels, width, height } = image;
  const channels = channelsOf(image);
  return sharp(pixels, { raw: { width, height, channels } })
    .toColourspace(channels === 1 ? "b-w" : "srgb")
    .png()
    .toBuffer();
}

/**
 * The point of space that a point of a slice's picture shows.
 * @param point `[x, y]` in pixels of the picture
 * @returns millimeters; null if the file does not have the position of the slice
 */
export function pictureToMillimeters(
  { grid }: VolumeSlice,
  { scale, shift }: Pick<SlicePicture, "scale" | "shift">,
  point: readonly [number, number],
): Vector | null {
  const [x, y] = point;
  return grid && toMillimeters(grid, (x - shift) / scale[0], (y - shift) / scale[1]);
}

/**
 * The slices whose index is in a range; all of them without a range, or if there is only one.
 * @param name of the volume, for the message
 * @throws when the range contains none
 */
export function selectSlices<T extends { readonly index: number }>(
  name: string,
  slices: readonly T[],
  range: VolumeOptions["slices"],
): T[] {
  if (!range || slices.length === 1) return [...slices];
  const selected = slices.filter(({ index }) => index >= range[0] && index <= range[1]);
  if (selected.length) return selected;
  throw new Error(
    `${name}: has slices 0 to ${slices.length - 1}; none is in ${range[0]} to ${range[1]}`,
  );
}

/**
 * Percentiles of a scan's values, in percent. They cut off few values, and single bright voxels do
 * not make the others darker.
 */
export const DEFAULT_PERCENTILES: readonly [number, number] = [0.5, 99.5];

/**
 * The window of the options; null if they have none.
 * @throws when the width or the percentiles are out of range
 */
export function givenWindow({ window, percentiles }: VolumeOptions): GreyWindow | null {
  const [low, high] = percentiles ?? DEFAULT_PERCENTILES;
  if (!(low >= 0 && low < high && high <= 100))
    throw new Error(
      `percentiles ${low} and ${high}: they must be two rising numbers from 0 to 100`,
    );
  if (!window) return null;
  if (!(window.width > 0 && Number.isFinite(window.width) && Number.isFinite(window.level)))
    throw new Error(
      `window of width ${window.width} at level ${window.level}: the width must be above 0, and both must be finite`,
    );
  return { ...window, shape: "linear", source: "given" };
}
