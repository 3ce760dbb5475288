/** Figures of one image inside the detector: its boxes from anchors to detections. */
import { boxAt, gatherBoxes, unflattenBoxes } from "../boxes/box";
import { refinedBoxes } from "../detectors/faster-rcnn/detection-trace";
import { candidateAnchors, candidatesAfterNms, type Inspection } from "../inference/inspection";
import type { NetworkBox, NetworkBoxes, NetworkDetection } from "../types";
import { type BoxGroup, boxGroup, groundTruthGroup, withLabels } from "./box-groups";
import { axis, type Figure, figure, round, SERIES, type Trace } from "./figure";
import { AFTER, BEFORE, inputPanel, SINGLE } from "./inspection-panel";
import { legendAbove } from "./legend";
import { panelFigure } from "./panels";
import { panelSlider } from "./slider";

/** Boxes of a stage in a figure, and proposals in a bar chart, at most. */
const MAX_BOXES = 16;
const MAX_BARS = 12;
/** The places of the sliders. */
const NMS_IOUS: readonly number[] = [0.1, 0.3, 0.5, 0.7, 0.9, 1];
const SCORES: readonly number[] = [0.01, 0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 0.9];
const FIRST_SCORE = 0.5;
const BARS = { width: 720, height: 380 } as const;

/**
 * The anchors with the highest objectness, and the candidates that the region proposal network
 * makes of them.
 * @example
 * await show(await figures.movedAnchors(await inspectImage(detector, image)));
 */
export async function movedAnchors(inspection: Inspection): Promise<Figure> {
  const { trace, groundTruth } = inspection;
  const lines = (i: number) => [`objectness ${round(trace.candidateScores[i])}`];
  const title = `the ${MAX_BOXES} anchors with the highest objectness`;
  const panel = await inputPanel(inspection, title, [
    boxGroup({ name: "anchor", ...BEFORE }, firstBoxes(candidateAnchors(inspection)), lines),
    groundTruthGroup(groundTruth),
    boxGroup({ name: "candidate", ...AFTER }, firstBoxes(trace.candidates), lines),
  ]);
  return panelFigure([panel], { ...SINGLE, title: "Anchors and candidates" });
}

/**
 * The candidates that remain after non-maximum suppression. A slider selects its IoU threshold.
 * @param configured the IoU threshold of the detector, which is visible first
 * @example
 * await show(await figures.nmsSlider(inspection, detector.config.rpn.nmsIou));
 */
export async function nmsSlider(inspection: Inspection, configured: number): Promise<Figure> {
  const { trace, groundTruth } = inspection;
  const ious = Array.from(new Set([...NMS_IOUS, configured])).sort((a, b) => a - b);
  const lines = (i: number) => [`objectness ${round(trace.candidateScores[i])}`];
  const before = boxGroup({ name: "candidate", ...BEFORE }, firstBoxes(trace.candidates), lines);
  const base = await inputPanel(inspection, "", []);
  const steps = ious.map((nmsIou) => {
    const remaining = candidatesAfterNms(inspection, nmsIou);
    const drawn = remaining.slice(0, MAX_BOXES);
    const boxes = unflattenBoxes(gatherBoxes(trace.candidates, drawn));
    const after = boxGroup({ name: "proposal", ...AFTER }, boxes, (i) => lines(drawn[i]));
    const title = `${trace.candidateScores.length} candidates, ${remaining.length} remain\n(the best ${MAX_BOXES} of each are drawn)`;
    const groups = [before, groundTruthGroup(groundTruth), after];
    return { label: String(nmsIou), panels: [{ ...base, title, groups }] };
  });
  return panelSlider(steps, {
    ...SINGLE,
    title: `Candidates before and after NMS (configured: IoU ${configured})`,
    prefix: "NMS IoU ",
    start: ious.indexOf(configured),
  });
}

/**
 * The foreground probability of the first proposals at each stage of the head. Hover texts have the
 * classes.
 * @example
 * await show(figures.headOutputs(await inspectImage(detector, image)));
 */
