/**
 * Figures of the loss of one step, taken apart: every sampled anchor and RoI has the color of its
 * share of a loss term. A slider selects the term.
 */
import { patientName } from "../data/groups";
import { boxAt, gatherBoxes, unflattenBoxes } from "../boxes/box";
import type { RoiLosses } from "../detectors/faster-rcnn/loss-shares";
import type { ImageTrace } from "../detectors/faster-rcnn/training-trace";
import type { StepReport } from "../training/trainer";
import type { ImageRecord, NetworkBox } from "../types";
import { type BoxGroup, groundTruthGroup } from "./box-groups";
import { type Figure, round } from "./figure";
import { fileName, sizeText } from "./hover-text";
import { pictureFromPixels } from "./picture";
import { sigmoid } from "./sigmoid";
import { panelSlider, type SliderStep } from "./slider";

/** Options of `figures.roiLosses`. */
export interface LossFigureOptions {
  /** Names of the targets in hover texts; without them targets have numbers. */
  readonly classNames?: readonly string[];
}

/** Images of a step, at most. */
const MAX_IMAGES = 2;
const GRID = { columns: MAX_IMAGES, side: 360 } as const;
/**
 * Levels of a share, as parts of the largest share. Shares differ by orders of magnitude, so each
 * level is about three times the one before. Colors are those of cividis (Nuñez et al. 2018), whose
 * brightness rises evenly for color-blind readers too. The width of the line also rises.
 */
const LEVELS = [
  { from: 0, color: "#31446B", width: 0.7 },
  { from: 0.01, color: "#666970", width: 0.9 },
  { from: 0.03, color: "#958F78", width: 1.2 },
  { from: 0.1, color: "#CBBA69", width: 1.6 },
  { from: 0.3, color: "#FFEA46", width: 2.4 },
] as const;
/** Significant digits of a share. */
const DIGITS = 2;
/** Width of the ground truth, which is thinner here than elsewhere: most boxes are close to it. */
const GROUND_TRUTH_WIDTH = 2;

/** A sampled box and its share of a loss term. */
interface Share {
  readonly box: NetworkBox;
  readonly share: number;
  readonly hover: readonly string[];
}

/** A loss term and its shares in each image. */
interface Term {
  readonly name: string;
  /** Short name for the slider. */
  readonly label: string;
  readonly images: readonly (readonly Share[])[];
}

/**
 * The share of each sampled anchor in the losses of the region proposal network. The shares of all
 * images add up to the reported term.
 * @throws when the detector does not report shares, as the original one
 * @example
 * await show(await figures.anchorLosses(await trainer.step()));
 */
export async function anchorLosses(report: StepReport): Promise<Figure> {
  const terms = (["objectness", "boxes"] as const).map((term) => ({
    name: `RPN ${term}`,
    label: term,
    images: report.trace.images.map((image) => anchorShares(report, image, term)),
  }));
  return shareSlider(report, terms, "Loss by anchor");
}

/**
 * The share of each RoI in the losses of the heads, stage by stage. The boxes of later stages are
 * those that the earlier ones refined.
 * @throws when the detector has no second stage, or does not report shares
 * @example
 * await show(await figures.roiLosses(await trainer.step(), { classNames: dataset.classNames }));
 */
export async function roiLosses(
  report: StepReport,
  { classNames }: LossFigureOptions = {},
): Promise<Figure> {
  const { images } = report.trace;
  const stages = images.map((image) => image.roiLosses ?? notReported("roiLosses"));
  const count = Math.max(0, ...stages.map(({ length }) => length));
  if (!count)
    throw new Error(
      "roiLosses: this step has no RoIs, because the detector has no second stage; use anchorLosses",
    );
  const terms = Array.from({ length: count }, (_, s) =>
    (["foreground", "class", "boxes"] as const).map((term) => ({
      name: `stage ${s + 1}, ${term}`,
      label: `${term} ${s + 1}`,
      images: images.map((image, i) =>
        stages[i][s] ? roiShares(image, { losses: stages[i][s], term, classNames }) : [],
      ),
    })),
  ).flat();
  return shareSlider(report, terms, "Loss by RoI");
}

