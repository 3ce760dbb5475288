/** Figures of possible faults of a data set: repeated images and unusual boxes. */
import { patientName } from "../data/groups";
import type { NearDuplicate, NearDuplicates } from "../data/health/near-duplicates";
import type { BoxOutliers, JudgedSliceBox } from "../data/health/outliers";
import { HASH_BITS } from "../data/health/perceptual-hash";
import type { RepeatedImages } from "../data/health/repeated-images";
import type { SameImage } from "../data/same-images";
import type { ImageBox, ImageRecord } from "../types";
import { groundTruthGroup } from "./box-groups";
import { axis, COLORS, escapeText, type Figure, figure, round, type Trace } from "./figure";
import { sizeText } from "./hover-text";
import { legendAbove } from "./legend";
import { type Panel, panelFigure } from "./panels";
import { GRID_SIDE, pictureOfRecord } from "./picture";

const MAX_PAIRS = 6;
const SCATTER = { width: 720, height: 440 } as const;

/** How many pairs or images a figure shows. */
export interface CountOption {
  /** At most. */
  readonly count?: number;
}

/**
 * Pairs of images that look the same, side by side with their boxes. The most serious pairs come
 * first.
 * @throws when there are no pairs
 * @example
 * const duplicates = await nearDuplicates(dataset);
 * if (duplicates.pairs.length) await show(await figures.duplicatePairs(duplicates, { count: 6 }));
 */
export async function duplicatePairs(
  { pairs, maxDistance }: NearDuplicates,
  { count = MAX_PAIRS }: CountOption = {},
): Promise<Figure> {
  if (!pairs.length)
    throw new Error(
      `no two images are ${maxDistance} bits or less apart: there is no pair to show`,
    );
  const first = pairs.slice(0, count);
  const panels = await Promise.all(
    first.flatMap((pair) => [
      duplicatePanel(pair.first, pairTitle(pair)),
      duplicatePanel(pair.second, placeText(pair.second)),
    ]),
  );
  const title = `Near duplicates: ${first.length} of ${pairs.length} pairs up to ${maxDistance} of ${HASH_BITS} bits apart`;
  return panelFigure(panels, { title, columns: 4 });
}

/**
 * Pairs of images that are the same, side by side with their boxes. Pairs across splits come first.
 * @throws when there are no pairs
 * @example
 * const repeated = repeatedImages(dataset);
 * if (repeated.pairs.length) await show(await figures.repeatedImages(repeated, { count: 4 }));
 */
export async function repeatedImages(
  { pairs }: RepeatedImages,
  { count = MAX_PAIRS }: CountOption = {},
): Promise<Figure> {
  if (!pairs.length) throw new Error("no image is in the data set twice: there is no pair to show");
  const first = pairs.slice(0, count);
  const panels = await Promise.all(
    first.flatMap((pair) => [
      duplicatePanel(pair.first, repeatedTitle(pair, pair.first)),
      duplicatePanel(pair.second, repeatedTitle(pair, pair.second)),
    ]),
  );
  const title = `The same image twice: ${first.length} of ${pairs.length} pairs`;
  return panelFigure(panels, { title, columns: 4 });
}

function repeatedTitle({ isExact, crossesSplit, leftOut }: SameImage, image: ImageRecord): string {
  const across = crossesSplit ? ", ACROSS SPLITS" : "";
  const use = image === leftOut ? "left out" : "used";
  return `${isExact ? "equal pixels" : "saved again"}${across}\n${image.split}, ${use}`;
}

async function duplicatePanel(image: ImageRecord, title: string): Promise<Panel<ImageBox>> {
  const boxes = image.annotations.map(({ box }) => box);
  const lines = [image.id, `patient ${patientName(image.patient)}`, `split ${image.split}`];
  return {
    picture: await pictureOfRecord(image, GRID_SIDE),
    title,
    groups: [groundTruthGroup(boxes, () => lines)],
  };
}

function pairTitle({ first, distance, crossesSplit, crossesPatient }: NearDuplicate): string {
  const unit = first.patient === null ? "GROUPS" : "PATIENTS";
  const across = [crossesSplit && "ACROSS SPLITS", crossesPatient && `ACROSS ${unit}`];
  const kind = [`${distance} bits`, ...across.filter(Boolean)].join(", ");
  return `${kind}\n${placeText(first)}`;
}

function placeText({ patient, split }: ImageRecord): string {
  return `patient ${patientName(patient)}, ${split}`;
}

/** A kind of box and its mark. */
interface OutlierKind {
  readonly name: string;
  readonly color: string;
  readonly symbol: string;
  readonly matches: (box: JudgedSliceBox) => boolean;
}

/** A box is of the first kind that matches it. */
const KINDS: readonly OutlierKind[] = [
  {
    name: "on the border of the image",
    color: COLORS.vermilion,
    symbol: "square",
    matches: (box) => box.isOnBorder,
  },
  {
    name: "unusual size",
    color: COLORS.orange,
    symbol: "diamond",
    matches: (box) => box.isSizeOutlier,
  },
  {
    name: "unusual brightness",
    color: COLORS.pink,
    symbol: "triangle-up",
    matches: (box) => box.isIntensityOutlier,
  },
  { name: "usual", color: COLORS.blue, symbol: "circle", matches: () => true },
];

/**
 * The size of every box and the brightness of its slice, with marks for outliers and for boxes on
 * the border.
 * @example
 * await show(figures.outliers(await boxOutliers(dataset), dataset.classNames));
 */
export function outliers({ boxes, threshold }: BoxOutliers, classNames: readonly string[]): Figure {
  const kindOf = new Map(boxes.map((box) => [box, KINDS.find(({ matches }) => matches(box))]));
  const traces = KINDS.map((kind): Trace => {
    const members = boxes.filter((box) => kindOf.get(box) === kind);
    return {
      type: "scatter",
      mode: "markers",
      name: `${kind.name} (${members.length})`,
      marker: { color: kind.color, symbol: kind.symbol, size: 8, opacity: 0.75 },
      x: members.map(({ size }) => round(size)),
      y: members.map(({ intensity }) => round(intensity, 1)),
      text: members.map((box) => outlierText(box, classNames)),
      hovertemplate: "%{text}<extra>%{fullData.name}</extra>",
    };
  }).reverse();
  return figure(
    traces,
    `Unusual boxes (more than ${threshold} robust standard deviations from the median)`,
    {
      ...SCATTER,
      ...legendAbove(traces, SCATTER.width),
      xaxis: axis("side of the box (fraction of the image, log scale)", { type: "log" }),
      yaxis: axis("mean grey value of the head"),
    },
  );
}

function outlierText(
  { image, annotation, sizeZ, intensityZ }: JudgedSliceBox,
  classNames: readonly string[],
): string {
  return [
    image.id,
    `patient ${patientName(image.patient)}`,
    classNames[annotation.classId],
    sizeText(annotation.box),
    `robust z: size ${sizeZ.toFixed(1)}, brightness ${intensityZ.toFixed(1)}`,
  ]
    .map(escapeText)
    .join("<br>");
}
