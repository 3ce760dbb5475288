/**
 * A scan's slices with what was found on them, one at a time under a slider that needs no kernel.
 */
import { slicePicture } from "../data/volumes/volume";
import type {
  PlacedDetection,
  SliceDetections,
  VolumeDetections,
} from "../inference/detect-volume";
import { boxGroup, fileName } from "./box-groups";
import { CLASS_COLORS, type Figure, type Layout, round } from "./figure";
import { type BoxGroup, panelFigure } from "./panels";
import { pictureFromPixels } from "./picture";
import { type SliderStep, underSlider } from "./slider";

export interface VolumeFigureOptions {
  readonly classNames: readonly string[];
  /** Detections below it are not drawn; it is part of the title. */
  readonly minScore: number;
  readonly title?: string;
  /** Screen pixels of the picture's longer side. */
  readonly side?: number;
  /** Only slices with a detection. */
  readonly onlyFound?: boolean;
}

const SIDE = 440;
const NOTICE_SIZE = 10;
const NOTICE = "Research and teaching only, not a medical device";

/**
 * Slices under Plotly's own slider, which begins at the slice of the highest score. The pictures
 * are read anew from the volume. Throws when there is no slice to show.
 */
export async function volumeSlices(
  found: VolumeDetections,
  { classNames, minScore, title = "Slices", side = SIDE, onlyFound = false }: VolumeFigureOptions,
): Promise<Figure> {
  const kept = (detections: readonly PlacedDetection[]) =>
    detections.filter(({ score }) => score >= minScore);
  const slices = found.slices
    .map((slice) => ({ ...slice, detections: kept(slice.detections) }))
    .filter(({ detections }) => !onlyFound || detections.length);
  if (!slices.length)
    throw new Error(
      `${found.volume.name}: no slice ${onlyFound ? `with a score from ${minScore}` : ""} to show`,
    );
  const steps: SliderStep[] = [];
  for (const slice of slices) {
    const picture = await pictureFromPixels(await slicePicture(found.volume, slice.slice));
    const groups = classGroups(slice, found, classNames);
    const figure = panelFigure([{ picture, title: sliceTitle(slice, found), groups }], {
      title,
      side,
      columns: 1,
    });
    steps.push({
      label: String(slice.slice.index) + (slice.detections.length ? " ●" : ""),
      figure: noticed(figure),
    });
  }
  const start = slices.reduce((a, b, i) => (topScore(b) > topScore(slices[a]) ? i : a), 0);
  return underSlider(steps, {
    title: `${title} (scores from ${round(minScore, 2)})`,
    prefix: "slice ",
    start,
  });
}

/**
 * With the line on what it is not for below the picture; the legend, which names the classes of
 * the slice that is shown, is across from it.
 */
function noticed(figure: Figure): Figure {
  const [caption] = figure.layout.annotations as Layout[];
  const notice = { ...caption, text: NOTICE, y: 0, yanchor: "top", font: { size: NOTICE_SIZE } };
  const legend = { orientation: "h", x: 1, xanchor: "right", y: 0, yanchor: "top" };
  return { ...figure, layout: { ...figure.layout, annotations: [caption, notice], legend } };
}

function topScore({ detections }: SliceDetections): number {
  return Math.max(-Infinity, ...detections.map(({ score }) => score));
}

function sliceTitle({ slice, detections }: SliceDetections, { volume }: VolumeDetections): string {
  const count = `${detections.length} ${detections.length === 1 ? "box" : "boxes"}`;
  return `${fileName(slice.file)}, ${volume.plane ?? "unknown plane"}, slice ${slice.index}: ${count}`;
}

function classGroups(
  found: SliceDetections,
  of: VolumeDetections,
  classNames: readonly string[],
): BoxGroup[] {
  return classNames.flatMap((name, classId) => {
    const own = found.detections.filter((detection) => detection.classId === classId);
    if (!own.length) return [];
    const style = {
      color: CLASS_COLORS[classId % CLASS_COLORS.length],
      dash: "solid" as const,
      width: 2,
    };
    const boxes = own.map(({ box }) => box);
    const { boxes: shown, ...group } = boxGroup(name, style, boxes, (i) =>
      told(own[i], found, of, classNames),
    );
    return [
      { ...group, boxes: shown.map((box, i) => ({ ...box, label: own[i].score.toFixed(2) })) },
    ];
  });
}

/** Lines of a box's hover text. Who the patient is stays in the file: headers hold names. */
function told(
  detection: PlacedDetection,
  { slice }: SliceDetections,
  { volume }: VolumeDetections,
  classNames: readonly string[],
) {
  const { score, classId, classProbabilities, centerMillimeters, sizeMillimeters } = detection;
  const list = (numbers: readonly number[]) => numbers.map((value) => value.toFixed(1)).join(", ");
  return [
    fileName(slice.file),
    `slice ${slice.index}`,
    `score ${round(score)}`,
    `${classNames[classId]} (${round(classProbabilities[classId], 2)})`,
    centerMillimeters
      ? `center ${list(centerMillimeters)} mm (${volume.space})`
      : "no millimeters in the file",
    ...(sizeMillimeters
      ? [`${sizeMillimeters.map((value) => value.toFixed(1)).join(" x ")} mm`]
      : []),
  ];
}
