/** Runs a detector over the slices of a scan, and says where in the patient each box is. */
import { type FailedFile, failure } from "../data/volumes/dicom";
import type { Vector } from "../data/volumes/geometry";
import {
  picturePng,
  pictureToMillimeters,
  type SlicePicture,
  slicePicture,
} from "../data/volumes/volume";
import type { Volume, VolumeSlice } from "../data/volumes/volume";
import type { Detector } from "../detectors/detector";
import type { Detection } from "../types";
import { detectImages } from "./detect-dataset";

/** Slices that go through the detector together. */
const BATCH = 8;

/**
 * A detection and its place in the scanner's space; its box is in pixels of the slice's picture,
 * which are square.
 */
export interface PlacedDetection extends Detection {
  /** The box's width and height; null where the file does not say how large its pixels are. */
  readonly sizeMillimeters: readonly [number, number] | null;
  /** In the volume's space; null where the file does not say where the slice is. */
  readonly centerMillimeters: Vector | null;
  /**
   * Upper left, upper right, lower right and lower left, as the picture shows them: an oblique
   * slice's box lies oblique in space.
   */
  readonly cornersMillimeters: readonly Vector[] | null;
}

export interface SliceDetections {
  readonly slice: VolumeSlice;
  /** Pixels of the slice's picture. */
  readonly width: number;
  readonly height: number;
  /** By falling score. */
  readonly detections: readonly PlacedDetection[];
}

export interface VolumeDetections {
  readonly volume: Volume;
  /** Those that could be read, in the volume's order. */
  readonly slices: readonly SliceDetections[];
  readonly failed: readonly FailedFile[];
}

/**
 * The detections of every slice of a scan, each slice by itself. A slice that cannot be read is
 * told in `failed`. `onProgress` is told how many slices are done.
 */
export async function detectVolume(
  detector: Detector,
  volume: Volume,
  onProgress?: (done: number, total: number) => void,
): Promise<VolumeDetections> {
  const slices: SliceDetections[] = [];
  const failed: FailedFile[] = [];
  for (let first = 0; first < volume.slices.length; first += BATCH) {
    const pictures: { slice: VolumeSlice; picture: SlicePicture }[] = [];
    const batch = volume.slices.slice(first, first + BATCH);
    for (const slice of batch) {
      try {
        pictures.push({ slice, picture: await slicePicture(volume, slice) });
      } catch (error) {
        failed.push(failure(slice.file, error));
      }
    }
    const files = await Promise.all(pictures.map(({ picture }) => picturePng(picture)));
    const found = files.length ? await detectImages(detector, files) : [];
    pictures.forEach(({ slice, picture }, i) => {
      const { width, height } = picture;
      const detections = found[i].detections.map((detection) => placed(detection, slice, picture));
      slices.push({ slice, width, height, detections });
    });
    onProgress?.(first + batch.length, volume.slices.length);
  }
  return { volume, slices, failed };
}

/** A detection, boxed in pixels of a slice's picture, with its place in millimeters. */
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

/** The same, without the detections of a lower score. */
export function aboveScore(found: VolumeDetections, minScore: number): VolumeDetections {
  const kept = (detections: readonly PlacedDetection[]) =>
    detections.filter(({ score }) => score >= minScore);
  return {
    ...found,
    slices: found.slices.map((slice) => ({ ...slice, detections: kept(slice.detections) })),
  };
}
