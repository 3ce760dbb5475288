/**
 * Runs a detector over the slices of a scan, and computes where in the scanner's space each box is.
 */
import { noSequences, sequencesOf } from "../data/channels";
import { type FailedFile, failure } from "../data/volumes/dicom";
import type { Vector } from "../data/volumes/geometry";
import {
  detectorImage,
  pictureToMillimeters,
  type SlicePicture,
  slicePicture,
} from "../data/volumes/volume";
import type { Volume, VolumeSlice } from "../data/volumes/volume";
import { type NetworkImage, toNetworkImage } from "../data/sample";
import type { Detector } from "../detectors/detector";
import type { Detection } from "../types";
import { cellProgress } from "../util/running-cell";
import { detectLoaded } from "./detect-dataset";
import { betweenBatches, type ProgressOptions } from "./progress-options";

/** Number of slices that go through the detector together. */
const BATCH = 8;

/**
 * A detection and its place in the scanner's space. Its box is in pixels of the picture of the
 * slice, which are square.
 */
export interface PlacedDetection extends Detection {
  /** Width and height of the box; null when the file does not give the size of its pixels. */
  readonly sizeMillimeters: readonly [number, number] | null;
  /** In the space of the volume; null when the file does not give the place of the slice. */
  readonly centerMillimeters: Vector | null;
  /**
   * Upper left, upper right, lower right and lower left corner, as the picture shows them. The box
   * of an oblique slice lies oblique in space.
   */
  readonly cornersMillimeters: readonly Vector[] | null;
}

export interface SliceDetections {
  readonly slice: VolumeSlice;
  /** Size of the picture of the slice in pixels. */
  readonly width: number;
  readonly height: number;
  /** By falling score. */
  readonly detections: readonly PlacedDetection[];
}

export interface VolumeDetections {
  readonly volume: Volume;
  /** The slices that could be read, in the order of the volume. */
  readonly slices: readonly SliceDetections[];
  readonly failed: readonly FailedFile[];
}

/**
 * Detects in every slice of a scan, in each slice by itself. A slice that cannot be read is listed
 * in `failed`.
 * @param options progress counts slices
 * @throws when the detector's channels are sequences and the volume does not have them, and the
 * signal's reason when the signal is aborted
 * @example
 * const { slices } = await detectVolume(detector, await openVolume("scan.nii.gz"));
 */
export async function detectVolume(
  detector: Detector,
  volume: Volume,
  { signal, onProgress = cellProgress("slices") }: ProgressOptions = {},
): Promise<VolumeDetections> {
  const slices: SliceDetections[] = [];
  const failed: FailedFile[] = [];
  signal?.throwIfAborted();
  requireChannels(detector, volume);
  for (let first = 0; first < volume.slices.length; first += BATCH) {
    const pictures: { slice: VolumeSlice; picture: SlicePicture; image: NetworkImage }[] = [];
    const batch = volume.slices.slice(first, first + BATCH);
    for (const slice of batch) {
      try {
        const picture = await slicePicture(volume, slice);
        const image = await toNetworkImage(
          await detectorImage(volume, slice, picture),
          detector.config.data,
        );
        pictures.push({ slice, picture, image });
      } catch (error) {
        failed.push(failure(slice.file, error));
      }
    }
    const found = pictures.length
      ? detectLoaded(
          detector,
          pictures.map(({ image }) => image),
        )
      : [];
    pictures.forEach(({ slice, picture }, i) => {
      const { width, height } = picture;
      const detections = found[i].detections.map((detection) => placed(detection, slice, picture));
      slices.push({ slice, width, height, detections });
    });
    onProgress(first + batch.length, volume.slices.length);
    await betweenBatches(signal);
  }
  return { volume, slices, failed };
}

/** @throws when a volume does not have the sequences that a detector needs, or has several */
function requireChannels({ config }: Detector, { name, further }: Volume): void {
  const sequences = sequencesOf(config.data.channels);
  if (Boolean(sequences) === Boolean(further)) return;
  throw new Error(
    sequences
      ? `${name}: ${noSequences(sequences)}: open them with openSequences`
      : `${name}: it has several sequences as channels, and the detector gets one`,
  );
}

/**
 * A detection with its place in millimeters.
 * @param detection box in pixels of the picture of the slice
 */
export function placed(
  detection: Detection,
  slice: VolumeSlice,
  picture: SlicePicture,
): PlacedDetection {
  const [x1, y1, x2, y2] = detection.box;
  const { spacing } = slice;
  const at = (x: number, y: number) => pictureToMillimeters(slice, picture, [x, y]);
  const corners = [at(x1, y1), at(x2, y1), at(x2, y2), at(x1, y2)];
  return {
    ...detection,
    sizeMillimeters: spacing && [
      ((x2 - x1) / picture.scale[0]) * spacing[0],
      ((y2 - y1) / picture.scale[1]) * spacing[1],
    ],
    centerMillimeters: at((x1 + x2) / 2, (y1 + y2) / 2),
    cornersMillimeters: slice.grid && (corners as Vector[]),
  };
}

/** The same detections, without those of a score below `minScore`. */
export function aboveScore(found: VolumeDetections, minScore: number): VolumeDetections {
  const slices = found.slices.map((slice) => ({
    ...slice,
    detections: slice.detections.filter(({ score }) => score >= minScore),
  }));
  return { ...found, slices };
}
