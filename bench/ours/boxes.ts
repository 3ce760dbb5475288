/** This project's side of the cases without images: evaluation and NMS of random boxes. */
import { nms } from "../../src/boxes/nms";
import { presets } from "../../src/config/index";
import { cocoMetrics } from "../../src/metrics/coco-metrics";
import { Random } from "../../src/util/random";
import { tf } from "../../src/tensor/tensorflow";
import type { Box, ImageDetections, ImageGroundTruth } from "../../src/types";
import type { BenchCase } from "../cases";
import { readSetup, readTensors, Setup, writeSetup, writeTensors } from "../exchange";
import type { OursCase } from "./ours-case";

const SEED = "bench";
/** Width and height of an image in pixels. */
const SIDE = 512;

const IMAGES = 500;
const DETECTIONS_PER_IMAGE = 20;
/** Ground truth boxes of an image, at most. */
const MOST_BOXES = 4;
/** Probability that a detection is a moved ground truth box; otherwise it lies anywhere. */
const NEAR = 0.4;
/** Largest distance in pixels by which each edge of such a box is moved. */
const OFFSET = 12;

const NMS_BOXES = 10_000;
const NMS_IOU = 0.5;

/** Range of the sides of a box in pixels. */
const SMALLEST = 32;
const LARGEST = 120;

interface EvaluationSetup {
  readonly groundTruths: ImageGroundTruth[];
  readonly found: ImageDetections[];
}

/** COCO metrics of random detections. */
export const evaluation: OursCase = {
  async write(folder, chosen) {
    const { groundTruths, found } = drawImages(new Random(SEED));
    const groundTruth = {
      images: groundTruths.map(({ width, height }, id) => ({ id, width, height })),
      categories: [{ id: 1, name: "tumor" }],
      annotations: groundTruths
        .flatMap(({ boxes }, image) =>
          boxes.map((box) => ({ image_id: image, bbox: cornerAndSides(box) })),
        )
        // In pycocotools the id 0 means that a detection has no match.
        .map((row, i) => ({
          ...row,
          id: i + 1,
          category_id: 1,
          iscrowd: 0,
          area: row.bbox[2] * row.bbox[3],
        })),
    };
    const detections = found.flatMap(({ detections: ofImage }, image) =>
      ofImage.map(({ box, score }) => ({
        image_id: image,
        category_id: 1,
        bbox: cornerAndSides(box),
        score,
      })),
    );
    await writeSetup(folder, { ...setupOf(chosen), groundTruths, found, groundTruth, detections });
    await writeTensors(folder, "ours", { metrics: metricsTensor({ groundTruths, found }) });
  },
  async prepare(folder) {
    const { groundTruths, found } = await readSetup<EvaluationSetup>(folder);
    return () => cocoMetrics(groundTruths, found, { classAware: false });
  },
};

/** NMS of random boxes. */
export const suppression: OursCase = {
  async write(folder, chosen) {
    const random = new Random(SEED);
    const boxes = Array.from({ length: NMS_BOXES }, () => drawBox(random)).flat();
    const scores = Array.from({ length: NMS_BOXES }, () => random.uniform());
    await writeSetup(folder, { ...setupOf(chosen), iouThreshold: NMS_IOU });
    await writeTensors(folder, "inputs", {
      boxes: tf.tensor2d(boxes, [NMS_BOXES, 4]),
      scores: tf.tensor1d(scores),
    });
    await writeTensors(folder, "ours", {
      kept: tf.tensor1d(Array.from((await suppressionOf(folder))())),
    });
  },
  prepare: suppressionOf,
};

async function suppressionOf(folder: string): Promise<() => Int32Array> {
  const inputs = await readTensors(folder, "inputs");
  const boxes = inputs.get("boxes")!.data;
  const scores = inputs.get("scores")!.data;
  return () => nms(boxes, scores, NMS_IOU);
}

/** The metrics in the order of pycocotools. */
function metricsTensor({ groundTruths, found }: EvaluationSetup): tf.Tensor {
  const metrics = cocoMetrics(groundTruths, found, { classAware: false });
  const {
    AP,
    AP50,
    AP75,
    APsmall,
    APmedium,
    APlarge,
    AR1,
    AR10,
    AR100,
    ARsmall,
    ARmedium,
    ARlarge,
  } = metrics;
  const values = [
    AP,
    AP50,
    AP75,
    APsmall,
    APmedium,
    APlarge,
    AR1,
    AR10,
    AR100,
    ARsmall,
    ARmedium,
    ARlarge,
  ];
  // pycocotools writes -1 for a metric that does not exist.
  return tf.tensor1d(values.map((value) => value ?? -1));
}

/**
 * Random ground truth and detections of 500 images; boxes in pixels of the images.
 * @param perImage number of detections of each image
 */
export function drawImages(random: Random, perImage = DETECTIONS_PER_IMAGE): EvaluationSetup {
  const groundTruths: ImageGroundTruth[] = [];
  const found: ImageDetections[] = [];
  for (let i = 0; i < IMAGES; i++) {
    const imageId = `image ${i}`;
    const boxes = Array.from({ length: random.integer(MOST_BOXES + 1) }, () => drawBox(random));
    groundTruths.push({
      imageId,
      patient: imageId,
      width: SIDE,
      height: SIDE,
      boxes,
      classIds: boxes.map(() => 0),
    });
    const detections = Array.from({ length: perImage }, () => {
      const isNear = boxes.length > 0 && random.chance(NEAR);
      const near = () =>
        boxes[random.integer(boxes.length)].map(
          (edge) => edge + random.integer(2 * OFFSET) - OFFSET,
        );
      const box = isNear ? (near() as unknown as Box) : drawBox(random);
      return { box, score: random.uniform(), classProbabilities: [1], classId: 0 };
    });
    found.push({ imageId, detections });
  }
  return { groundTruths, found };
}

/**
 * A random box. Its edges are whole numbers, which all number formats of both sides hold exactly.
 */
function drawBox(random: Random): Box {
  const [width, height] = [0, 0].map(() => SMALLEST + random.integer(LARGEST - SMALLEST));
  const [x, y] = [random.integer(SIDE - width), random.integer(SIDE - height)];
  return [x, y, x + width, y + height];
}

function cornerAndSides([x1, y1, x2, y2]: Box): number[] {
  return [x1, y1, x2 - x1, y2 - y1];
}

function setupOf({ kind, batch, warmUps, preset }: BenchCase): Setup {
  return { kind, batch, warmUps, config: presets[preset], classNames: ["tumor"] };
}
