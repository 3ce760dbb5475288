import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import { BoxCoder } from "../../src/boxes/box-coder";
import { decodeBoxesTensor } from "../../src/tensor/decode-boxes";
import {
  giouLoss,
  sigmoidCrossEntropy,
  smoothL1,
  softmaxCrossEntropy,
  sumOver,
} from "../../src/tensor/losses";
import { tf } from "../../src/tensor/tensorflow";
import { assertClose } from "../assertions";
import { plainGiouLoss } from "./plain-operations";
import { box, extremeBox } from "../boxes/arbitrary";
import { hardReference, reference } from "../reference/boxes";

const references = [reference.losses, hardReference.losses];

/** Checks that the loss and the gradient of its sum equal those of PyTorch. */
function assertLikePyTorch<T extends tf.Tensor>(
  { input, loss, gradient }: { input: unknown; loss: number[]; gradient: unknown },
  run: (x: T) => tf.Tensor1D,
): void {
  const x = tf.tensor(input as number[]) as T;
  assertClose(run(x).arraySync(), loss, 1e-5, "loss");
  assertClose(
    tf
      .grad((value: tf.Tensor) => run(value as T).sum())(x)
      .arraySync(),
    gradient,
    1e-5,
    "gradient",
  );
}

test("sigmoid cross entropy equals PyTorch's, and so does its gradient at logits of 0 and ±10,000", () => {
  for (const { sigmoid } of references) {
    assertLikePyTorch(sigmoid, (x: tf.Tensor1D) =>
      sigmoidCrossEntropy(x, tf.tensor1d(sigmoid.labels)),
    );
  }
});

test("softmax cross entropy equals PyTorch's, with and without label smoothing, for equal and for very different logits", () => {
  for (const given of references.flatMap(({ softmax }) => softmax)) {
    assertLikePyTorch(given, (x: tf.Tensor2D) =>
      softmaxCrossEntropy(x, tf.tensor1d(given.classIds, "int32"), given),
    );
  }
});

test("softmax cross entropy with a weight for each class equals PyTorch's", () => {
  const cases = JSON.parse(
    readFileSync(join(__dirname, "../reference/class-weights.json"), "utf8"),
  ) as (Parameters<typeof assertLikePyTorch>[0] & {
    classIds: number[];
    labelSmoothing: number;
    classWeights: number[];
  })[];
  assert.equal(cases.length, 2);
  for (const given of cases)
    assertLikePyTorch(given, (x: tf.Tensor2D) =>
      softmaxCrossEntropy(x, tf.tensor1d(given.classIds, "int32"), given),
    );
});

test("softmax cross entropy of a single class is 0, and its gradient is 0", () => {
  const singleClass = { input: [[3], [-40]], loss: [0, 0], gradient: [[0], [0]] };
  for (const smoothing of [0, 0.1])
    assertLikePyTorch(singleClass, (x: tf.Tensor2D) =>
      softmaxCrossEntropy(x, tf.tensor1d([0, 0], "int32"), { labelSmoothing: smoothing }),
    );
});

test("smooth L1 equals PyTorch's on both sides of beta, and its gradient is 0 where prediction and target are equal", () => {
  for (const given of references.flatMap(({ smoothL1: smooth }) => smooth))
    assertLikePyTorch(given, (x: tf.Tensor2D) =>
      smoothL1(x, tf.tensor2d(given.target), given.beta),
    );
});

test("the GIoU loss equals the paper's algorithm for touching, nested, almost equal and distant boxes", () => {
  for (const { giou } of references) {
    assertLikePyTorch(giou, (x: tf.Tensor2D) => giouLoss(x, tf.tensor2d(giou.target)));
  }
});

test("the gradient of the GIoU of decoded boxes with respect to the deltas equals PyTorch's", () => {
  const { references: anchors, weights, input, giou } = hardReference.decoding;
  assertLikePyTorch({ ...giou, input }, (x: tf.Tensor2D) =>
    giouLoss(
      decodeBoxesTensor(new BoxCoder(weights), tf.tensor2d(anchors), x),
      tf.tensor2d(giou.target),
    ),
  );
});

test("the GIoU loss is 0 for equal boxes; for separate boxes it is above 1 and rises with their distance", () => {
  const loss = (box: number[]) =>
    giouLoss(tf.tensor2d([box]), tf.tensor2d([[0, 0, 10, 10]])).dataSync()[0];
  assertClose(loss([0, 0, 10, 10]), 0, 1e-6);
  assertClose(loss([5, 0, 15, 10]), 1 - 50 / 150, 1e-6);
  assertClose(loss([20, 0, 30, 10]), 1 + 100 / 300, 1e-6);
  assert.ok(loss([40, 0, 50, 10]) > loss([20, 0, 30, 10]));
});

test("the GIoU loss and its gradient are finite for boxes without a size, and lead towards the target", () => {
  const predicted = tf.tensor2d([
    [5, 5, 5, 5],
    [0, 0, 10, 10],
    [5, 5, 5, 5],
    [0, 0, 10, 0],
    [1, 1, 1 + 1e-6, 1 + 1e-6],
  ]);
  const target = tf.tensor2d([
    [5, 5, 5, 5],
    [5, 5, 5, 5],
    [100, 100, 120, 120],
    [0, 0, 10, 0],
    [1, 1, 1 + 1e-6, 1 + 1e-6],
  ]);
  const losses = giouLoss(predicted, target);
  assert.ok(losses.dataSync().every(Number.isFinite));
  const gradient = tf
    .grad((x: tf.Tensor) => giouLoss(x as tf.Tensor2D, target).sum())(predicted)
    .arraySync() as number[][];
  assert.ok(gradient.flat().every(Number.isFinite), JSON.stringify(gradient));
  assert.ok(gradient[2][0] < 0 && gradient[2][1] < 0, "a distant point moves towards its target");
});

