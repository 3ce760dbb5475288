/**
 * One image through every stage of the detector: a figure each, and three sliders that need no
 * kernel.
 */
import sharp from "sharp";
import { boxAt, gatherBoxes, unflattenBoxes } from "../boxes/box";
import { refinedBoxes } from "../detectors/faster-rcnn/detection-trace";
import type { FeatureMap } from "../detectors/detector";
import { candidateAnchors, candidatesAfterNms, type Inspection } from "../inference/inspection";
import type { Box, BoxArray, NetworkDetection } from "../types";
import { boxGroup, fileName, groundTruthGroup } from "./box-groups";
import {
  axis,
  COLORS,
  type Figure,
  figure,
  type Layout,
  round,
  SERIES,
  type Trace,
} from "./figure";
import { type BoxGroup, type Panel, panelFigure } from "./panels";
import { pictureFromFile, pictureFromPixels } from "./picture";
import { type SliderStep, underSlider } from "./slider";

const SIDE = 360;
const MAP_SIDE = 200;
/** Boxes drawn of each stage: enough to see what happens. */
const SHOWN = 16;
const SHOWN_BARS = 12;
/** What the sliders go through. */
const NMS_IOUS: readonly number[] = [0.1, 0.3, 0.5, 0.7, 0.9, 1];
const SCORES: readonly number[] = [0.01, 0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 0.9];

/** Vermilion, half opaque where an anchor surely holds a tumor. */
const HEAT_RGB = [213, 94, 0];
const HEAT_OPACITY = 0.7;

const BEFORE = { color: COLORS.sky, dash: "dot", width: 1 } as const;
const AFTER = { color: COLORS.orange, dash: "solid", width: 1.5 } as const;

/** The picture as it is, with the square that is cut out of it, and what the network gets. */
export async function letterboxStage(inspection: Inspection): Promise<Figure> {
  const { image, path, groundTruth } = inspection;
  const { scale, dx, dy, size } = image.letterbox;
  const square: Box = [-dx / scale, -dy / scale, (size - dx) / scale, (size - dy) / scale];
  const original = await pictureFromFile(path);
  const cut = boxGroup("cut out for the network", AFTER, [square]);
  const input = await inputPanel(inspection, "the network's input", [
    groundTruthGroup(groundTruth),
  ]);
  const whole = {
    picture: original,
    title: `${fileName(path)}, ${image.width} × ${image.height} pixels`,
    groups: [cut],
  };
  return panelFigure([whole, { ...input, title: `the network's input, ${size} × ${size}` }], {
    title: "Letterbox",
    columns: 2,
    side: SIDE,
  });
}

/**
 * How strongly each cell of each feature map answers, from the backbone's levels to the neck's one
 * map.
 */
export function featureMaps({ maps, image }: Inspection): Figure {
  const { size } = image.letterbox;
  const panels = maps.map((map): Panel => {
    const title = `${map.name}: ${map.width} × ${map.height} × ${map.channels}`;
    return {
      picture: null,
      view: [0, 0, size, size],
      title,
      groups: [],
      overlays: [answers(map, map.stride)],
    };
  });
  return panelFigure(panels, { title: "Features: mean size of a cell's channels", side: MAP_SIDE });
}

/** Objectness over the image, an anchor shape at a time. */
export async function objectnessSlider(inspection: Inspection): Promise<Figure> {
  const { shapes, trace } = inspection;
  const base = await inputPanel(inspection, "", [groundTruthGroup(inspection.groundTruth)]);
  const highest = shapes.map((_, shape) =>
    Math.max(...each(trace.objectness, shape, shapes.length)),
  );
  const steps: SliderStep[] = [];
  for (const [shape, { width, height }] of shapes.entries()) {
    const best = 1 / (1 + Math.exp(-highest[shape]));
    const label = `${Math.round(width)} × ${Math.round(height)}`;
    const title = `anchors of ${label} pixels: at most ${round(best, 2)}`;
    const figure = panelFigure([{ ...base, title }], { title: "", columns: 1, side: SIDE });
    steps.push({ label, figure: withHeat(figure, await objectnessOf(inspection, shape)) });
  }
  const start = highest.indexOf(Math.max(...highest));
  return underSlider(steps, {
    title: "Objectness by anchor shape (clear: 0, red: 1)",
    prefix: "anchor ",
    start,
  });
}

