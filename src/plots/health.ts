/**
 * What may be wrong with a data set: pairs of slices that look the same, and boxes unlike the
 * others.
 */
import type { NearDuplicate, NearDuplicates } from "../data/health/near-duplicates";
import type { BoxOutliers, JudgedSliceBox } from "../data/health/outliers";
import { HASH_BITS } from "../data/health/perceptual-hash";
import type { ImageRecord } from "../types";
import { sizeText, groundTruthGroup } from "./box-groups";
import { axis, COLORS, escapeText, Figure, figure, round, type Trace } from "./figure";
import { Panel, panelFigure } from "./panels";
import { GRID_SIDE, pictureFromFile } from "./picture";

/** Pairs shown, unless said otherwise. */
const PAIRS = 6;

/**
 * Two pictures a row pair, side by side with their boxes, most serious first. Throws without
 * pairs.
 */
export async function duplicatePairs(
  { pairs, maxDistance }: NearDuplicates,
  { shown = PAIRS }: { readonly shown?: number } = {},
): Promise<Figure> {
  if (!pairs.length)
    throw new Error(
      `no two slices are ${maxDistance} bits or less apart: there is no pair to show`,
    );
  const panels = await Promise.all(
    pairs
      .slice(0, shown)
      .flatMap((pair) => [
        duplicatePanel(pair.first, pair, true),
        duplicatePanel(pair.second, pair, false),
      ]),
  );
  const title = `Near duplicates: ${Math.min(shown, pairs.length)} of ${pairs.length} pairs up to ${maxDistance} of ${HASH_BITS} bits apart`;
  return panelFigure(panels, { title, columns: 4 });
}

async function duplicatePanel(
  image: ImageRecord,
  pair: NearDuplicate,
  isFirst: boolean,
): Promise<Panel> {
  const place = `patient ${image.patient}, ${image.split}`;
  const across = [
    pair.crossesSplit && "ACROSS SPLITS",
    pair.crossesPatient && "ACROSS PATIENTS",
  ].filter(Boolean);
  return {
    picture: await pictureFromFile(image.path, GRID_SIDE),
    title: isFirst ? [`${pair.distance} bits`, ...across, place].join(", ") : place,
    groups: [
      groundTruthGroup(
        image.annotations.map(({ box }) => box),
        () => [image.id, `patient ${image.patient}`, `split ${image.split}`],
      ),
    ],
  };
}

/** How a kind of box is marked, first that fits. */
const KINDS: readonly {
  name: string;
  color: string;
  symbol: string;
  fits: (box: JudgedSliceBox) => boolean;
}[] = [
  {
    name: "on the image's edge",
    color: COLORS.vermilion,
    symbol: "square",
    fits: (box) => box.isOnBorder,
  },
  {
    name: "unusual size",
    color: COLORS.orange,
    symbol: "diamond",
    fits: (box) => box.isSizeOutlier,
  },
  {
    name: "unusual brightness",
    color: COLORS.pink,
    symbol: "triangle-up",
    fits: (box) => box.isIntensityOutlier,
  },
  { name: "usual", color: COLORS.blue, symbol: "circle", fits: () => true },
];

/**
 * Size of every box against the brightness of its slice; outliers and boxes on the edge are
 * marked.
 */
export function outliers({ boxes, threshold }: BoxOutliers, classNames: readonly string[]): Figure {
  const kindOf = new Map(boxes.map((box) => [box, KINDS.find(({ fits }) => fits(box))]));
  const traces = KINDS.map((kind): Trace => {
    const own = boxes.filter((box) => kindOf.get(box) === kind);
    return {
      type: "scatter",
      mode: "markers",
      name: `${kind.name} (${own.length})`,
      marker: { color: kind.color, symbol: kind.symbol, size: 8, opacity: 0.75 },
      x: own.map(({ size }) => round(size)),
      y: own.map(({ intensity }) => round(intensity, 1)),
      text: own.map((box) => hoverOf(box, classNames)),
      hovertemplate: "%{text}<extra>%{fullData.name}</extra>",
    };
  });
  return figure(
    traces.reverse(),
    `Boxes unlike the others (beyond ${threshold} robust standard deviations)`,
    {
      xaxis: axis("side of the box, as part of the image's (log)", { type: "log" }),
      yaxis: axis("mean grey value of the head"),
    },
  );
}

function hoverOf(
  { image, annotation, sizeZ, intensityZ }: JudgedSliceBox,
  classNames: readonly string[],
): string {
  return [
    image.id,
    `patient ${image.patient}`,
    classNames[annotation.classId],
    sizeText(annotation.box),
    `robust z: size ${sizeZ.toFixed(1)}, brightness ${intensityZ.toFixed(1)}`,
  ]
    .map(escapeText)
    .join("<br>");
}
