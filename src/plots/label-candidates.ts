/** The figure of labels that may be wrong. */
import { patientName } from "../data/groups";
import {
  LABEL_DOUBTS,
  type LabelCandidate,
  type LabelCandidates,
  type LabelDoubt,
} from "../metrics/label-noise";
import type { ImageBox, ImageRecord } from "../types";
import { type BoxGroup, boxGroup } from "./box-groups";
import { COLORS, type Figure, round } from "./figure";
import { fileName } from "./hover-text";
import { type Panel, panelFigure } from "./panels";
import { GRID_SIDE, pictureOfRecord } from "./picture";

const MAX_CANDIDATES = 12;
const GRID = { columns: 3, side: 250 } as const;

/** Which candidates a figure shows. */
export interface LabelCandidateOptions {
  readonly classNames: readonly string[];
  /** Only candidates with this doubt. */
  readonly doubt?: LabelDoubt;
  /** At most; 12 by default. */
  readonly count?: number;
}

/**
 * The most suspicious labels: labels are dashed, the detection that disagrees is solid.
 * @param images the records of the candidates; others may be among them
 * @throws when there is no candidate, or when the image of one is not among `images`
 * @example
 * const candidates = labelCandidates(groundTruths, detections, { scoreThreshold: 0.5 });
 * const options = { classNames: dataset.classNames, count: 4 };
 * await show(await figures.labelCandidates(candidates, dataset.images, options));
 */
export async function labelCandidates(
  { candidates: all, scoreThreshold }: LabelCandidates,
  images: readonly ImageRecord[],
  { classNames, doubt, count = MAX_CANDIDATES }: LabelCandidateOptions,
): Promise<Figure> {
  const candidates = all.filter((candidate) => !doubt || candidate.doubt === doubt);
  if (!candidates.length)
    throw new Error(`there is no candidate for a wrong label (scores from ${scoreThreshold})`);
  const records = new Map(images.map((image) => [image.id, image]));
  const panels = await Promise.all(
    candidates.slice(0, count).map(async (candidate): Promise<Panel<ImageBox>> => {
      const image = records.get(candidate.imageId);
      if (!image)
        throw new Error(
          `image '${candidate.imageId}' has a candidate, but is not among the images given`,
        );
      return {
        picture: await pictureOfRecord(image, GRID_SIDE),
        title: `${fileName(image.id)}\n${LABEL_DOUBTS[candidate.doubt]} ${candidate.suspicion.toFixed(2)}`,
        groups: groupsOf(candidate, image, classNames),
      };
    }),
  );
  const total = `${panels.length} of ${candidates.length}`;
  const title = `Candidates for wrong labels, ${total}, by suspicion (scores from ${round(scoreThreshold, 2)})`;
  return panelFigure(panels, { ...GRID, title });
}

function groupsOf(
  { detection, groundTruthIndex, iou, reason }: LabelCandidate,
  image: ImageRecord,
  classNames: readonly string[],
): BoxGroup<ImageBox>[] {
  const imageText = [image.id, `patient ${patientName(image.patient)}`];
  const labels = boxGroup(
    { name: "label", color: COLORS.green, dash: "dash", width: 2.5 },
    image.annotations.map(({ box }) => box),
    (i) => [
      ...imageText,
      classNames[image.annotations[i].classId],
      ...(i === groundTruthIndex ? [reason] : []),
    ],
  );
  if (!detection) return [labels];
  const { box, classId, score } = detection;
  const found = boxGroup({ name: "detection", color: COLORS.orange, dash: "solid" }, [box], () => [
    ...imageText,
    `${classNames[classId]}, score ${round(score)}`,
    `IoU ${round(iou)}`,
    reason,
  ]);
  return [labels, found];
}
