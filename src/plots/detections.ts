/** Detections beside the truth. What is a hit, and with which IoU, comes from the evaluation. */
import { imageGroundTruth } from "../data/ground-truth";
import type { ImageErrors } from "../metrics/worst-images";
import { UNMATCHED } from "../metrics/matching";
import { detectionOutcomes, HIT_IOU, Outcome } from "../metrics/outcomes";
import type { ImageDetections, ImageRecord } from "../types";
import { boxGroup, fileName, groundTruthGroup } from "./box-groups";
import { COLORS, Figure, round } from "./figure";
import { BoxGroup, Panel, panelFigure } from "./panels";
import { GRID_SIDE, type Picture, pictureFromFile } from "./picture";

export interface DetectionFigureOptions {
  readonly classNames: readonly string[];
  /** Detections below it are not drawn; it is part of the title. */
  readonly minScore: number;
  readonly title?: string;
}

/**
 * Images with their truth and what was found, hits apart from false positives, with scores; boxes
 * in pixels of the original images.
 */
export async function detectionGrid(
  images: readonly ImageRecord[],
  detections: readonly ImageDetections[],
  { classNames, minScore, title = "Detections and truth" }: DetectionFigureOptions,
): Promise<Figure> {
  const panels = await Promise.all(
    images.map((image) =>
      panel(image, detectionGroups(image, detections, classNames, minScore), classNames),
    ),
  );
  return panelFigure(panels, { title: `${title} (${conditions(minScore)})` });
}

/**
 * The images of `errors`, in that order, each with what went wrong in its title. Throws when an
 * image is not among `images`.
 */
export async function worstImageGrid(
  errors: readonly ImageErrors[],
  images: readonly ImageRecord[],
  detections: readonly ImageDetections[],
  { classNames, minScore, title = "Worst errors" }: DetectionFigureOptions,
): Promise<Figure> {
  const records = new Map(images.map((image) => [image.id, image]));
  const panels = await Promise.all(
    errors.map(async ({ imageId, missed, falsePositives, loose }) => {
      const image = records.get(imageId);
      if (!image)
        throw new Error(`image '${imageId}' has errors, but is not among the images given`);
      const said = [
        missed.length && `${missed.length} missed`,
        falsePositives.length && `${falsePositives.length} false`,
        loose.length && `${loose.length} loose`,
      ].filter(Boolean);
      const shown = await panel(
        image,
        detectionGroups(image, detections, classNames, minScore),
        classNames,
      );
      return { ...shown, title: `${shown.title}: ${said.join(", ") || "no error"}` };
    }),
  );
  return panelFigure(panels, { title: `${title} (${conditions(minScore)})` });
}

/** The boxes NMS kept beside their mean, which is what the original experiment answered with. */
export async function meanBoxComparison(
  images: readonly ImageRecord[],
  detections: readonly ImageDetections[],
  meanBoxes: readonly ImageDetections[],
  { classNames, minScore, title = "Boxes after NMS, and their mean" }: DetectionFigureOptions,
): Promise<Figure> {
  const means = new Map(
    meanBoxes.map(({ imageId, detections: own }) => [imageId, own.map(({ box }) => box)]),
  );
  const panels = await Promise.all(
    images.map((image) => {
      const mean = boxGroup(
        "mean box",
        { color: COLORS.pink, dash: "solid", width: 2.5 },
        means.get(image.id) ?? [],
      );
      return panel(
        image,
        [mean, ...detectionGroups(image, detections, classNames, minScore)],
        classNames,
      );
    }),
  );
  return panelFigure(panels, { title: `${title} (${conditions(minScore)})` });
}

/** One image with its truth and what was found. @param picture of the image, where it is at hand */
export async function detectionPanel(
  image: ImageRecord,
  detections: readonly ImageDetections[],
  { classNames, minScore }: DetectionFigureOptions,
  picture?: Picture,
): Promise<Panel> {
  return panel(
    image,
    detectionGroups(image, detections, classNames, minScore),
    classNames,
    picture,
  );
}

/** What a title says of how the boxes were chosen and judged. */
export function conditions(minScore: number): string {
  return `scores from ${round(minScore, 2)}, a hit from IoU ${HIT_IOU}`;
}

function detectionGroups(
  image: ImageRecord,
  detections: readonly ImageDetections[],
  classNames: readonly string[],
  scoreThreshold: number,
): BoxGroup[] {
  const { id } = image;
  const own = detections.filter(({ imageId }) => imageId === id);
  const [{ outcomes }] = detectionOutcomes([imageGroundTruth(image)], own, { scoreThreshold });
  const drawn = (name: string, color: string, isHit: boolean): BoxGroup => {
    const kept = outcomes.filter(({ match }) => (match !== UNMATCHED) === isHit);
    const boxes = kept.map(({ detection }) => detection.box);
    const { boxes: shown, ...group } = boxGroup(
      name,
      { color, dash: "solid", width: 1.5 },
      boxes,
      (i) => told(kept[i], image, classNames),
    );
    return {
      ...group,
      boxes: shown.map((box, i) => ({ ...box, label: kept[i].detection.score.toFixed(2) })),
    };
  };
  return [drawn("hit", COLORS.orange, true), drawn("false positive", COLORS.vermilion, false)];
}

function told(
  { detection, iou }: Outcome,
  image: ImageRecord,
  classNames: readonly string[],
): string[] {
  const { classId, classProbabilities, score } = detection;
  return [
    ...whose(image),
    `score ${round(score)}`,
    `${classNames[classId]} (${round(classProbabilities[classId], 2)})`,
    `IoU ${round(iou)}`,
  ];
}

function whose({ id, patient }: ImageRecord): string[] {
  return [fileName(id), `patient ${patient}`];
}

async function panel(
  image: ImageRecord,
  groups: BoxGroup[],
  classNames: readonly string[],
  picture?: Picture,
): Promise<Panel> {
  const boxes = image.annotations.map(({ box }) => box);
  const groundTruth = groundTruthGroup(boxes, (i) => [
    ...whose(image),
    classNames[image.annotations[i].classId],
  ]);
  return {
    picture: picture ?? (await pictureFromFile(image.path, GRID_SIDE)),
    title: fileName(image.id),
    groups: [groundTruth, ...groups],
  };
}
