/**
 * One step's loss, taken apart: every sampled anchor and roi in the color of what it adds, term by
 * term under a slider.
 */
import { boxAt, gatherBoxes, unflattenBoxes } from "../boxes/box";
import type { RoiLosses } from "../detectors/faster-rcnn/loss-shares";
import type { ImageTrace } from "../detectors/faster-rcnn/training-trace";
import type { StepReport } from "../training/trainer";
import type { Box } from "../types";
import { boxGroup, fileName, sizeText, groundTruthGroup } from "./box-groups";
import { type Figure, type Layout, round } from "./figure";
import { type BoxGroup, panelFigure } from "./panels";
import { pictureFromPixels, type Picture } from "./picture";
import { type SliderStep, underSlider } from "./slider";

export interface LossFigureOptions {
  /** Name the targets in hover texts; without them they have numbers. */
  readonly classNames?: readonly string[];
}

/** Images of a step that are shown. */
const SHOWN_IMAGES = 2;
const SIDE = 360;
/**
 * Levels of a share, as parts of the largest one: steps of about three, since shares differ by
 * orders of magnitude. Colors are cividis' (Nunez et al. 2018), which color-blind readers see as an
 * even rise in brightness; widths rise too.
 */
const LEVELS = [
  { from: 0, color: "#31446B", width: 0.7 },
  { from: 0.01, color: "#666970", width: 0.9 },
  { from: 0.03, color: "#958F78", width: 1.2 },
  { from: 0.1, color: "#CBBA69", width: 1.6 },
  { from: 0.3, color: "#FFEA46", width: 2.4 },
] as const;
/** Of the slider, as parts of the figure's width. */
const SLIDER_PLACE = { x: 0.06, len: 0.88 };
/** Digits of a share that are told. */
const DIGITS = 2;

/** A sampled box with what it adds to the term shown. */
interface Share {
  readonly box: Box;
  readonly share: number;
  readonly hover: readonly string[];
}

/** A term of the loss, and who adds what to it in each image. */
interface Term {
  readonly name: string;
  readonly label: string;
  readonly images: readonly (readonly Share[])[];
}

/**
 * What each sampled anchor adds to the losses of the region proposal network; the images together
 * give the term that was reported. Throws where the detector does not tell it, as the original does
 * not.
 */
export function anchorLosses(report: StepReport): Promise<Figure> {
  const of = (image: ImageTrace, term: "objectness" | "boxes"): Share[] => {
    const { positives, negatives, anchorLosses: losses } = image;
    if (!losses) throw unknown("anchorLosses");
    const sampled = term === "objectness" ? [...positives, ...negatives] : Array.from(positives);
    const boxes = unflattenBoxes(gatherBoxes(report.trace.anchors, sampled));
    return sampled.map((anchor, i) => ({
      box: boxes[i],
      share: losses[term][i],
      hover: [
        `IoU ${round(image.anchorIou[anchor])}`,
        `objectness ${round(sigmoid(image.objectness[anchor]))}`,
        `target: ${i < positives.length ? truthText(image, image.anchorAssignment[anchor]) : "0, background"}`,
      ],
    }));
  };
  const terms = (["objectness", "boxes"] as const).map((term) => ({
    name: `RPN ${term}`,
    label: term,
    images: report.trace.images.map((image) => of(image, term)),
  }));
  return shares(report, terms, "Loss by anchor");
}

/**
 * What each roi adds to the losses of the heads, stage by stage; later stages see the boxes that
 * the earlier ones made. Throws where there is no second stage, or where the detector does not tell
 * it.
 */