function anchorShares(
  { trace }: StepReport,
  image: ImageTrace,
  term: "objectness" | "boxes",
): Share[] {
  const { positives, negatives } = image;
  const losses = image.anchorLosses ?? notReported("anchorLosses");
  const sampled = term === "objectness" ? [...positives, ...negatives] : Array.from(positives);
  const boxes = unflattenBoxes(gatherBoxes(trace.anchors, sampled));
  return sampled.map((anchor, i) => ({
    box: boxes[i],
    share: losses[term][i],
    hover: [
      `IoU ${round(image.anchorIou[anchor])}`,
      `objectness ${round(sigmoid(image.objectness[anchor]))}`,
      `target: ${i < positives.length ? targetText(image, image.anchorAssignment[anchor]) : "0, background"}`,
    ],
  }));
}

/** The losses of one stage, and the term to take from them. */
interface RoiTerm extends LossFigureOptions {
  readonly losses: RoiLosses;
  readonly term: "foreground" | "class" | "boxes";
}

function roiShares(image: ImageTrace, { losses, term, classNames }: RoiTerm): Share[] {
  const isForeground = (i: number) => losses.assignment[i] >= 0;
  return (
    Array.from(losses.assignment.keys())
      // Background has no target for class and box.
      .filter((i) => term === "foreground" || isForeground(i))
      .map((i) => ({
        box: boxAt(losses.rois, i),
        share: losses[term][i],
        hover: [
          `IoU ${round(losses.iou[i])}`,
          `foreground ${round(sigmoid(losses.logits[i]))}`,
          `target: ${isForeground(i) ? targetText(image, losses.assignment[i], classNames) : "0, background"}`,
        ],
      }))
  );
}

async function shareSlider(
  { samples, pixels, trace }: StepReport,
  terms: readonly Term[],
  title: string,
): Promise<Figure> {
  const images = trace.images.slice(0, MAX_IMAGES);
  const pictures = await Promise.all(
    images.map((_, i) => {
      const { size } = samples[i].letterbox;
      return pictureFromPixels({ pixels: pixels[i], width: size, height: size });
    }),
  );
  const steps = terms.map((term): SliderStep => {
    const all = term.images.flat();
    const panels = images.map((image, i) => {
      const { record } = samples[i];
      const shares = term.images[i];
      return {
        picture: pictures[i],
        title: `${fileName(record.id)}: ${shareText(sum(shares))} of ${shareText(sum(all))} (${term.name})`,
        groups: [groundTruth(image), ...levelGroups(shares, term, record)],
      };
    });
    return { label: term.label, panels };
  });
  return panelSlider(steps, {
    ...GRID,
    title: `${title}: brighter boxes have a larger share (in parts of the largest)`,
    prefix: "term: ",
  });
}

/** Boxes by level. The largest shares come last and are drawn over the others. */
function levelGroups(
  shares: readonly Share[],
  { name, images }: Term,
  { id, patient }: ImageRecord,
): BoxGroup<NetworkBox>[] {
  const largest = Math.max(0, ...images.flat().map(({ share }) => share));
  return LEVELS.map(({ from, color, width }, level) => {
    const to = LEVELS[level + 1]?.from ?? Infinity;
    const members = shares.filter(({ share }) => {
      const part = largest ? share / largest : 0;
      return part >= from && part < to;
    });
    return {
      name: level ? `from ${from}` : `below ${LEVELS[1].from}`,
      color,
      dash: "dot",
      width,
      boxes: members.map(({ box, share, hover }) => ({
        box,
        hover: [
          `${fileName(id)}, patient ${patientName(patient)}`,
          ...hover,
          `adds ${shareText(share)} to ${name}`,
          sizeText(box),
        ],
      })),
    };
  });
}

function groundTruth({ target }: ImageTrace): BoxGroup<NetworkBox> {
  return { ...groundTruthGroup(unflattenBoxes(target.boxes)), width: GROUND_TRUTH_WIDTH };
}

/** `1, class round (box 2 of 3)` */
function targetText(
  { target: { classIds } }: ImageTrace,
  box: number,
  classNames?: readonly string[],
): string {
  return `1, class ${classNames?.[classIds[box]] ?? classIds[box]} (box ${box + 1} of ${classIds.length})`;
}

function sum(shares: readonly Share[]): number {
  return shares.reduce((total, { share }) => total + share, 0);
}

function shareText(share: number): string {
  return Number(share.toPrecision(DIGITS)).toString();
}

function notReported(figure: string): never {
  throw new Error(
    `${figure}: this step has no loss of single samples: only detectors of the architecture 'cascade-rcnn' report it`,
  );
}
