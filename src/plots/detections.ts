/** Detections beside the truth. */
import { HIT_IOU } from "../evaluation/outcomes";
import type { ImageErrors } from "../evaluation/errors";
import type { Detection, ImageDetections, ImageRecord } from "../types";
import { group } from "./anchors";
import { sizeText } from "./dataset";
import { COLORS, Figure, round } from "./figure";
import { BoxGroup, Panel, panelFigure } from "./panels";
import { pictureFromFile } from "./picture";

export interface DetectionFigureOptions {
  readonly classNames: readonly string[];
  /** Detections below it are not drawn; it is part of the title. */
  readonly minScore: number;
  readonly title?: string;
}

/** Images with their truth (dashed) and what was found (solid, with scores); boxes in pixels of the original images. */
export async function detectionGrid(
  images: readonly ImageRecord[],
  detections: readonly ImageDetections[],
  { classNames, minScore, title = "Detections and truth" }: DetectionFigureOptions,
): Promise<Figure> {
  const byImage = new Map(detections.map((found) => [found.imageId, found.detections]));
  const panels = await Promise.all(
    images.map((image) => panel(image, [detectionGroup(byImage.get(image.id) ?? [], classNames, minScore)])),
  );
  return panelFigure(panels, { title: `${title} (scores from ${round(minScore, 2)})` });
}

/** The images with the worst errors, each with what went wrong in its title. */
export async function worstErrorGrid(
  errors: readonly ImageErrors[],
  images: readonly ImageRecord[],
  detections: readonly ImageDetections[],
  options: DetectionFigureOptions,
): Promise<Figure> {
  const records = new Map(images.map((image) => [image.id, image]));
  const byImage = new Map(detections.map((found) => [found.imageId, found.detections]));
  const panels = await Promise.all(
    errors.map(async (error) => {
      const { missed, falsePositives, loose } = error;
      const said = [
        missed.length && `${missed.length} missed`,
        falsePositives.length && `${falsePositives.length} false`,
        loose.length && `${loose.length} loose`,
      ].filter(Boolean);
      const found = detectionGroup(byImage.get(error.imageId) ?? [], options.classNames, options.minScore);
      const shown = await panel(records.get(error.imageId)!, [found]);
      return { ...shown, title: `${shown.title}: ${said.join(", ") || "no error"}` };
    }),
  );
  return panelFigure(panels, {
    title: `Worst errors (scores from ${round(options.minScore, 2)}, a hit from IoU ${HIT_IOU})`,
  });
}

/** The boxes NMS kept beside their mean, which is what the original experiment answered with. */
export async function meanBoxComparison(
  images: readonly ImageRecord[],
  detections: readonly ImageDetections[],
  meanBoxes: readonly ImageDetections[],
  { classNames, minScore }: DetectionFigureOptions,
): Promise<Figure> {
  const find = (all: readonly ImageDetections[], id: string) =>
    all.find(({ imageId }) => imageId === id)?.detections ?? [];
  const panels = await Promise.all(
    images.map((image) =>
      panel(image, [
        detectionGroup(find(detections, image.id), classNames, minScore),
        group("their mean box", COLORS.vermilion, "dot", find(meanBoxes, image.id).map(({ box }) => box)), // prettier-ignore
      ]),
    ),
  );
  return panelFigure(panels, { title: `Boxes after NMS, and their mean (scores from ${round(minScore, 2)})` });
}

function detectionGroup(detections: readonly Detection[], classNames: readonly string[], minScore: number): BoxGroup {
  return {
    name: "detected",
    color: COLORS.orange,
    dash: "solid",
    boxes: detections
      .filter(({ score }) => score >= minScore)
      .map(({ box, score, classId, classProbabilities }) => ({
        box,
        label: score.toFixed(2),
        hover: [
          `score ${round(score)}`,
          `${classNames[classId]} ${round(classProbabilities[classId], 2)}`,
          sizeText(box),
        ],
      })),
  };
}

async function panel(image: ImageRecord, groups: BoxGroup[]): Promise<Panel> {
  const truth = group("truth", COLORS.green, "dash", image.annotations.map(({ box }) => box)); // prettier-ignore
  return {
    picture: await pictureFromFile(image.path),
    title: image.id.slice(image.id.lastIndexOf("/") + 1),
    groups: [truth, ...groups],
  };
}