/** The anchors of highest objectness, and where the region proposal network moves them. */
export async function movedAnchors(inspection: Inspection): Promise<Figure> {
  const { trace, groundTruth } = inspection;
  const scored = (i: number) => [`objectness ${round(trace.candidateScores[i])}`];
  const panel = await inputPanel(inspection, `the ${SHOWN} of highest objectness`, [
    boxGroup("anchor", BEFORE, first(candidateAnchors(inspection)), scored),
    groundTruthGroup(groundTruth),
    boxGroup("moved: candidate", AFTER, first(trace.candidates), scored),
  ]);
  return panelFigure([panel], {
    title: "Anchors, and where they are moved",
    columns: 1,
    side: SIDE,
  });
}

/** What NMS leaves of the candidates, at several thresholds. */
export async function nmsSlider(inspection: Inspection, configured: number): Promise<Figure> {
  const { trace, groundTruth } = inspection;
  const ious = NMS_IOUS.includes(configured)
    ? NMS_IOUS
    : [...NMS_IOUS, configured].sort((a, b) => a - b);
  const scored = (i: number) => [`objectness ${round(trace.candidateScores[i])}`];
  const before = boxGroup("candidate", BEFORE, first(trace.candidates), scored);
  const base = await inputPanel(inspection, "", []);
  const steps = ious.map((nmsIou) => {
    const kept = candidatesAfterNms(inspection, nmsIou);
    const shown = kept.slice(0, SHOWN);
    const after = boxGroup(
      "proposal",
      AFTER,
      unflattenBoxes(gatherBoxes(trace.candidates, shown)),
      (i) => scored(shown[i]),
    );
    const title = `${trace.candidateScores.length} candidates, ${kept.length} kept (the best ${SHOWN} of each are drawn)`;
    const panel = { ...base, title, groups: [before, groundTruthGroup(groundTruth), after] };
    return {
      label: String(nmsIou),
      figure: panelFigure([panel], { title: "", columns: 1, side: SIDE }),
    };
  });
  const start = ious.indexOf(configured);
  return underSlider(steps, {
    title: `Candidates before and after NMS (configured: IoU ${configured})`,
    prefix: "NMS IoU ",
    start,
  });
}

/** What the head sees of the first proposals. */
export function regionFeatures({ regions, trace }: Inspection): Figure {
  const panels = regions.map((map, i): Panel => {
    const title = `${map.name}, objectness ${round(trace.proposalScores[i], 2)}`;
    return {
      picture: null,
      view: [0, 0, map.width, map.height],
      title,
      groups: [],
      overlays: [answers(map, 1)],
    };
  });
  return panelFigure(panels, {
    title: "Features of the first proposals, as the head sees them",
    side: MAP_SIDE,
  });
}

/**
 * Each stage's foreground probability for the first proposals, with the class in the hover text.
 */
export function headOutputs({ trace, classNames }: Inspection): Figure {
  const rows = Array.from(trace.proposalScores.slice(0, SHOWN_BARS).keys());
  const bars = trace.stages.map(({ foreground, classProbabilities }, stage): Trace => {
    const classes = rows.map((row) => {
      const own = classNames.map(
        (name, c) => `${name} ${round(classProbabilities[row * classNames.length + c], 2)}`,
      );
      return own.join(", ");
    });
    return {
      type: "bar",
      name: `stage ${stage + 1}`,
      x: rows.map((row) => row + 1),
      y: rows.map((row) => round(foreground[row])),
      customdata: classes,
      hovertemplate: "proposal %{x}: foreground %{y}<br>%{customdata}",
      marker: { color: SERIES[stage % SERIES.length] },
    };
  });
  return figure(bars, "What the head says of the first proposals", {
    barmode: "group",
    xaxis: axis("proposal, by objectness", { dtick: 1 }),
    yaxis: axis("foreground probability", { range: [0, 1.02] }),
  });
}

