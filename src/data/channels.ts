/** Sequences of a scan as the channels of an image. */
import { type DataConfig, SEQUENCE_COUNTS } from "../config/index";
import type { GreyImage, Raster } from "../types";

/** The names of the sequences that are the channels; null for `grey` and `rgb`. */
export function sequencesOf(channels: DataConfig["channels"] = "grey"): readonly string[] | null {
  return typeof channels === "string" ? null : channels;
}

/** The channels of an image that is not a scan. */
export function plainChannels(channels: DataConfig["channels"] = "grey"): "grey" | "rgb" {
  if (typeof channels === "string") return channels as "grey" | "rgb";
  throw new Error(noSequences(channels));
}

/** The message for an image without sequences where the channels are sequences. */
export function noSequences(sequences: readonly string[]): string {
  return `it has no sequences to choose from, and the channels are the sequences ${sequences.join(", ")}; only NIfTI scans of one patient have them`;
}

/**
 * Pictures of two or three sequences as one image of three channels, in their order. The third
 * channel of two sequences is their mean: an image in which both are equal is then grey, like a
 * grey image of one sequence, and neither sequence has more weight than the other.
 * @param pictures of the same size
 */
export function joinChannels(pictures: readonly GreyImage[]): Raster {
  const { least, most } = SEQUENCE_COUNTS;
  if (pictures.length < least || pictures.length > most)
    throw new Error(`${pictures.length} pictures cannot be the channels of an image: give 2 or 3`);
  const [{ width, height }] = pictures;
  const [first, second, third] = pictures.map(({ pixels }) => pixels);
  const values = new Uint8Array(most * width * height);
  for (let pixel = 0, i = 0; pixel < width * height; pixel++) {
    values[i++] = first[pixel];
    values[i++] = second[pixel];
    values[i++] = third ? third[pixel] : (first[pixel] + second[pixel] + 1) >> 1;
  }
  return { values, width, height, channels: 3 };
}
