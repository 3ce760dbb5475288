/**
 * Figures of missed boxes: how many boxes each stage of a two-stage detector covers, what each
 * cause costs, and the missed boxes themselves.
 */
import { patientName } from "../data/groups";
import { toOriginal } from "../data/letterbox";
import { type Cover, type MissCause, MISS_CAUSES, type Stage, STAGES } from "../metrics/box-path";
import type { MissCauses, MissedBox } from "../metrics/missed-boxes";
import type { ImageBox, ImageRecord } from "../types";
import { type BoxGroup, boxGroup, type BoxKind, groundTruthGroup } from "./box-groups";
import { axis, COLORS, type Figure, figure, round } from "./figure";
import { fileName } from "./hover-text";
import { type Panel, panelFigure } from "./panels";
import { pictureOfView } from "./picture";

const MAX_BOXES = 12;
const GRID = { columns: 3, side: 260 } as const;
/** Side of the view, in parts of the longer side of the box. */
const VIEW = 3;
/** Lengths in pixels. */
const BAR = 34;
const MARGINS = 130;

/** How the best box of each stage is drawn: the later the stage, the more solid. */
const KINDS: Readonly<Record<Stage, BoxKind>> = {
  anchors: { name: "best anchor", color: COLORS.sky, dash: "dot", width: 1 },
  candidates: { name: "best candidate", color: COLORS.pink, dash: "dot", width: 1.5 },
  proposals: { name: "best proposal", color: COLORS.yellow, dash: "dash", width: 1.5 },
  "refined boxes": { name: "best refined box", color: COLORS.orange, dash: "solid", width: 1.5 },
  detections: { name: "best detection", color: COLORS.vermilion, dash: "solid", width: 2 },
};

/**
 * The share of tumors that the boxes of each stage cover, from the anchors to the detections above
 * the threshold.
 * @example
 * const result = missCauses(await traceBoxes(detector, test), { scoreThreshold: 0.5 });
 * await show(figures.stageCoverage(result));
 */
export function stageCoverage(result: MissCauses): Figure {
  const names = [...STAGES, "found"] as const;
  const bar = {
    type: "bar",
    orientation: "h",
    y: names.map((name) => (name === "found" ? "reported" : name)),
    x: names.map((name) => round(result.covered[name])),
    text: names.map(
      (name) => `${Math.round(result.covered[name] * result.boxes)} of ${result.boxes}`,
    ),
    hovertemplate: "%{y}: %{x:.1%} of the tumors (%{text})<extra></extra>",
    marker: { color: COLORS.blue },
  };
  return figure([bar], `Tumors that the boxes of each stage cover (${conditions(result)})`, {
    xaxis: axis("share of the tumors", { range: [0, 1.02] }),
    yaxis: { autorange: "reversed", automargin: true },
    height: MARGINS + BAR * names.length,
  });
}

/**
 * How many tumors each cause of a miss accounts for, and what it costs of the average precision.
 * @example
 * const result = missCauses(await traceBoxes(detector, test), { scoreThreshold: 0.5 });
 * await show(figures.stageCosts(result));
 */
export function stageCosts(result: MissCauses): Figure {
  const bar = {
    type: "bar",
    orientation: "h",
    y: result.costs.map(({ name }) => name),
    x: result.costs.map(({ ap }) => round(ap)),
    text: result.costs.map(({ count }) => `${count} ${count === 1 ? "tumor" : "tumors"}`),
    hovertemplate: "%{y}: %{text}, %{x:.3f} of AP<extra></extra>",
    marker: { color: COLORS.orange },
  };
  return figure(
    [bar],
    `Causes of ${result.missed.length} missed tumors of ${result.boxes} (${conditions(result)})`,
    {
      xaxis: axis(`cost in class-agnostic AP at IoU ${result.iou}`, { rangemode: "tozero" }),
      yaxis: { autorange: "reversed", automargin: true },
      height: MARGINS + BAR * result.costs.length,
    },
  );
}

/** Which missed boxes a figure shows. */
export interface MissedBoxOptions {
  /** Only boxes with this cause. */
  readonly cause?: MissCause;
  /** At most; 12 by default. */
  readonly count?: number;
}

/**
 * The missed tumors, each with the box of every stage that covers it best, in pixels of the
 * original image.
 * @param images the records of the missed boxes; others may be among them
 * @throws when no box is missed, or when the image of one is not among `images`
 * @example
 * const result = missCauses(await traceBoxes(detector, test), { scoreThreshold: 0.5 });
 * if (result.missed.length) await show(await figures.missedBoxes(result, test.images, { count: 6 }));
 */
export async function missedBoxes(
  result: MissCauses,
  images: readonly ImageRecord[],
  { cause, count = MAX_BOXES }: MissedBoxOptions = {},
): Promise<Figure> {
  const missed = result.missed.filter((box) => !cause || box.cause === cause).slice(0, count);
  if (!missed.length)
    throw new Error(
      `no tumor was missed${cause ? ` with the cause '${MISS_CAUSES[cause]}'` : ""} (${conditions(result)})`,
    );
  const records = new Map(images.map((image) => [image.id, image]));
  const panels = await Promise.all(
    missed.map(async (box): Promise<Panel<ImageBox>> => {
      const image = records.get(box.imageId);
      if (!image)
        throw new Error(
          `a tumor of image '${box.imageId}' was missed, but the image is not among those given`,
        );
      const view = around(toOriginal(box.groundTruth, box.letterbox));
      return {
        picture: await pictureOfView(image, view),
        title: `${fileName(image.id)}\n${MISS_CAUSES[box.cause]}`,
        view,
        groups: groupsOf(box, image),
      };
    }),
  );
  const title = `Missed tumors with the best box of each stage (${conditions(result)})`;
  return panelFigure(panels, { ...GRID, title });
}

/** The square around a box, `VIEW` times as large. */
function around([x1, y1, x2, y2]: ImageBox): ImageBox {
  const [x, y] = [(x1 + x2) / 2, (y1 + y2) / 2];
  const half = (VIEW * Math.max(x2 - x1, y2 - y1)) / 2;
  return [x - half, y - half, x + half, y + half];
}

function groupsOf(missed: MissedBox, image: ImageRecord): BoxGroup<ImageBox>[] {
  const box = toOriginal(missed.groundTruth, missed.letterbox);
  const groundTruth = groundTruthGroup([box], () => [
    fileName(image.id),
    `patient ${patientName(missed.patient)}`,
  ]);
  const stages = STAGES.flatMap((stage) => {
    const cover = missed.covers[stage];
    return cover ? [stageGroup(stage, cover, missed)] : [];
  });
  return [groundTruth, ...stages];
}

function stageGroup(
  stage: Stage,
  { box, iou, score }: Cover,
  { letterbox }: MissedBox,
): BoxGroup<ImageBox> {
  const lines = [`IoU ${round(iou)}`, `score ${round(score)}`];
  return boxGroup(KINDS[stage], [toOriginal(box, letterbox)], () => lines);
}

function conditions({ scoreThreshold, iou }: MissCauses): string {
  return `scores from ${round(scoreThreshold, 2)}, IoU from ${iou}`;
}
