/** The figure of a scan: its slices with their detections under a slider that needs no kernel. */
import { slicePicture } from "../data/volumes/volume";
import type {
  PlacedDetection,
  SliceDetections,
  VolumeDetections,
} from "../inference/detect-volume";
import type { ImageBox } from "../types";
import { type BoxGroup, boxGroup, withLabels } from "./box-groups";
import { CLASS_COLORS, type Figure, round } from "./figure";
import { fileName } from "./hover-text";
import { pictureFromPixels } from "./picture";
import { panelSlider, type SliderStep } from "./slider";

/** Options of `figures.volumeSlices`. */
export interface VolumeFigureOptions {
  readonly classNames: readonly string[];
  /** Detections below this score are not drawn. The title names it. */
  readonly minScore: number;
  readonly title?: string;
  /** The longer side of the picture in pixels of the screen; 440 by default. */
  readonly side?: number;
  /** Only slices with a detection. */
  readonly onlyFound?: boolean;
}

const SIDE = 440;
const NOTICE = "Research and teaching only, not a medical device";

/**
 * The slices of a scan under a slider, which starts at the slice with the highest score. The
 * pictures are read from the scan.
 * @throws when there is no slice to show
 * @example
 * const found = await detectVolume(detector, await openVolume("scan.nii.gz"));
 * await show(await figures.volumeSlices(found, { classNames, minScore: 0.5 }));
 */
export async function volumeSlices(
  found: VolumeDetections,
  { classNames, minScore, title = "Slices", side = SIDE, onlyFound = false }: VolumeFigureOptions,
): Promise<Figure> {
  const slices = found.slices
    .map((slice) => ({
      ...slice,
      detections: slice.detections.filter(({ score }) => score >= minScore),
    }))
    .filter(({ detections }) => !onlyFound || detections.length);
  if (!slices.length)
    throw new Error(
      `${found.volume.name}: no slice ${onlyFound ? `with a score from ${minScore}` : ""} to show`,
    );
  const steps: SliderStep[] = [];
  for (const slice of slices) {
    const { index } = slice.slice;
    const picture = await pictureFromPixels(await slicePicture(found.volume, slice.slice));
    const groups = groupsByClass(slice, found, classNames);
    steps.push({
      label: slice.detections.length ? `${index} ●` : String(index),
      panels: [{ picture, title: sliceTitle(slice, found), groups }],
    });
  }
  return panelSlider(steps, {
    title: `${title} (scores from ${round(minScore, 2)})`,
    prefix: "slice ",
    start: slices.reduce(
      (best, slice, i) => (topScore(slice) > topScore(slices[best]) ? i : best),
      0,
    ),
    columns: 1,
    side,
    note: NOTICE,
  });
}

function topScore({ detections }: SliceDetections): number {
  return Math.max(-Infinity, ...detections.map(({ score }) => score));
}

function sliceTitle({ slice, detections }: SliceDetections, { volume }: VolumeDetections): string {
  const count = `${detections.length} ${detections.length === 1 ? "box" : "boxes"}`;
  return `${fileName(slice.file)}, ${volume.plane ?? "unknown plane"}, slice ${slice.index}: ${count}`;
}

/** The boxes of a slice as one group for each class that is present. */
function groupsByClass(
  slice: SliceDetections,
  found: VolumeDetections,
  classNames: readonly string[],
): BoxGroup<ImageBox>[] {
  return classNames.flatMap((name, classId) => {
    const members = slice.detections.filter((detection) => detection.classId === classId);
    if (!members.length) return [];
    const kind = {
      name,
      color: CLASS_COLORS[classId % CLASS_COLORS.length],
      dash: "solid" as const,
      width: 2,
    };
    const boxes = members.map(({ box }) => box);
    const group = boxGroup(kind, boxes, (i) => [
      fileName(slice.slice.file),
      `slice ${slice.slice.index}`,
      ...detectionLines(members[i], found, classNames),
    ]);
    return [withLabels(group, (i) => members[i].score.toFixed(2))];
  });
}

/** Lines of a hover text. The headers of a scan hold the name of the patient; it is not shown. */
function detectionLines(
  detection: PlacedDetection,
  { volume }: VolumeDetections,
  classNames: readonly string[],
): string[] {
  const { score, classId, classProbabilities, centerMillimeters, sizeMillimeters } = detection;
  const list = (numbers: readonly number[], separator: string) =>
    numbers.map((value) => value.toFixed(1)).join(separator);
  return [
    `score ${round(score)}`,
    `${classNames[classId]} (${round(classProbabilities[classId], 2)})`,
    centerMillimeters
      ? `center ${list(centerMillimeters, ", ")} mm (${volume.space})`
      : "no millimeters in the file",
    ...(sizeMillimeters ? [`${list(sizeMillimeters, " x ")} mm`] : []),
  ];
}
