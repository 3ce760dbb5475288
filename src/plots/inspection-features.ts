/** Figures of one image inside the detector: the letterbox, feature maps and objectness. */
import sharp from "sharp";
import { type AnchorLevel, anchorLevels } from "../boxes/anchor-levels";
import type { FeatureMap } from "../detectors/detector";
import type { Inspection } from "../inference/inspection";
import type { ImageBox } from "../types";
import { boxGroup, groundTruthGroup } from "./box-groups";
import { cellHeatmap, type Figure, round, type Trace } from "./figure";
import { fileName } from "./hover-text";
import { AFTER, inputPanel, SINGLE } from "./inspection-panel";
import { type Panel, panelFigure } from "./panels";
import { pictureOfRecord } from "./picture";
import { sigmoid } from "./sigmoid";
import { panelSlider, type SliderStep } from "./slider";

const MAP_SIDE = 200;
/** Vermilion, which is half opaque where an anchor surely holds a tumor. */
const HEAT_RGB = [213, 94, 0];
const HEAT_OPACITY = 0.7;

/**
 * The original image with the square that the network gets, and the input of the network.
 * @throws when the image cannot be decoded
 * @example
 * await show(await figures.letterboxStage(await inspectImage(detector, image)));
 */
export async function letterboxStage(inspection: Inspection): Promise<Figure> {
  const { image, record, groundTruth } = inspection;
  const { scale, dx, dy, size } = image.letterbox;
  const square: ImageBox = [-dx / scale, -dy / scale, (size - dx) / scale, (size - dy) / scale];
  const original: Panel<ImageBox> = {
    picture: await pictureOfRecord(record),
    title: `${fileName(record.id)}\n${image.width} × ${image.height} pixels`,
    groups: [boxGroup({ name: "input of the network", ...AFTER }, [square])],
  };
  const title = `input of the network\n${size} × ${size} pixels`;
  const input = await inputPanel(inspection, title, [groundTruthGroup(groundTruth)]);
  return panelFigure([original, input], { ...SINGLE, columns: 2, title: "Letterbox" });
}

/**
 * The feature maps from the levels of the backbone to those of the neck: the mean magnitude of the
 * channels of each cell.
 * @example
 * await show(figures.featureMaps(await inspectImage(detector, image)));
 */
export function featureMaps({ maps, image }: Inspection): Figure {
  const { size } = image.letterbox;
  const panels = maps.map((map): Panel => ({
    picture: null,
    view: [0, 0, size, size],
    title: `${map.name}\n${map.width} × ${map.height} × ${map.channels}`,
    groups: [],
    overlays: [heatTrace(map, map.stride)],
  }));
  return panelFigure(panels, {
    title: "Feature maps: mean magnitude of the channels",
    side: MAP_SIDE,
  });
}

/**
 * Objectness over the image. A slider selects the anchor shape. With a feature pyramid, each shape
 * has the cells of its level.
 * @example
 * await show(await figures.objectnessSlider(await inspectImage(detector, image)));
 */
export async function objectnessSlider(inspection: Inspection): Promise<Figure> {
  const { shapes, trace, grids, groundTruth } = inspection;
  const base = await inputPanel(inspection, "", [groundTruthGroup(groundTruth)]);
  const logits = anchorLevels(grids, trace.objectness.length).flatMap((level) =>
    Array.from({ length: level.perCell }, (_, shape) => ofShape(trace.objectness, shape, level)),
  );
  const highest = logits.map((values) => Math.max(...values));
  const steps: SliderStep[] = [];
  for (const [shape, { width, height }] of shapes.entries()) {
    const label = `${Math.round(width)} × ${Math.round(height)}`;
    const title = `anchors of ${label} pixels: at most ${round(sigmoid(highest[shape]), 2)}`;
    steps.push({ label, panels: [{ ...base, title, cover: await heatPicture(logits[shape]) }] });
  }
  return panelSlider(steps, {
    ...SINGLE,
    title: "Objectness by anchor shape (transparent: 0, orange: 1)",
    prefix: "anchor ",
    start: highest.indexOf(Math.max(...highest)),
  });
}

/**
 * The features of the first proposals, as the head gets them: the mean magnitude of the channels.
 * @example
 * await show(figures.regionFeatures(await inspectImage(detector, image)));
 */
export function regionFeatures({ regions, trace }: Inspection): Figure {
  const panels = regions.map((map, i): Panel => ({
    picture: null,
    view: [0, 0, map.width, map.height],
    title: `${map.name}\nobjectness ${round(trace.proposalScores[i], 2)}`,
    groups: [],
    overlays: [heatTrace(map, 1)],
  }));
  return panelFigure(panels, {
    title: "Features of the first proposals, the input of the head",
    side: MAP_SIDE,
  });
}

/**
 * A feature map as a heat map. Each map has its own color scale.
 * @param stride side of a cell in the units of the axes
 */
function heatTrace({ values, width, height }: FeatureMap, stride: number): Trace {
  const z = Array.from({ length: height }, (_, row) =>
    Array.from(values.slice(row * width, (row + 1) * width), (value) => round(value, 3)),
  );
  return {
    ...cellHeatmap(z, stride),
    colorscale: "Viridis",
    hovertemplate: "%{z}<extra></extra>",
  };
}

/** The logits of one anchor shape of a map, cell by cell. */
function ofShape(
  logits: Float32Array,
  shape: number,
  { start, count, perCell }: AnchorLevel,
): number[] {
  const ofLevel = Array.from(logits.subarray(start, start + count));
  return ofLevel.filter((_, i) => i % perCell === shape);
}

/** A transparent picture with one pixel for each cell: the likelier, the more opaque. */
async function heatPicture(logits: readonly number[]): Promise<string> {
  const side = Math.sqrt(logits.length);
  const pixels = Uint8Array.from(
    logits.flatMap((logit) => [...HEAT_RGB, 255 * HEAT_OPACITY * sigmoid(logit)]),
  );
  const png = await sharp(pixels, { raw: { width: side, height: side, channels: 4 } })
    .png()
    .toBuffer();
  return `data:image/png;base64,${png.toString("base64")}`;
}
