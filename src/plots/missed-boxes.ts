/**
 * Where a two-stage detector lost tumors: how many each stage still covers, what each loss costs,
 * and the cases.
 */
import { type Cover, type MissCause, MISS_CAUSES, type Stage, STAGES } from "../metrics/box-path";
import type { MissedBox, MissCauses } from "../metrics/missed-boxes";
import { toOriginal } from "../data/letterbox";
import type { Box, ImageRecord } from "../types";
import { boxGroup, fileName, groundTruthGroup } from "./box-groups";
import { axis, COLORS, type Figure, figure, round } from "./figure";
import { type BoxGroup, panelFigure } from "./panels";
import { pictureOfView } from "./picture";

const SHOWN = 12;
const PANEL_SIDE = 260;
/** A panel shows so many times the tumor's longer side. */
const VIEW = 3;
/** Per bar, so that names keep their distance. */
const BAR_HEIGHT = 34;
const FRAME = 130;

/** How each stage's best cover is drawn: the later, the more solid. */
const STYLES: Readonly<Record<Stage, Pick<BoxGroup, "name" | "color" | "dash" | "width">>> = {
  anchors: { name: "best anchor", color: COLORS.sky, dash: "dot", width: 1 },
  candidates: { name: "best candidate", color: COLORS.pink, dash: "dot", width: 1.5 },
  proposals: { name: "best proposal", color: COLORS.yellow, dash: "dash", width: 1.5 },
  "refined boxes": { name: "best refined box", color: COLORS.orange, dash: "solid", width: 1.5 },
  detections: { name: "best detection", color: COLORS.vermilion, dash: "solid", width: 2 },
};

/** The share of tumors that each stage covers, from all anchors to what is reported. */
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
  return figure([bar], `Tumors that a stage's boxes cover (${conditions(result)})`, {
    xaxis: axis("share of the tumors", { range: [0, 1.02] }),
    yaxis: { autorange: "reversed", automargin: true },
    height: FRAME + BAR_HEIGHT * names.length,
  });
}

/** What lost tumors, and what it costs of the average precision. */
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
    `${result.missed.length} of ${result.boxes} tumors not found: why (${conditions(result)})`,
    {
      xaxis: axis(`class-agnostic AP at IoU ${result.iou} that it costs`, { rangemode: "tozero" }),
      yaxis: { autorange: "reversed", automargin: true },
      height: FRAME + BAR_HEIGHT * result.costs.length,
    },
  );
}

/**
 * The lost tumors, or those of one loss, each with the box of every stage that covers it best.
 * Boxes are in pixels of the original image. Throws when none is lost, and when one's image is not
 * among `images`.
 */
export async function missedBoxes(
  result: MissCauses,
  images: readonly ImageRecord[],
  { loss, shown = SHOWN }: { readonly loss?: MissCause; readonly shown?: number } = {},
): Promise<Figure> {
  const lost = result.missed.filter((box) => !loss || box.cause === loss).slice(0, shown);
  if (!lost.length)
    throw new Error(`no tumor was ${loss ? MISS_CAUSES[loss] : "lost"} (${conditions(result)})`);
  const records = new Map(images.map((image) => [image.id, image]));
  const panels = await Promise.all(
    lost.map(async (box) => {
      const image = records.get(box.imageId);
      if (!image)
        throw new Error(
          `a tumor of image '${box.imageId}' was lost, but the image is not among those given`,
        );
      const title = `${fileName(image.id)}: ${MISS_CAUSES[box.cause]}`;
      const view = around(toOriginal(box.groundTruth, box.letterbox));
      return {
        picture: await pictureOfView(image.path, view),
        title,
        view,
        groups: groupsOf(box, image),
      };
    }),
  );
  const title = `Lost tumors with each stage's best box (${conditions(result)})`;
  return panelFigure(panels, { title, columns: 3, side: PANEL_SIDE });
}

function around([x1, y1, x2, y2]: Box): Box {
  const [x, y] = [(x1 + x2) / 2, (y1 + y2) / 2];
  const reach = (VIEW * Math.max(x2 - x1, y2 - y1)) / 2;
  return [x - reach, y - reach, x + reach, y + reach];
}

function groupsOf(box: MissedBox, image: ImageRecord): BoxGroup[] {
  const groundTruth = groundTruthGroup([toOriginal(box.groundTruth, box.letterbox)], () => [
    fileName(image.id),
    `patient ${box.patient}`,
  ]);
  const stages = STAGES.flatMap((stage) => {
    const cover = box.covers[stage];
    return cover ? [stageGroup(stage, cover, box)] : [];
  });
  return [groundTruth, ...stages];
}

function stageGroup(stage: Stage, { box, iou, score }: Cover, { letterbox }: MissedBox): BoxGroup {
  const told = [`IoU ${round(iou)}`, `score ${round(score)}`];
  return boxGroup(STYLES[stage].name, STYLES[stage], [toOriginal(box, letterbox)], () => told);
}

function conditions({ scoreThreshold, iou }: MissCauses): string {
  return `scores from ${round(scoreThreshold, 2)}, IoU from ${iou}`;
}
