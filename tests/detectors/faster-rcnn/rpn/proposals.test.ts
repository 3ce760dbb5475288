import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { boxAt, boxCount, flattenBoxes, iou } from "../../../../src/boxes/box";
import { presets } from "../../../../src/config/index";
import { proposeBatch, selectProposals } from "../../../../src/detectors/faster-rcnn/rpn/proposals";
import { Random } from "../../../../src/util/random";
import { tf } from "../../../../src/tensor/tensorflow";
import { assertClose } from "../../../assertions";
import { crowd } from "../../../boxes/arbitrary";
import { detectorReference, flat } from "../../../reference/detector";

const base = presets.default.rpn;

for (const reference of detectorReference.proposals) {
  const { imageSize, proposalsBeforeNms, proposalsAfterNms, nmsIou, minScore } = reference;
  test(`candidates and proposals equal PyTorch's: ${proposalsBeforeNms} before NMS, lowest score ${minScore}`, () => {
    const result = selectProposals(
      Float32Array.from(reference.objectness),
      flat(reference.boxDeltas),
      {
        anchors: flat(reference.anchors),
        config: { ...base, proposalsBeforeNms, proposalsAfterNms, nmsIou, minScore },
        imageSize,
      },
    );
    assert.deepEqual([...result.candidateAnchors], reference.candidateAnchors);
    assertClose(result.candidates, flat(reference.candidates), 1e-5, "candidates");
    assertClose(result.candidateScores, reference.candidateScores, 1e-6, "candidate scores");
    assertClose(result.proposals, flat(reference.proposals), 1e-5, "proposals");
    assertClose(result.proposalScores, reference.proposalScores, 1e-6, "proposal scores");
  });
}

/** Proposals of anchors that are not moved. */
function proposeUnmoved(
  anchors: Float32Array,
  logits: readonly number[],
  changes: Partial<typeof base> = {},
) {
  return selectProposals(Float32Array.from(logits), new Float32Array(anchors.length), {
    anchors,
    config: { ...base, ...changes },
    imageSize: 100,
  });
}

test("boxes with a side below 1 pixel after clipping are dropped", () => {
  const anchors = flattenBoxes([
    [99.5, 10, 140, 40], // half a pixel is in the image
    [99, 10, 140, 40], // one pixel is in the image
    [10, -30, 40, -5], // outside
    [20, 20, 20.5, 60],
    [30, 30, 50, 50],
  ]);
  const { candidateAnchors } = proposeUnmoved(anchors, [5, 4, 3, 2, 1], { minScore: 0 });
  assert.deepEqual([...candidateAnchors], [1, 4]);
});

test("anchors with a logit of NaN or -Infinity, or with deltas of NaN, give no proposal", () => {
  const anchors = flattenBoxes([
    [0, 0, 10, 10],
    [20, 0, 30, 10],
    [40, 0, 50, 10],
    [60, 0, 70, 10],
  ]);
  const deltas = new Float32Array(16);
  deltas[12] = NaN;
  const options = { anchors, config: base, imageSize: 100 };
  const logits = Float32Array.of(NaN, 2, -Infinity, 3);
  assert.deepEqual([...selectProposals(logits, deltas, options).candidateAnchors], [1]);
});

test("no anchor above the lowest score means no proposal", () => {
  const { proposals, candidates } = proposeUnmoved(flattenBoxes([[0, 0, 10, 10]]), [-1], {
    minScore: 0.5,
  });
  assert.equal(boxCount(proposals) + boxCount(candidates), 0);
});

test("candidates are the anchors with the highest logits, ordered by index among equal ones", () => {
  fc.assert(
    fc.property(crowd(40), fc.integer({ min: 1, max: 12 }), fc.integer(), (list, count, seed) => {
      const random = new Random(seed);
      const logits = list.map(() => random.integer(6) - 3);
      const limits = { proposalsBeforeNms: count, proposalsAfterNms: count, minScore: 0 };
      const result = proposeUnmoved(flattenBoxes(list), logits, { ...limits, nmsIou: 0.5 });
      const expected = list
        .map((_, i) => i)
        .sort((a, b) => logits[b] - logits[a] || a - b)
        .slice(0, count);
      assert.deepEqual([...result.candidateAnchors], expected);
      assert.deepEqual(boxCount(result.candidates), expected.length);
      assert.ok(boxCount(result.proposals) <= count);
      for (let i = 0; i < boxCount(result.proposals); i++) {
        for (let j = 0; j < i; j++)
          assert.ok(iou(boxAt(result.proposals, i), boxAt(result.proposals, j)) <= 0.5);
      }
    }),
  );
});

test("the proposals of a batch are those of its images, and reading the output keeps its tensors", () => {
  const anchors = flattenBoxes([
    [0, 0, 20, 20],
    [30, 30, 60, 60],
  ]);
  const options = { anchors, config: base, imageSize: 100 };
  const logits = [
    [1, 2],
    [4, 3],
  ];
  const deltas = [
    [
      [0.1, 0, 0, 0],
      [0, 0.1, 0, 0],
    ],
    [
      [0, 0, 0.1, 0],
      [0, 0, 0, 0.1],
    ],
  ];
  const output = { objectness: tf.tensor2d(logits), boxDeltas: tf.tensor3d(deltas) };
  const before = tf.memory().numTensors;
  const { objectness, proposals } = proposeBatch(output, options);
  assert.equal(tf.memory().numTensors, before);
  proposals.forEach((ofImage, i) => {
    assert.deepEqual([...objectness[i]], logits[i]);
    assert.deepEqual(
      ofImage,
      selectProposals(Float32Array.from(logits[i]), flat(deltas[i]), options),
    );
  });
  tf.dispose([output.objectness, output.boxDeltas]);
});
