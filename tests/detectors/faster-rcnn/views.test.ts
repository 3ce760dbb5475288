import assert from "node:assert/strict";
import test from "node:test";
import { boxAt, boxCount, flattenBoxes } from "../../../src/boxes/box";
import { type AffineMap, augmentBatch, mapBox, samplesToTensor } from "../../../src/data/augment";
import { fromView, toView, viewImages, viewsFor } from "../../../src/detectors/faster-rcnn/views";
import { tf } from "../../../src/tensor/tensorflow";
import type { NetworkBoxes } from "../../../src/types";
import { assertClose } from "../../assertions";
import { SIZE, smallDetector, squareSample } from "../small-detector";

const VIEWS = viewsFor(8, { withMirror: true });
const MIRROR = VIEWS[1];

/** A view as the affine map of training's augmentation. */
function affine({ isMirrored, shift }: (typeof VIEWS)[number]): AffineMap {
  return isMirrored ? [-1, 0, SIZE + shift, 0, 1, shift] : [1, 0, shift, 0, 1, shift];
}

test("there are four views, and two without mirror images; the first is the image itself", () => {
  assert.deepEqual(
    VIEWS.map(({ isMirrored, shift }) => [isMirrored, shift]),
    [
      [false, 0],
      [true, 0],
      [false, 4],
      [true, 4],
    ],
  );
  assert.deepEqual(viewsFor(16, { withMirror: false }), [
    { isMirrored: false, shift: 0 },
    { isMirrored: false, shift: 8 },
  ]);
});

for (const view of VIEWS)
  test(`pixels and boxes of a view are those of training's augmentation: ${JSON.stringify(view)}`, () => {
    const sample = squareSample(4, 2);
    const map = affine(view);
    const expected = augmentBatch([sample], [{ map, brightness: 1, gamma: 1 }]);
    const images = samplesToTensor([sample]);
    const inView = viewImages(images, view);
    assert.deepEqual(inView.shape, [1, SIZE, SIZE, 3]);
    assertClose(inView.dataSync(), expected.images.dataSync(), 1e-3, "pixels");
    const boxes = flattenBoxes(sample.boxes);
    const mapped = toView(boxes, view, SIZE);
    sample.boxes.forEach((box, i) =>
      assertClose(boxAt(mapped, i), mapBox(box, map), 1e-4, "boxes"),
    );
    tf.dispose([images, inView, expected.images]);
  });

test("a box comes back from every view, also when it reaches the border of the image", () => {
  const boxes = flattenBoxes([
    [10, 12, 30, 44],
    [0, 0, SIZE, SIZE],
    [40, 8, SIZE, 20],
    [0, 50, 12, SIZE],
  ]);
  for (const view of VIEWS) {
    const clipped = toView(boxes, view, SIZE).map((edge) => Math.min(Math.max(edge, 0), SIZE));
    assertClose(fromView(clipped, view, SIZE), boxes, 1e-5, JSON.stringify(view));
  }
});

/** Six RoIs of different sizes, in one image. */
const ROIS = flattenBoxes([
  [4, 6, 30, 28],
  [20, 20, 40, 50],
  [1, 30, 25, 60],
  [33, 2, 60, 31],
  [11, 13, 22, 29],
  [0, 0, 64, 64],
]);
const IMAGES = Array<number>(boxCount(ROIS)).fill(0);

/** The maps of the neck for each view of an image; the caller disposes them. */
function mapsOf(detector: ReturnType<typeof smallDetector>, images: tf.Tensor4D, views = VIEWS) {
  return views.map((view) => ({
    view,
    features: tf.tidy(() =>
      detector.neckFeatures(detector.frozenFeatures(viewImages(images, view))),
    ),
  }));
}

