/** Labels to look at again, as pictures. */
import {
  LABEL_DOUBTS,
  type LabelCandidate,
  type LabelCandidates,
  type LabelDoubt,
} from "../metrics/label-noise";
import type { ImageRecord } from "../types";
import { boxGroup, fileName } from "./box-groups";
import { COLORS, Figure, round } from "./figure";
import { BoxGroup, Panel, panelFigure } from "./panels";
import { GRID_SIDE, pictureFromFile } from "./picture";

const SHOWN = 12;
const PANEL_SIDE = 250;

/**
 * The most suspicious candidates, or those of one doubt: labels dashed, the detection that
 * disagrees solid. Throws when there is none, and when one's image is not among `images`.
 */
export async function labelCandidates(
  { candidates: all, scoreThreshold }: LabelCandidates,
  images: readonly ImageRecord[],
  options: {
    readonly classNames: readonly string[];
    readonly doubt?: LabelDoubt;
    readonly shown?: number;
  },
): Promise<Figure> {
  const { classNames, doubt, shown = SHOWN } = options;
  const candidates = all.filter((candidate) => !doubt || candidate.doubt === doubt);
  if (!candidates.length)
    throw new Error(`there is no candidate for a wrong label (scores from ${scoreThreshold})`);
  const records = new Map(images.map((image) => [image.id, image]));
  const panels = await Promise.all(
    candidates.slice(0, shown).map(async (candidate): Promise<Panel> => {
      const image = records.get(candidate.imageId);
      if (!image)
        throw new Error(
          `image '${candidate.imageId}' has a candidate, but is not among the images given`,
        );
      return {
        picture: await pictureFromFile(image.path, GRID_SIDE),
        title: `${fileName(image.id)}: ${LABEL_DOUBTS[candidate.doubt]} ${candidate.suspicion.toFixed(2)}`,
        groups: groupsOf(candidate, image, classNames),
      };
    }),
  );
  const counted = `${panels.length} of ${candidates.length}`;
  const title = `Candidates for wrong labels, ${counted}, by suspicion (scores from ${round(scoreThreshold, 2)})`;
  return panelFigure(panels, { title, columns: 3, side: PANEL_SIDE });
}

function groupsOf(
  candidate: LabelCandidate,
  image: ImageRecord,
  classNames: readonly string[],
): BoxGroup[] {
  const { detection, iou, reason } = candidate;
  const told = [image.id, `patient ${image.patient}`];
  const labels = boxGroup(
    "label",
    { color: COLORS.green, dash: "dash", width: 2.5 },
    image.annotations.map(({ box }) => box),
    (i) => [
      ...told,
      classNames[image.annotations[i].classId],
      ...(i === candidate.groundTruthIndex ? [reason] : []),
    ],
  );
  if (!detection) return [labels];
  const said = [
    `${classNames[detection.classId]}, score ${round(detection.score)}`,
    `IoU ${round(iou)}`,
    reason,
  ];
  const found = boxGroup(
    "detection",
    { color: COLORS.orange, dash: "solid" },
    [detection.box],
    () => [...told, ...said],
  );
  return [labels, found];
}
