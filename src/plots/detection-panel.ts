/** One image with its ground truth and its detections, for figures of several images. */
import { imageGroundTruth } from "../data/ground-truth";
import { UNMATCHED } from "../metrics/matching";
import { detectionOutcomes, HIT_IOU, type Outcome } from "../metrics/outcomes";
import type { ImageErrors } from "../metrics/worst-images";
import type { ImageBox, ImageDetections, ImageRecord } from "../types";
import { type BoxGroup, boxGroup, groundTruthGroup, withLabels } from "./box-groups";
import { COLORS, round } from "./figure";
import { fileName, imageLines } from "./hover-text";
import type { Panel } from "./panels";
import { GRID_SIDE, type Picture, pictureOfRecord } from "./picture";

/** Options of all figures of detections. */
export interface DetectionFigureOptions {
  readonly classNames: readonly string[];
  /** Detections below this score are not drawn. The title names it. */
  readonly minScore: number;
  readonly title?: string;
}

/** Options of one panel. */
interface DetectionPanelOptions extends DetectionFigureOptions {
  /** The image itself; read from its file by default. */
  readonly picture?: Picture;
}

/**
 * One image with its ground truth, hits and false positives.
 * @param detections of this image; those of other images do not count
 * @throws when the file of the image is not readable
 */
export async function detectionPanel(
  image: ImageRecord,
  detections: readonly ImageDetections[],
  { classNames, minScore, picture }: DetectionPanelOptions,
): Promise<Panel<ImageBox>> {
  const boxes = image.annotations.map(({ box }) => box);
  const groundTruth = groundTruthGroup(boxes, (i) => [
    ...imageLines(image),
    classNames[image.annotations[i].classId],
  ]);
  const found = detections.filter(({ imageId }) => imageId === image.id);
  const [{ outcomes }] = detectionOutcomes([imageGroundTruth(image)], found, {
    scoreThreshold: minScore,
  });
  const isHit = ({ match }: Outcome) => match !== UNMATCHED;
  const group = (name: string, color: string, members: readonly Outcome[]): BoxGroup<ImageBox> =>
    withLabels(
      boxGroup(
        { name, color, dash: "solid", width: 1.5 },
        members.map(({ detection }) => detection.box),
        (i) => [...imageLines(image), ...outcomeLines(members[i], classNames)],
      ),
      (i) => members[i].detection.score.toFixed(2),
    );
  return {
    picture: picture ?? (await pictureOfRecord(image, GRID_SIDE)),
    title: fileName(image.id),
    groups: [
      groundTruth,
      group("hit", COLORS.orange, outcomes.filter(isHit)),
      group(
        "false positive",
        COLORS.vermilion,
        outcomes.filter((outcome) => !isHit(outcome)),
      ),
    ],
  };
}

/** The part of a title that says which boxes are drawn and what a hit is. */
export function conditions(minScore: number): string {
  return `scores from ${round(minScore, 2)}, hits from IoU ${HIT_IOU}`;
}

/** The number of errors of each kind in an image: `1 missed, 2 false`. */
export function errorText({ missed, falsePositives, loose }: ImageErrors): string {
  const counts = [
    missed.length && `${missed.length} missed`,
    falsePositives.length && `${falsePositives.length} false`,
    loose.length && `${loose.length} loose`,
  ];
  return counts.filter(Boolean).join(", ") || "no error";
}

function outcomeLines({ detection, iou }: Outcome, classNames: readonly string[]): string[] {
  const { classId, classProbabilities, score } = detection;
  return [
    `score ${round(score)}`,
    `${classNames[classId]} (${round(classProbabilities[classId], 2)})`,
    `IoU ${round(iou)}`,
  ];
}