test("each stage averages what the heads say in each view, and the next one starts from the mean", () => {
  const detector = smallDetector();
  const { cascade } = detector;
  const images = samplesToTensor([squareSample(4, 2)]);
  const views = mapsOf(detector, images);
  const result = cascade.detectViews(views, ROIS, IMAGES);
  let starts: NetworkBoxes = ROIS;
  result.stages.forEach((stage, k) => {
    const single = views.map(({ view, features }) => {
      const inView = toView(starts, view, SIZE);
      const [scores, deltas] = tf.tidy(() => {
        const rois = tf.tensor2d(inView, [IMAGES.length, 4]);
        const output = cascade.heads[k].forward(features, rois, tf.tensor1d(IMAGES, "int32"));
        return [output.foreground.sigmoid().dataSync(), output.boxDeltas.dataSync()];
      });
      return { inView, scores, deltas, view };
    });
    const weights = detector.config.head.stages[k].deltaWeights;
    const moved = single.map(({ inView, deltas, view }) => {
      const boxes = inView.map((_, i) => {
        // Faster R-CNN, equation 2, written out for one edge.
        const [row, edge] = [i - (i % 4), i % 4];
        const axis = edge % 2;
        const [low, high] = [inView[row + axis], inView[row + axis + 2]];
        const center = (low + high) / 2 + (deltas[row + axis] / weights[axis]) * (high - low);
        const side = (high - low) * Math.exp(deltas[row + axis + 2] / weights[axis + 2]);
        return Math.min(Math.max(center + (edge < 2 ? -side : side) / 2, 0), SIZE);
      });
      return fromView(boxes, view, SIZE);
    });
    const mean = (values: readonly Float32Array[]) =>
      values[0].map((_, i) => values.reduce((sum, value) => sum + value[i], 0) / values.length);
    assertClose(stage.boxes, mean(moved), 1e-3, `boxes of stage ${k}`);
    const scores = single.map((view) => view.scores as Float32Array);
    assertClose(stage.foreground, mean(scores), 1e-5, `scores of stage ${k}`);
    starts = stage.boxes;
  });
  assert.ok(result.stages.length > 1, "the second stage was compared");
  const [first] = views;
  const alone = cascade.detect(first.features, ROIS, IMAGES);
  assert.notDeepEqual(alone.boxes, result.boxes, "other views change the boxes");
  tf.dispose([images, ...views.flatMap(({ features }) => features)]);
  detector.dispose();
});

test("the result in a mirror image is the mirrored result, when both views are averaged", () => {
  const detector = smallDetector();
  const images = samplesToTensor([squareSample(4, 2)]);
  const mirrored = viewImages(images, MIRROR);
  const both = viewsFor(8, { withMirror: true }).slice(0, 2);
  const [views, turned] = [images, mirrored].map((input) => mapsOf(detector, input, both));
  const result = detector.cascade.detectViews(views, ROIS, IMAGES);
  const ofMirror = detector.cascade.detectViews(turned, toView(ROIS, MIRROR, SIZE), IMAGES);
  assertClose(fromView(ofMirror.boxes, MIRROR, SIZE), result.boxes, 1e-3, "boxes");
  assertClose(ofMirror.foreground, result.foreground, 1e-5, "scores");
  assertClose(ofMirror.classProbabilities, result.classProbabilities, 1e-5, "classes");
  // One view alone does not have this property.
  const alone = detector.cascade.detect(views[0].features, ROIS, IMAGES);
  const [{ features }] = turned;
  const aloneInMirror = detector.cascade.detect(features, toView(ROIS, MIRROR, SIZE), IMAGES);
  const back = fromView(aloneInMirror.boxes, MIRROR, SIZE);
  assert.ok(
    back.some((edge, i) => Math.abs(edge - alone.boxes[i]) > 0.01),
    "the mirrored result differs without averaging",
  );
  tf.dispose([images, mirrored, ...[...views, ...turned].flatMap((view) => view.features)]);
  detector.dispose();
});

test("equal views give the boxes and scores of one view", () => {
  const detector = smallDetector();
  const images = samplesToTensor([squareSample(4, 2)]);
  const [one] = mapsOf(detector, images);
  const single = detector.cascade.detect(one.features, ROIS, IMAGES);
  const twice = detector.cascade.detectViews([one, one], ROIS, IMAGES);
  assert.deepEqual(twice, single);
  tf.dispose([images, ...one.features]);
  detector.dispose();
});