/** Where the head moves the proposals it believes in most. */
export async function movedProposals(inspection: Inspection): Promise<Figure> {
  const { trace, groundTruth } = inspection;
  const best = Array.from(trace.foreground.keys())
    .sort((a, b) => trace.foreground[b] - trace.foreground[a])
    .slice(0, SHOWN_BARS);
  const told = (i: number) => [
    `proposal ${best[i] + 1}`,
    `foreground ${round(trace.foreground[best[i]])}`,
  ];
  const panel = await inputPanel(inspection, `the ${best.length} of highest foreground`, [
    boxGroup("proposal", { ...BEFORE, dash: "dash" }, pick(trace.proposals, best), told),
    groundTruthGroup(groundTruth),
    boxGroup("refined", AFTER, pick(refinedBoxes(trace), best), told),
  ]);
  return panelFigure([panel], {
    title: "Proposals, and where the head moves them",
    columns: 1,
    side: SIDE,
  });
}

/** The detections from a score on, at several scores. */
export async function scoreSlider(inspection: Inspection): Promise<Figure> {
  const { trace, groundTruth, classNames } = inspection;
  const base = await inputPanel(inspection, "", []);
  const steps = SCORES.map((score) => {
    const kept = trace.detections.filter((detection) => detection.score >= score);
    const panel = {
      ...base,
      title: `${kept.length} of ${trace.detections.length} detections`,
      groups: [groundTruthGroup(groundTruth), detectionGroup(kept, classNames)],
    };
    return {
      label: String(score),
      figure: panelFigure([panel], { title: "", columns: 1, side: SIDE }),
    };
  });
  const start = SCORES.indexOf(0.5);
  return underSlider(steps, { title: "Detections from a score on", prefix: "score from ", start });
}

function detectionGroup(
  detections: readonly NetworkDetection[],
  classNames: readonly string[],
): BoxGroup {
  const boxes = detections.map(({ box }) => box);
  const group = boxGroup("detection", AFTER, boxes, (i) => {
    const { score, classId, classProbabilities } = detections[i];
    return [
      `score ${round(score)}`,
      `${classNames[classId]} (${round(classProbabilities[classId], 2)})`,
    ];
  });
  return {
    ...group,
    boxes: group.boxes.map((box, i) => ({ ...box, label: detections[i].score.toFixed(2) })),
  };
}

async function inputPanel(
  { image }: Inspection,
  title: string,
  groups: readonly BoxGroup[],
): Promise<Panel> {
  const { size } = image.letterbox;
  return {
    picture: await pictureFromPixels({ pixels: image.pixels, width: size, height: size }),
    title,
    groups,
  };
}

/** A feature map as a heat map, each scaled to its own strongest answer. */
function answers({ values, width, height }: FeatureMap, step: number): Trace {
  const z = Array.from({ length: height }, (_, row) =>
    Array.from(values.slice(row * width, (row + 1) * width), (value) => round(value, 3)),
  );
  return {
    type: "heatmap",
    ...cells(step),
    z,
    colorscale: "Viridis",
    showscale: false,
    hovertemplate: "%{z}<extra></extra>",
  };
}

/**
 * A shape's objectness at each cell as a picture: the likelier, the less of the image shows
 * through.
 */
async function objectnessOf({ trace, shapes }: Inspection, shape: number): Promise<string> {
  const own = each(trace.objectness, shape, shapes.length);
  const side = Math.sqrt(own.length);
  const pixels = Uint8Array.from(
    own.flatMap((logit) => [...HEAT_RGB, (255 * HEAT_OPACITY) / (1 + Math.exp(-logit))]),
  );
  const png = await sharp(pixels, { raw: { width: side, height: side, channels: 4 } })
    .png()
    .toBuffer();
  return `data:image/png;base64,${png.toString("base64")}`;
}

/** A figure of one panel with a second picture over the first. */
function withHeat(panel: Figure, source: string): Figure {
  const [picture] = panel.layout.images as Layout[];
  return {
    ...panel,
    layout: { ...panel.layout, images: [picture, { ...picture, source, layer: "above" }] },
  };
}

/** Where a heat map's cells are. */
function cells(step: number): Record<string, number> {
  return { x0: step / 2, dx: step, y0: step / 2, dy: step };
}

/** The values of one of several shapes at each cell. */
function each(values: Float32Array, shape: number, shapes: number): number[] {
  return Array.from(values).filter((_, i) => i % shapes === shape);
}

function first(boxes: BoxArray): Box[] {
  return unflattenBoxes(boxes.slice(0, 4 * SHOWN));
}

function pick(boxes: BoxArray, rows: readonly number[]): Box[] {
  return rows.map((row) => boxAt(boxes, row));
}
