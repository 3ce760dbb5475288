import assert from "node:assert/strict";
import { test } from "node:test";
import { presets } from "../../../../src/config/index";
import type { AnchorAssignment } from "../../../../src/detectors/faster-rcnn/rpn/assign-anchors";
import { rpnLosses } from "../../../../src/detectors/faster-rcnn/rpn/rpn-loss";
import { tf } from "../../../../src/tensor/tensorflow";
import { assertClose } from "../../../assertions";
import { detectorReference, flat } from "../../../reference/detector";

type Reference = (typeof detectorReference.rpnLosses)[number];

function assignmentsOf({ anchors, images }: Reference): AnchorAssignment[] {
  return images.map(({ boxes, assignment, positives, negatives }) => ({
    anchors: flat(anchors),
    target: { boxes: flat(boxes), classIds: new Int32Array(boxes.length) },
    assignment: Int32Array.from(assignment),
    iou: new Float32Array(assignment.length),
    positives: Int32Array.from(positives),
    negatives: Int32Array.from(negatives),
  }));
}

const configOf = ({ config }: Reference) => ({ ...presets.default.rpn, ...config });

for (const reference of detectorReference.rpnLosses) {
  const { boxLoss } = reference.config;

  test(`${boxLoss}: terms and gradients equal PyTorch's, with an image without positives`, () => {
    const assignments = assignmentsOf(reference);
    const config = configOf(reference);
    tf.tidy(() => {
      const inputs = [tf.tensor2d(reference.objectness), tf.tensor3d(reference.boxDeltas)];
      const run = (objectness: tf.Tensor, boxDeltas: tf.Tensor) => {
        const output = {
          objectness: objectness as tf.Tensor2D,
          boxDeltas: boxDeltas as tf.Tensor3D,
        };
        return rpnLosses(output, assignments, { config });
      };
      const { objectness, boxes, byAnchor } = run(inputs[0], inputs[1]);
      assertClose(objectness.arraySync(), reference.terms.objectness, 1e-5, "objectness");
      assertClose(boxes.arraySync(), reference.terms.boxes, 1e-5, "boxes");
      assert.equal(byAnchor, null);
      const [logitGradient, deltaGradient] = tf.grads((logits, deltas) => {
        const terms = run(logits, deltas);
        return terms.objectness.add(terms.boxes);
      })(inputs);
      assertClose(logitGradient.arraySync(), reference.objectnessGradient, 1e-5, "logits");
      assertClose(deltaGradient.arraySync(), reference.deltaGradient, 1e-5, "deltas");
    });
  });

  test(`${boxLoss}: the shares of the anchors equal PyTorch's, positives first`, () => {
    tf.tidy(() => {
      const { byAnchor } = rpnLosses(
        {
          objectness: tf.tensor2d(reference.objectness),
          boxDeltas: tf.tensor3d(reference.boxDeltas),
        },
        assignmentsOf(reference),
        { config: configOf(reference), withShares: true },
      );
      byAnchor!.forEach((shares, image) => {
        assertClose(shares.objectness, reference.shares[image], 1e-6, `image ${image}`);
        assert.equal(shares.boxes.length, reference.images[image].positives.length);
      });
      const total = byAnchor!.reduce((sum, { boxes }) => boxes.reduce((a, b) => a + b, sum), 0);
      assertClose(total, reference.terms.boxes, 1e-5, "sum of the shares");
    });
  });
}

test("a batch without sampled anchors has losses and gradients of 0", () => {
  const [reference] = detectorReference.rpnLosses;
  const assignments = assignmentsOf(reference).map((assignment) => ({
    ...assignment,
    positives: new Int32Array(),
    negatives: new Int32Array(),
  }));
  tf.tidy(() => {
    const boxDeltas = tf.tensor3d(reference.boxDeltas);
    const loss = (objectness: tf.Tensor) => {
      const output = { objectness: objectness as tf.Tensor2D, boxDeltas };
      const terms = rpnLosses(output, assignments, { config: configOf(reference) });
      return terms.objectness.add(terms.boxes);
    };
    const logits = tf.tensor2d(reference.objectness);
    assert.equal(loss(logits).dataSync()[0], 0);
    assert.ok(
      tf
        .grad(loss)(logits)
        .dataSync()
        .every((value) => value === 0),
    );
  });
});
