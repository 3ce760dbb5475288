/**
 * A whole step with a feature pyramid: neck, region proposal network, proposals, and both stages of
 * the cascade, against PyTorch.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { anchorGrids, generateLevelAnchors } from "../../../src/boxes/anchor-levels";
import { presets } from "../../../src/config/index";
import { PyramidNeck } from "../../../src/detectors/faster-rcnn/pyramid-neck";
import { matchRois } from "../../../src/detectors/faster-rcnn/roi-heads/assign-targets";
import { Cascade } from "../../../src/detectors/faster-rcnn/roi-heads/cascade";
import { roiLevels } from "../../../src/detectors/faster-rcnn/roi-heads/multi-scale-roi-align";
import { selectProposals } from "../../../src/detectors/faster-rcnn/rpn/proposals";
import { RegionProposalNetwork } from "../../../src/detectors/faster-rcnn/rpn/rpn";
import { rpnLosses } from "../../../src/detectors/faster-rcnn/rpn/rpn-loss";
import { tf } from "../../../src/tensor/tensorflow";
import { Random } from "../../../src/util/random";
import { assertClose } from "../../assertions";
import { flat } from "../../reference/detector";
import { pyramidReference } from "../../reference/pyramid";
import { assertGradients, setVariables } from "../variables";

const { step: reference } = pyramidReference;
const { imageSize } = reference;
const strides = reference.neck.levels.map((level) => 2 ** level);
const maps = { strides, canonicalSize: reference.neck.canonicalSize };
const anchors = generateLevelAnchors(
  { sizes: reference.anchorSizes, ratios: reference.ratios, placement: "center" },
  anchorGrids(strides, imageSize),
);
const targets = reference.samples.map(({ boxes }, i) => ({
  boxes: flat(boxes),
  classIds: Int32Array.from(reference.classIds[i]),
}));
const assignments = reference.samples.map(({ assignment, positives, negatives }, i) => ({
  anchors,
  target: targets[i],
  assignment: Int32Array.from(assignment),
  iou: new Float32Array(assignment.length),
  positives: Int32Array.from(positives),
  negatives: Int32Array.from(negatives),
}));
const rois = reference.rois.map((boxes, i) => ({
  rois: flat(boxes),
  target: targets[i],
  ...matchRois(flat(boxes), targets[i], reference.head.stages[0].foregroundIou),
}));
const rpnConfig = { ...presets.default.rpn, ...reference.rpnLoss, ...reference.proposalConfig };

/** The parts of the detector with the reference's weights. */
function parts() {
  const random = new Random(1);
  const levels = reference.inputChannels.map((channels, i) => ({ stride: strides[i], channels }));
  const neck = new PyramidNeck(reference.neck, levels, random);
  const rpn = new RegionProposalNetwork({
    channels: reference.rpnChannels,
    inputChannels: reference.neck.channels,
    anchorsPerCell: reference.ratios.length,
    random,
  });
  const cascade = new Cascade({
    config: { ...presets.default.head, ...reference.head },
    roi: reference.roi,
    maps,
    inputChannels: reference.neck.channels,
    classes: reference.classes,
    imageSize,
    random,
  });
  const variables = { ...neck.variables(), ...rpn.variables(), ...cascade.variables() };
  setVariables(variables, reference.variables);
  return { neck, rpn, cascade, variables };
}

const inputs = () => reference.inputs.map((level) => tf.tensor4d(level));

test("the anchors of all levels equal the reference's", () => {
  assertClose(anchors, flat(reference.anchors), 1e-4);
});

test("objectness, deltas and proposals of all levels equal PyTorch's", () => {
  const { neck, rpn } = parts();
  tf.tidy(() => {
    const { objectness, boxDeltas } = rpn.forwardLevels(neck.forward(inputs()));
    assertClose(objectness.arraySync(), reference.objectness, 1e-5, "objectness");
    assertClose(boxDeltas.arraySync(), reference.boxDeltas, 1e-5, "deltas");
  });
  reference.proposals.forEach((expected, image) => {
    const proposals = selectProposals(
      Float32Array.from(reference.objectness[image]),
      flat(reference.boxDeltas[image]),
      { anchors, config: rpnConfig, imageSize, levelCounts: reference.levelCounts },
    );
    assert.equal(proposals.candidateScores.length, expected.candidateCount);
    assertClose(proposals.proposals, flat(expected.proposals), 1e-4, "proposals");
    assertClose(proposals.proposalScores, expected.proposalScores, 1e-5, "scores");
    const scores = [...proposals.candidateScores];
    assert.deepEqual(
      scores,
      [...scores].sort((a, b) => b - a),
      "candidates by falling score",
    );
    const best = expected.proposalScores.map((score) =>
      scores.findIndex((candidate) => Math.abs(candidate - score) < 1e-6),
    );
    assert.deepEqual(
      best.map((row) => proposals.candidateAnchors[row]),
      expected.bestAnchors,
      "the anchor of each proposal",
    );
  });
});

test("the level of each RoI equals the reference's", () => {
  const joined = Float32Array.from(rois.flatMap((image) => [...image.rois]));
  assert.deepEqual(roiLevels(joined, maps), reference.stages[0].levels);
});

test("the losses of a step, and the gradients of all variables and levels, equal PyTorch's", () => {
  const { neck, rpn, cascade, variables } = parts();
  const before = tf.memory().numTensors;
  tf.tidy(() => {
    const terms = (levels: readonly tf.Tensor[]) => {
      const features = neck.forward(levels as tf.Tensor4D[]);
      const first = rpnLosses(rpn.forwardLevels(features), assignments, { config: rpnConfig });
      const second = cascade.losses(features, rois, { withShares: true });
      return {
        "rpn/objectness": first.objectness,
        "rpn/boxes": first.boxes,
        "head/foreground": second.foreground,
        "head/class": second.class,
        "head/boxes": second.boxes,
        byRoi: second.byRoi,
      };
    };
    const { byRoi, ...losses } = terms(inputs());
    for (const [name, loss] of Object.entries(losses))
      assertClose(loss.arraySync(), reference.terms[name], 2e-5, name);
    reference.stages.forEach(({ foreground, levels }, stage) => {
      const logits = byRoi!.flatMap((image) => [...image[stage].logits]);
      assertClose(logits, foreground, 2e-5, `foreground logits of stage ${stage}`);
      const boxes = Float32Array.from(byRoi!.flatMap((image) => [...image[stage].rois]));
      assert.deepEqual(roiLevels(boxes, maps), levels, `levels of stage ${stage}`);
    });
    const total = (...levels: tf.Tensor[]) => {
      const { byRoi: _, ...scalars } = terms(levels);
      return tf.addN(Object.values(scalars)) as tf.Scalar;
    };
    const levels = inputs();
    assertGradients(() => total(...levels), variables, reference.gradients);
    tf.grads(total)(levels).forEach((gradient, i) =>
      assertClose(gradient.arraySync(), reference.inputGradients[i], 1e-4, `level ${i}`),
    );
  });
  assert.equal(tf.memory().numTensors, before, "no tensor remains");
  for (const part of [neck, rpn, cascade]) part.dispose();
});
