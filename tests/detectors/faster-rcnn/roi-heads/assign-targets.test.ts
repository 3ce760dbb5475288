import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { boxAt, boxCount, flattenBoxes, iou, unflattenBoxes } from "../../../../src/boxes/box";
import { BACKGROUND } from "../../../../src/boxes/matcher";
import { presets } from "../../../../src/config/index";
import {
  matchRois,
  sampleRois,
} from "../../../../src/detectors/faster-rcnn/roi-heads/assign-targets";
import { Random } from "../../../../src/util/random";
import { boxes } from "../../../boxes/arbitrary";

const IMAGE_SIZE = 300;
const head = presets.default.head;
const target = (list: Parameters<typeof flattenBoxes>[0]) => ({
  boxes: flattenBoxes(list),
  classIds: Int32Array.from(list, (_, i) => i % 2),
});

test("every RoI is foreground or background, by hand", () => {
  const rois = flattenBoxes([
    [0, 0, 10, 5], // IoU 0.5
    [0, 0, 10, 4], // IoU 0.4
    [50, 50, 60, 60],
  ]);
  const { assignment } = matchRois(rois, target([[0, 0, 10, 10]]), 0.5);
  assert.deepEqual([...assignment], [0, BACKGROUND, BACKGROUND]);
});

test("RoIs come from proposals, ground truth and jittered copies; foreground comes first", () => {
  fc.assert(
    fc.property(boxes(20), boxes(3), fc.integer(), (proposals, groundTruth, seed) => {
      const config = { ...head, samples: 12, positiveFraction: 0.5, jitteredGroundTruth: 2 };
      const sampling = { config, imageSize: IMAGE_SIZE, random: new Random(seed) };
      const result = sampleRois(flattenBoxes(proposals), target(groundTruth), sampling);
      const { assignment } = result;
      assert.ok(assignment.length <= config.samples);
      const foreground = assignment.filter((match) => match >= 0).length;
      assert.ok(foreground <= 6);
      assert.ok(assignment.subarray(0, foreground).every((match) => match >= 0));
      assert.deepEqual(
        { assignment, iou: result.iou },
        matchRois(result.rois, result.target, config.stages[0].foregroundIou),
      );
      if (groundTruth.length) assert.ok(foreground > 0, "the ground truth itself is foreground");
      const again = { ...sampling, random: new Random(seed) };
      assert.deepEqual(sampleRois(flattenBoxes(proposals), target(groundTruth), again), result);
    }),
  );
});

test("without jittered copies the candidates are exactly the proposals and the ground truth", () => {
  const proposals = [
    [200, 200, 240, 240],
    [100, 20, 140, 60],
  ] as const;
  const groundTruth = [[20, 30, 60, 80]] as const;
  const config = { ...head, samples: 50, positiveFraction: 1, jitteredGroundTruth: 0 };
  const sampling = { config, imageSize: IMAGE_SIZE, random: new Random(1) };
  const { rois } = sampleRois(flattenBoxes(proposals), target(groundTruth), sampling);
  assert.deepEqual(unflattenBoxes(rois), [groundTruth[0], ...proposals]);
});

test("jittered copies stay near their box and in the image, and differ from each other", () => {
  const box = [120, 140, 180, 200] as const;
  const corner = [250, 260, 298, 299] as const;
  const config = { ...head, samples: 200, positiveFraction: 1, jitteredGroundTruth: 40 };
  const sampling = { config, imageSize: IMAGE_SIZE, random: new Random(5) };
  const { rois, assignment } = sampleRois(new Float32Array(), target([box, corner]), sampling);
  assert.equal(boxCount(rois), 2 * 41);
  const distinct = new Set(unflattenBoxes(rois).map((roi) => roi.join()));
  assert.equal(distinct.size, 2 * 41);
  for (let i = 0; i < boxCount(rois); i++) {
    const roi = boxAt(rois, i);
    assert.ok(roi.every((edge) => edge >= 0 && edge <= IMAGE_SIZE));
    // A shift by 0.2 sides and a factor of e^0.2 leave an IoU of at least 0.3.
    assert.ok(Math.max(iou(roi, box), iou(roi, corner)) > 0.3, `RoI ${i}, match ${assignment[i]}`);
  }
});

test("an image without ground truth gives only background", () => {
  const sampling = { config: head, imageSize: IMAGE_SIZE, random: new Random(1) };
  const { assignment } = sampleRois(flattenBoxes([[0, 0, 20, 20]]), target([]), sampling);
  assert.deepEqual([...assignment], [BACKGROUND]);
});