export function headOutputs({ trace, classNames }: Inspection): Figure {
  const rows = Array.from(trace.proposalScores.slice(0, MAX_BARS).keys());
  const bars = trace.stages.map(({ foreground, classProbabilities }, stage): Trace => {
    const probabilityText = (row: number, classId: number) =>
      round(classProbabilities[row * classNames.length + classId], 2);
    return {
      type: "bar",
      name: `stage ${stage + 1}`,
      x: rows.map((row) => row + 1),
      y: rows.map((row) => round(foreground[row])),
      customdata: rows.map((row) =>
        classNames.map((name, classId) => `${name} ${probabilityText(row, classId)}`).join(", "),
      ),
      hovertemplate: "proposal %{x}: foreground %{y}<br>%{customdata}",
      marker: { color: SERIES[stage % SERIES.length] },
    };
  });
  return figure(bars, "Foreground probability of the first proposals, by stage of the head", {
    ...BARS,
    ...legendAbove(bars, BARS.width),
    barmode: "group",
    xaxis: axis("proposal, by falling objectness", { dtick: 1 }),
    yaxis: axis("foreground probability", { range: [0, 1.02] }),
  });
}

/**
 * The proposals with the highest foreground probability, and the boxes that the head makes of them.
 * @example
 * await show(await figures.movedProposals(await inspectImage(detector, image)));
 */
export async function movedProposals(inspection: Inspection): Promise<Figure> {
  const { trace, groundTruth } = inspection;
  const best = Array.from(trace.foreground.keys())
    .sort((a, b) => trace.foreground[b] - trace.foreground[a])
    .slice(0, MAX_BARS);
  const pick = (boxes: NetworkBoxes) => best.map((row): NetworkBox => boxAt(boxes, row));
  const lines = (i: number) => [
    `proposal ${best[i] + 1}`,
    `foreground ${round(trace.foreground[best[i]])}`,
  ];
  const title = `the ${best.length} proposals with the highest foreground probability`;
  const panel = await inputPanel(inspection, title, [
    boxGroup({ name: "proposal", ...BEFORE, dash: "dash" }, pick(trace.proposals), lines),
    groundTruthGroup(groundTruth),
    boxGroup({ name: "refined", ...AFTER }, pick(refinedBoxes(trace)), lines),
  ]);
  return panelFigure([panel], { ...SINGLE, title: "Proposals and refined boxes" });
}

/**
 * The detections with a score above a threshold. A slider selects the threshold.
 * @example
 * await show(await figures.scoreSlider(await inspectImage(detector, image)));
 */
export async function scoreSlider(inspection: Inspection): Promise<Figure> {
  const { trace, groundTruth, classNames } = inspection;
  const base = await inputPanel(inspection, "", []);
  const steps = SCORES.map((score) => {
    const detections = trace.detections.filter((detection) => detection.score >= score);
    const title = `${detections.length} of ${trace.detections.length} detections`;
    const groups = [groundTruthGroup(groundTruth), detectionGroup(detections, classNames)];
    return { label: String(score), panels: [{ ...base, title, groups }] };
  });
  return panelSlider(steps, {
    ...SINGLE,
    title: "Detections by score threshold",
    prefix: "scores from ",
    start: SCORES.indexOf(FIRST_SCORE),
  });
}

function detectionGroup(
  detections: readonly NetworkDetection[],
  classNames: readonly string[],
): BoxGroup<NetworkBox> {
  const boxes = detections.map(({ box }) => box);
  const group = boxGroup({ name: "detection", ...AFTER }, boxes, (i) => {
    const { score, classId, classProbabilities } = detections[i];
    return [
      `score ${round(score)}`,
      `${classNames[classId]} (${round(classProbabilities[classId], 2)})`,
    ];
  });
  return withLabels(group, (i) => detections[i].score.toFixed(2));
}

/** The first of `[N, 4]` boxes. */
function firstBoxes(boxes: NetworkBoxes): NetworkBox[] {
  return unflattenBoxes(boxes.slice(0, 4 * MAX_BOXES));
}