test("the GIoU loss of boxes of any size is in [0, 2], equals the definition, and has a finite gradient", () => {
  const pairs = fc.array(fc.tuple(extremeBox, fc.oneof(extremeBox, box)), {
    minLength: 30,
    maxLength: 30,
  });
  fc.assert(
    fc.property(pairs, (list) => {
      tf.tidy(() => {
        const [predicted, target] = [0, 1].map((k) =>
          tf.tensor2d(list.map((pair) => [...pair[k]])),
        );
        const losses = giouLoss(predicted, target).dataSync();
        losses.forEach((loss, i) => {
          assert.ok(loss > -1e-5 && loss < 2 + 1e-5, `${loss}`);
          assertClose(loss, plainGiouLoss(...list[i]), 1e-4);
        });
        const gradient = tf.grad((x: tf.Tensor) => giouLoss(x as tf.Tensor2D, target).sum())(
          predicted,
        );
        assert.ok(gradient.dataSync().every(Number.isFinite));
      });
    }),
    { numRuns: 30 },
  );
});

/**
 * The gradient of the GIoU loss with respect to the first boxes, and the left and right slopes of
 * the definition at each edge.
 */
function slopesOfGiou(boxes: readonly number[][], target: readonly number[][]) {
  const STEP = 1e-5;
  const predicted = tf.tensor2d(boxes.map((row) => [...row]));
  const aims = tf.tensor2d(target.map((row) => [...row]));
  const loss = (x: tf.Tensor) => giouLoss(x as tf.Tensor2D, aims);
  assertClose(
    loss(predicted).arraySync(),
    boxes.map((box, i) => plainGiouLoss(box, target[i])),
    1e-5,
  );
  const gradient = tf.grad(loss)(predicted).arraySync() as number[][];
  const sides = [-STEP, STEP].map((by) =>
    boxes.map((box, i) =>
      box.map((edge, side) => {
        const moved = box.map((other, s) => (s === side ? edge + by : other));
        return (plainGiouLoss(moved, target[i]) - plainGiouLoss(box, target[i])) / by;
      }),
    ),
  );
  return { gradient, left: sides[0], right: sides[1] };
}

test("away from kinks, the gradient of the GIoU loss equals finite differences", () => {
  // No two edges have the same position: the left and the right slope would differ there.
  const boxes = [
    [10, 12, 40, 50],
    [0, 0, 20, 20],
    [10, 12, 40, 50],
    [20, 22, 30, 35],
    [10, 12, 40, 50],
    [10, 12, 40, 50],
    [3, 4, 4, 5],
  ];
  const target = [
    [15, 10, 45, 44],
    [60, 50, 80, 90],
    [20, 22, 30, 35],
    [10, 12, 40, 50],
    [39, 11, 80, 51],
    [41, 11, 80, 51],
    [3.5, 3.25, 4.5, 6],
  ];
  const { gradient, left, right } = slopesOfGiou(boxes, target);
  assertClose(left, right, 1e-4, "left and right slopes, which differ at a kink");
  assertClose(gradient, right, 1e-4, "gradient");
});

test("at a kink (equal, touching or aligned boxes), the gradient of the GIoU loss is between the left and the right slope", () => {
  const boxes = [
    [10, 12, 40, 50],
    [10, 12, 40, 50],
    [10, 12, 40, 50],
    [10, 12, 40, 50],
    [10, 12, 11, 13],
  ];
  const target = [
    [10, 12, 40, 50],
    [40, 14, 80, 48],
    [10, 20, 35, 50],
    [40, 50, 60, 70],
    [10, 12, 11, 13],
  ];
  const { gradient, left, right } = slopesOfGiou(boxes, target);
  gradient.flat().forEach((slope, i) => {
    const [low, high] = [left.flat()[i], right.flat()[i]].sort((a, b) => a - b);
    assert.ok(
      slope >= low - 1e-4 && slope <= high + 1e-4,
      `edge ${i}: ${slope}, not between ${low} and ${high}`,
    );
  });
});

test("without rows to compare, every loss is 0 and its gradient is 0", () => {
  const variable = tf.tensor2d([[1, 2, 3, 4]]);
  const none = tf.tensor1d([], "int32");
  const empty = tf.zeros<tf.Rank.R2>([0, 4]);
  const losses: ((rows: tf.Tensor2D) => tf.Tensor1D)[] = [
    (rows) => smoothL1(rows, empty, 1),
    (rows) => giouLoss(rows, empty),
    (rows) => softmaxCrossEntropy(rows, none),
    (rows) => sigmoidCrossEntropy(rows.reshape([-1]), tf.tensor1d([])),
  ];
  losses.forEach((loss, i) => {
    const total = (x: tf.Tensor) => sumOver(loss(x.gather(none) as tf.Tensor2D), 0);
    assert.equal(total(variable).dataSync()[0], 0, `loss ${i}`);
    assert.deepEqual([...tf.grad(total)(variable).dataSync()], [0, 0, 0, 0], `gradient ${i}`);
  });
});
