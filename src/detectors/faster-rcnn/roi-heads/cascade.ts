/**
 * The second half of the detector: heads in a row, each refining the boxes of the one before and asking for a tighter fit
 * (Cascade R-CNN, Cai & Vasconcelos 2018, section 4). One stage alone is Fast R-CNN's head.
 */
import { clipBoxes, gatherBoxes } from "../../../boxes/box";
import { decodeBoxes } from "../../../boxes/box-coder";
import type { HeadConfig, RoiConfig } from "../../../config/index";
import type { Random } from "../../../util/random";
import { tf } from "../../../tensor/tensorflow";
import type { BoxArray } from "../../../types";
import type { StageTrace } from "../detection-trace";
import { DetectionHead, HeadOutput } from "./box-head";
import { lossShares, RoiLosses } from "../loss-shares";
import { sigmoidCrossEntropy, softmaxCrossEntropy, sumOver } from "../../../tensor/losses";
import { boxLosses, concatBoxes } from "../rpn/rpn-loss";
import { matchRois, RoiTargets } from "./assign-targets";

/** What the cascade makes of rois, in plain arrays. */
export interface CascadeResult {
  /** One entry a stage, of all R rois. */
  readonly stages: readonly StageTrace[];
  /** `[R, 4]` refined boxes. */
  readonly boxes: BoxArray;
  /** `[R]` probabilities, the mean of the stages'. */
  readonly foreground: Float32Array;
  /** `[R, C]` probabilities, the mean of the stages'. */
  readonly classProbabilities: Float32Array;
}

export class Cascade {
  readonly heads: readonly DetectionHead[];

  constructor(
    private readonly config: HeadConfig,
    roi: RoiConfig,
    stride: number,
    inputChannels: number,
    private readonly classes: number,
    private readonly imageSize: number,
    random: Random,
  ) {
    this.heads = config.stages.map(
      (_, i) => new DetectionHead(`head${i}`, config, roi, stride, inputChannels, classes, random),
    );
  }

  /**
   * Every stage's losses, summed by kind and weighted; later stages start from the boxes the earlier ones make, which are
   * constants to them, as proposals are to the first.
   * @param features `[N, H, W, C]`
   * @param targets one entry an image
   * @returns the scalars, and in plain numbers what each roi adds to them: `[image][stage]`
   */
  losses(
    features: tf.Tensor4D,
    targets: readonly RoiTargets[],
  ): Record<"foreground" | "class" | "boxes", tf.Scalar> & { byRoi: RoiLosses[][] } {
    const images = targets.flatMap(({ rois }, image) => Array<number>(rois.length / 4).fill(image));
    const sums: Record<"foreground" | "class" | "boxes", tf.Scalar[]> = { foreground: [], class: [], boxes: [] };
    const byRoi = targets.map((): RoiLosses[] => []);
    let stageTargets = targets;
    this.config.stages.forEach((stage, i) => {
      const rois = concatBoxes(stageTargets.map((target) => target.rois));
      if (!images.length) return;
      const output = this.run(this.heads[i], features, rois, images);
      const assignment = stageTargets.flatMap((target) => Array.from(target.assignment));
      const truthOf = (row: number) => stageTargets[images[row]].truth;
      const rows = assignment.flatMap((match, row) => (match >= 0 ? [row] : []));

      const labels = tf.tensor1d(assignment.map((match) => (match >= 0 ? 1 : 0)));
      const crossEntropies = sigmoidCrossEntropy(output.foreground, labels);
      const foregroundWeight = this.config.foregroundWeight * stage.lossWeight;
      sums.foreground.push(sumOver(crossEntropies, assignment.length).mul(foregroundWeight));
      const shares = {
        logits: output.foreground.dataSync<"float32">(),
        foreground: lossShares(crossEntropies, assignment.length, foregroundWeight),
        class: new Float32Array(assignment.length),
        boxes: new Float32Array(assignment.length),
      };
      if (rows.length) {
        const indices = tf.tensor1d(rows, "int32");
        const classIds = tf.tensor1d(rows.map((row) => truthOf(row).classIds[assignment[row]]), "int32"); // prettier-ignore
        const classLogits = output.classLogits.gather(indices);
        const classLosses = softmaxCrossEntropy(classLogits, classIds, this.config.labelSmoothing);
        const classWeight = this.config.classWeight * stage.lossWeight;
        sums.class.push(sumOver(classLosses, rows.length).mul(classWeight));
        lossShares(classLosses, rows.length, classWeight).forEach((share, k) => (shares.class[rows[k]] = share));

        const references = gatherBoxes(rois, rows);
        const matched = concatBoxes(rows.map((row) => gatherBoxes(truthOf(row).boxes, [assignment[row]])));
        const deltas = output.boxDeltas.gather(indices);
        const fits = boxLosses(this.config.boxLoss, references, matched, deltas, stage.deltaWeights);
        const boxWeight = this.config.boxWeight * stage.lossWeight;
        sums.boxes.push(sumOver(fits, rows.length).mul(boxWeight));
        lossShares(fits, rows.length, boxWeight).forEach((share, k) => (shares.boxes[rows[k]] = share));
      }
      let first = 0;
      stageTargets.forEach((target, image) => {
        const last = first + target.assignment.length;
        byRoi[image].push({
          rois: target.rois,
          assignment: target.assignment,
          iou: target.iou,
          logits: shares.logits.slice(first, last),
          foreground: shares.foreground.slice(first, last),
          class: shares.class.slice(first, last),
          boxes: shares.boxes.slice(first, last),
        });
        first = last;
      });
      const next = this.config.stages[i + 1];
      if (next) {
        const refined = this.refine(rois, output.boxDeltas.dataSync<"float32">(), i);
        let start = 0;
        stageTargets = stageTargets.map(({ truth, rois: own }) => {
          const moved = refined.slice(start, (start += own.length));
          return { rois: moved, truth, ...matchRois(moved, truth, next.foregroundIou) };
        });
      }
    });
    const total = (terms: tf.Scalar[]) => (terms.length ? (tf.addN(terms) as tf.Scalar) : tf.scalar(0));
    return { foreground: total(sums.foreground), class: total(sums.class), boxes: total(sums.boxes), byRoi };
  }

