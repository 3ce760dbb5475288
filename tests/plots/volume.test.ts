import assert from "node:assert/strict";
import { test } from "node:test";
import { picturePng, slicePicture } from "../../src/data/volumes/volume";
import { placed, type VolumeDetections } from "../../src/inference/detect-volume";
import { volumeSlices } from "../../src/plots/volume";
import type { Box } from "../../src/types";
import { openFixture } from "../data/volumes/reference";
import { detection } from "../metrics/cases";
import { assertFigure, CLASS_NAMES, hoverTexts, imagesOf } from "./cases";

/** A scan with boxes on slices 4 and 6; one box has a low score. */
async function found(name = "flipped.nii"): Promise<VolumeDetections> {
  const volume = await openFixture(name, name.endsWith(".nii") ? { slices: [3, 6] } : {});
  const boxes: Record<number, [Box, number, number[]][]> = {
    4: [
      [[2, 2, 6, 7], 0.9, [1, 0]],
      [[8, 1, 12, 5], 0.7, [0, 1]],
    ],
    6: [
      [[1, 1, 5, 5], 0.8, [0, 1]],
      [[3, 3, 9, 9], 0.1, [1, 0]],
    ],
  };
  const slices = await Promise.all(
    volume.slices.map(async (slice) => {
      const picture = await slicePicture(volume, slice);
      assert.ok((await picturePng(picture)).length);
      const detections = (boxes[slice.index] ?? []).map(([box, score, classes]) =>
        placed(detection(box, score, classes), slice, picture),
      );
      return { slice, width: picture.width, height: picture.height, detections };
    }),
  );
  return { volume, slices, failed: [] };
}

const OPTIONS = { classNames: CLASS_NAMES, minScore: 0.5 };

interface Step {
  label: string;
  args: [{ visible: boolean[] }, Record<string, unknown>];
}

function slider(figure: { layout: Readonly<Record<string, unknown>> }): {
  active: number;
  steps: Step[];
} {
  return (figure.layout.sliders as { active: number; steps: Step[] }[])[0];
}

test("a slider of all slices starts at the best score and shows one slice with its boxes at a time", async () => {
  const figure = await volumeSlices(await found(), OPTIONS);
  assertFigure(figure);
  const { active, steps } = slider(figure);
  assert.deepEqual(
    steps.map(({ label }) => label),
    ["3", "4 ●", "5", "6 ●"],
  );
  assert.equal(active, 1);
  assert.deepEqual(
    figure.data.map(({ visible }) => visible),
    steps[1].args[0].visible,
  );
  assert.equal(imagesOf(figure)[0].source, steps[1].args[1]["images[0].source"]);
  assert.equal(new Set(steps.map(({ args }) => args[1]["images[0].source"])).size, 4);
  // Exactly one step shows each trace, and a slice without boxes has none.
  const visible = steps.map(({ args }) => args[0].visible.filter(Boolean).length);
  assert.equal(
    visible.reduce((sum, count) => sum + count, 0),
    figure.data.length,
  );
  assert.deepEqual(
    [visible[0] > 0, visible[1] > visible[3], visible[2] > 0, visible[3] > 0],
    [false, true, false, true],
  );
  for (const { args } of steps) assert.equal(args[0].visible.length, figure.data.length);
  assert.match(
    String(steps[1].args[1]["annotations[0].text"]),
    /flipped\.nii, axial, slice 4: 2 boxes/,
  );
});

test("the figure has the threshold, millimeters and the notice", async () => {
  const figure = await volumeSlices(await found(), OPTIONS);
  assert.match((figure.layout.title as { text: string }).text, /scores from 0\.5/);
  assert.match(JSON.stringify(figure.layout.annotations), /not a medical device/);
  const texts = hoverTexts(figure).join("\n");
  assert.match(
    texts,
    /flipped\.nii<br>slice 4<br>score 0\.9<br>round \(1\)<br>center -?[\d.]+, -?[\d.]+, -?[\d.]+ mm \(RAS\)<br>6\.0 x 7\.5 mm/,
  );
  assert.doesNotMatch(texts, /score 0\.1/);
});

test("with onlyFound there are only slices with boxes; without any slice it is an error", async () => {
  const figure = await volumeSlices(await found(), { ...OPTIONS, onlyFound: true });
  assert.deepEqual(
    slider(figure).steps.map(({ label }) => label),
    ["4 ●", "6 ●"],
  );
  await assert.rejects(
    volumeSlices(await found(), { ...OPTIONS, minScore: 0.95, onlyFound: true }),
    /flipped\.nii: no slice with a score from 0\.95/,
  );
});

test("hover texts say where a scan has no millimeters", async () => {
  const all = await found("multi-frame-plain.dcm");
  const [first] = all.slices;
  const picture = await slicePicture(all.volume, first.slice);
  const one = {
    ...first,
    detections: [placed(detection([1, 1, 4, 4], 0.9), first.slice, picture)],
  };
  const figure = await volumeSlices({ ...all, slices: [one, all.slices[1]] }, OPTIONS);
  assert.match(hoverTexts(figure).join(), /no millimeters in the file/);
});
