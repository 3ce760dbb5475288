import assert from "node:assert/strict";
import { test } from "node:test";
import { BoxCoder } from "../../../../src/boxes/box-coder";
import { presets } from "../../../../src/config/index";
import type { RoiAssignment } from "../../../../src/detectors/faster-rcnn/roi-heads/assign-targets";
import {
  stageLosses,
  type StageLossOptions,
} from "../../../../src/detectors/faster-rcnn/roi-heads/stage-losses";
import { tf } from "../../../../src/tensor/tensorflow";
import { assertClose } from "../../../assertions";
import { detectorReference, flat } from "../../../reference/detector";

type Reference = (typeof detectorReference.stageLosses)[number];

const assignmentsOf = ({ images }: Reference): RoiAssignment[] =>
  images.map(({ rois, boxes, classIds, assignment }) => ({
    rois: flat(rois),
    target: { boxes: flat(boxes), classIds: Int32Array.from(classIds) },
    assignment: Int32Array.from(assignment),
    iou: Float32Array.from(assignment, (_, i) => i / 10),
  }));

const optionsOf = ({ config, stage }: Reference, withShares = false): StageLossOptions => ({
  config: { ...presets.default.head, ...config },
  stage,
  coder: new BoxCoder(stage.deltaWeights),
  withShares,
});

const outputOf = ({ output }: Reference) => ({
  foreground: tf.tensor1d(output.foreground),
  classLogits: tf.tensor2d(output.classLogits),
  boxDeltas: tf.tensor2d(output.boxDeltas),
});

for (const reference of detectorReference.stageLosses) {
  const { boxLoss } = reference.config;

  test(`${boxLoss}: the terms and their gradients equal PyTorch's`, () => {
    tf.tidy(() => {
      const output = outputOf(reference);
      const terms = stageLosses(output, assignmentsOf(reference), optionsOf(reference));
      for (const name of ["foreground", "class", "boxes"] as const)
        assertClose(terms[name]!.arraySync(), reference.terms[name], 1e-5, name);
      assert.equal(terms.byRoi, null);
      const gradients = tf.grads((foreground, classLogits, boxDeltas) => {
        const values = { foreground, classLogits, boxDeltas } as ReturnType<typeof outputOf>;
        const losses = stageLosses(values, assignmentsOf(reference), optionsOf(reference));
        return tf.addN([losses.foreground, losses.class!, losses.boxes!]);
      })([output.foreground, output.classLogits, output.boxDeltas]);
      const { foreground, classLogits, boxDeltas } = reference.gradients;
      [foreground, classLogits, boxDeltas].forEach((expected, i) =>
        assertClose(gradients[i].arraySync(), expected, 1e-5, `gradient of output ${i}`),
      );
    });
  });

  test(`${boxLoss}: the shares of the RoIs add up to the terms, and are 0 for background`, () => {
    tf.tidy(() => {
      const { byRoi } = stageLosses(
        outputOf(reference),
        assignmentsOf(reference),
        optionsOf(reference, true),
      );
      assert.deepEqual(
        byRoi!.map(({ rois }) => [...rois]),
        reference.images.map(({ rois }) => [...flat(rois)]),
      );
      assertClose(
        byRoi!.flatMap(({ logits }) => [...logits]),
        reference.output.foreground,
        1e-6,
        "logits",
      );
      for (const name of ["foreground", "class", "boxes"] as const) {
        const shares = byRoi!.flatMap((image) => [...image[name]]);
        const total = shares.reduce((sum, share) => sum + share, 0);
        assertClose(total, reference.terms[name], 1e-5, `sum of ${name}`);
      }
      for (const image of byRoi!) {
        image.assignment.forEach((match, i) => {
          assert.equal(image.class[i] > 0, match >= 0);
          assert.equal(image.boxes[i] > 0, match >= 0);
        });
      }
    });
  });
}

test("without foreground RoIs there is no class loss and no box loss", () => {
  const [reference] = detectorReference.stageLosses;
  const background = assignmentsOf(reference).map((assignment) => ({
    ...assignment,
    assignment: assignment.assignment.map(() => -1),
  }));
  tf.tidy(() => {
    const terms = stageLosses(outputOf(reference), background, optionsOf(reference, true));
    assert.equal(terms.class, null);
    assert.equal(terms.boxes, null);
    const expected = reference.output.foreground.map((logit) => Math.log1p(Math.exp(logit)));
    const mean = expected.reduce((sum, value) => sum + value, 0) / expected.length;
    const { foregroundWeight } = reference.config;
    const weight = foregroundWeight * reference.stage.lossWeight;
    assertClose(terms.foreground.arraySync(), weight * mean, 1e-5, "foreground");
    assert.ok(terms.byRoi!.every(({ boxes }) => boxes.every((share) => share === 0)));
  });
});