  /**
   * Refines rois through all stages.
   * @param features `[N, H, W, C]`
   * @param rois `[R, 4]` pixels
   * @param images which of the N images each roi lies in
   */
  detect(features: tf.Tensor4D, rois: BoxArray, images: readonly number[]): CascadeResult {
    const count = images.length;
    const foreground = new Float32Array(count);
    const classProbabilities = new Float32Array(count * this.classes);
    const stages: StageTrace[] = [];
    let boxes = rois;
    if (!count) return { stages, boxes, foreground, classProbabilities };
    const share = 1 / this.heads.length;
    this.heads.forEach((head, stage) => {
      const [scores, classes, deltas] = tf.tidy(() => {
        const output = this.run(head, features, boxes, images);
        return [output.foreground.sigmoid(), output.classLogits.softmax(), output.boxDeltas];
      });
      const own = { foreground: scores.dataSync<"float32">(), classProbabilities: classes.dataSync<"float32">() };
      own.foreground.forEach((score, i) => (foreground[i] += share * score));
      own.classProbabilities.forEach((probability, i) => (classProbabilities[i] += share * probability));
      boxes = this.refine(boxes, deltas.dataSync<"float32">(), stage);
      stages.push({ boxes, ...own });
      tf.dispose([scores, classes, deltas]);
    });
    return { stages, boxes, foreground, classProbabilities };
  }

  variables(): Readonly<Record<string, tf.Variable>> {
    return Object.assign({}, ...this.heads.map((head) => head.variables())) as Record<string, tf.Variable>;
  }

  dispose(): void {
    for (const head of this.heads) head.dispose();
  }

  private run(head: DetectionHead, features: tf.Tensor4D, rois: BoxArray, images: readonly number[]): HeadOutput {
    return head.forward(features, tf.tensor2d(rois, [images.length, 4]), tf.tensor1d([...images], "int32"));
  }

  private refine(rois: BoxArray, deltas: Float32Array, stage: number): BoxArray {
    const decoded = decodeBoxes(rois, deltas, this.config.stages[stage].deltaWeights);
    return clipBoxes(decoded, this.imageSize, this.imageSize);
  }
}