export function roiLosses(
  report: StepReport,
  { classNames }: LossFigureOptions = {},
): Promise<Figure> {
  const { images } = report.trace;
  const stages = images.map((image) => {
    if (!image.roiLosses) throw unknown("roiLosses");
    return image.roiLosses;
  });
  const count = Math.max(0, ...stages.map((own) => own.length));
  if (!count)
    throw new Error(
      "roiLosses: this step had no rois: the detector has no second stage, use anchorLosses",
    );
  const of = (
    image: ImageTrace,
    stage: RoiLosses,
    term: "foreground" | "class" | "boxes",
  ): Share[] =>
    Array.from(stage.assignment.keys())
      // Background is asked for neither class nor box.
      .filter((i) => term === "foreground" || stage.assignment[i] >= 0)
      .map((i) => ({
        box: boxAt(stage.rois, i),
        share: stage[term][i],
        hover: [
          `IoU ${round(stage.iou[i])}`,
          `foreground ${round(sigmoid(stage.logits[i]))}`,
          `target: ${stage.assignment[i] >= 0 ? truthText(image, stage.assignment[i], classNames) : "0, background"}`,
        ],
      }));
  const terms = Array.from({ length: count }, (_, s) =>
    (["foreground", "class", "boxes"] as const).map((term) => ({
      name: `stage ${s + 1}, ${term}`,
      label: `${term} ${s + 1}`,
      images: images.map((image, i) => (stages[i][s] ? of(image, stages[i][s], term) : [])),
    })),
  ).flat();
  return shares(report, terms, "Loss by roi");
}

async function shares(report: StepReport, terms: readonly Term[], title: string): Promise<Figure> {
  const shown = report.trace.images.slice(0, SHOWN_IMAGES);
  const pictures = await Promise.all(
    shown.map((_, i) => {
      const { size } = report.samples[i].letterbox;
      return pictureFromPixels({ pixels: report.pixels[i], width: size, height: size });
    }),
  );
  const steps = terms.map(({ name, label, images }): SliderStep => {
    const largest = Math.max(0, ...images.flat().map(({ share }) => share));
    const total = sum(images.flat());
    const panels = shown.map((image, i) => ({
      picture: pictures[i] as Picture,
      title: `${fileName(report.samples[i].record.id)}: ${tell(sum(images[i]))} of ${tell(total)} (${name})`,
      groups: [groundTruth(image), ...levels(images[i], largest, name, report.samples[i].record)],
    }));
    return { label, figure: panelFigure(panels, { title, columns: SHOWN_IMAGES, side: SIDE }) };
  });
  const { data, layout } = underSlider(steps, {
    title: `${title}, brighter adds more (parts of the largest share)`,
    prefix: "term: ",
  });
  // Room for the words at both ends.
  const [slider] = layout.sliders as [Layout];
  return { data, layout: { ...layout, sliders: [{ ...slider, ...SLIDER_PLACE }] } };
}

/** Boxes by level, the largest shares last, so that they lie on top. */
function levels(
  own: readonly Share[],
  largest: number,
  term: string,
  { id, patient }: { readonly id: string; readonly patient: string },
): BoxGroup[] {
  return LEVELS.map(({ from, color, width }, level): BoxGroup => {
    const to = LEVELS[level + 1]?.from ?? Infinity;
    const held = own.filter(({ share }) => {
      const part = largest ? share / largest : 0;
      return part >= from && part < to;
    });
    const name = level ? `from ${from}` : `below ${LEVELS[1].from}`;
    const boxes = held.map(({ box }) => box);
    const { boxes: drawn, ...group } = boxGroup(name, { color, dash: "dot", width }, boxes);
    return {
      ...group,
      boxes: drawn.map(({ box }, i) => ({
        box,
        hover: [
          `${fileName(id)}, patient ${patient}`,
          ...held[i].hover,
          `adds ${tell(held[i].share)} to ${term}`,
          sizeText(box),
        ],
      })),
    };
  });
}

function groundTruth(image: ImageTrace): BoxGroup {
  return { ...groundTruthGroup(unflattenBoxes(image.target.boxes)), width: 2 };
}

/** `1, class round (box 2 of 3)` */
function truthText(
  { target: { classIds } }: ImageTrace,
  box: number,
  classNames?: readonly string[],
): string {
  return `1, class ${classNames?.[classIds[box]] ?? classIds[box]} (box ${box + 1} of ${classIds.length})`;
}

function sum(own: readonly Share[]): number {
  return own.reduce((total, { share }) => total + share, 0);
}

function tell(share: number): string {
  return Number(share.toPrecision(DIGITS)).toString();
}

function sigmoid(logit: number): number {
  return 1 / (1 + Math.exp(-logit));
}

function unknown(figure: string): Error {
  return new Error(
    `${figure}: this step does not tell what each sample adds to the loss: only detectors of the architecture 'cascade-rcnn' do`,
  );
}
