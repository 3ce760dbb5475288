import assert from "node:assert/strict";
import { test } from "node:test";
import { generateAnchors } from "../../../../src/boxes/anchors";
import { RegionProposalNetwork } from "../../../../src/detectors/faster-rcnn/rpn/rpn";
import { Random } from "../../../../src/util/random";
import { tf } from "../../../../src/tensor/tensorflow";
import { assertClose } from "../../../assertions";
import { detectorReference } from "../../../reference/detector";
import { assertGradients, setVariables } from "../../variables";

const { rpn: reference } = detectorReference;

function referenceRpn(): RegionProposalNetwork {
  const { channels, inputChannels, anchorsPerCell } = reference;
  const options = { channels, inputChannels, anchorsPerCell, random: new Random(1) };
  const rpn = new RegionProposalNetwork(options);
  setVariables(rpn.variables(), reference.variables);
  return rpn;
}

test("objectness and deltas equal PyTorch's, in the order row, column, shape", () => {
  const rpn = referenceRpn();
  tf.tidy(() => {
    const { objectness, boxDeltas } = rpn.forward(tf.tensor4d(reference.features));
    assertClose(objectness.arraySync(), reference.objectness, 1e-5, "objectness");
    assertClose(boxDeltas.arraySync(), reference.boxDeltas, 1e-5, "deltas");
  });
  rpn.dispose();
});

test("the gradients of features and variables equal PyTorch's", () => {
  const rpn = referenceRpn();
  tf.tidy(() => {
    const { upstream } = reference;
    const loss = (features: tf.Tensor) => {
      const { objectness, boxDeltas } = rpn.forward(features as tf.Tensor4D);
      const fromObjectness = objectness.mul(tf.tensor2d(upstream.objectness)).sum();
      return fromObjectness.add<tf.Scalar>(boxDeltas.mul(tf.tensor3d(upstream.boxDeltas)).sum());
    };
    const features = tf.tensor4d(reference.features);
    assertGradients(() => loss(features), rpn.variables(), reference.gradients);
    const gradient = tf.grad(loss)(features);
    assertClose(gradient.arraySync(), reference.featureGradient, 1e-4, "features");
  });
  rpn.dispose();
});

test("there is one logit and one set of deltas for each anchor, and they start near 0", () => {
  const anchors = generateAnchors(
    { sizes: [16, 32], ratios: [0.5, 1, 2], placement: "center" },
    { stride: 8, rows: 5, columns: 7 },
  );
  const random = new Random(3);
  const options = { channels: 16, inputChannels: 8, anchorsPerCell: 6, random };
  const rpn = new RegionProposalNetwork(options);
  tf.tidy(() => {
    const features = tf.randomNormal<tf.Rank.R4>([2, 5, 7, 8], 0, 1, "float32", 4);
    const { objectness, boxDeltas } = rpn.forward(features);
    assert.deepEqual(objectness.shape, [2, anchors.length / 4]);
    assert.deepEqual(boxDeltas.shape, [2, anchors.length / 4, 4]);
    assert.ok(objectness.abs().max().dataSync()[0] < 0.3);
    assert.ok(boxDeltas.abs().max().dataSync()[0] < 0.3);
  });
  rpn.dispose();
});

test("dispose frees all tensors", () => {
  const before = tf.memory().numTensors;
  referenceRpn().dispose();
  assert.equal(tf.memory().numTensors, before);
});
