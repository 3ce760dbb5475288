import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { froc } from "../../src/metrics/froc";
import { imageRoc } from "../../src/metrics/image-roc";
import * as figures from "../../src/plots/index";
import { groundTruth } from "../metrics/cases";
import { assertFigure, tracesNamed, values } from "./cases";
import { detections, groundTruths } from "./judged-images";

describe("FROC", () => {
  const result = froc(groundTruths, detections);

  test("a curve for all images and one for tumor-free images, with thresholds in the hover texts", () => {
    const figure = figures.froc([result, froc(groundTruths, detections, { iou: 0.1 })]);
    assertFigure(figure);
    const [all] = tracesNamed(figure, /^IoU 0.5, all 4 images, mean 0.929$/);
    // The threshold 0.9 has no false positive and is at the left end of the axis. After the last
    // threshold the curve continues to the right end.
    assert.deepEqual(all.x, [0.0156, 0.25, 0.25, 0.5, 8]);
    assert.deepEqual(all.y, [0.5, 0.5, 1, 1, 1]);
    assert.match(String(values(all, "text")[0]), /^0 false positives.*scores from 0\.9/);
    assert.match(
      String(values(all, "text")[2]),
      /0\.25 false positives.*sensitivity 1.*scores from 0\.6/,
    );
    const [apart] = tracesNamed(figure, /^IoU 0.5, 2 tumor-free images, mean/);
    assert.deepEqual(apart.x, [0.0156, 0.5, 0.5, 0.5, 8]);
    assert.equal(tracesNamed(figure, /^IoU 0.1/).length, 4);
  });

  test("the seven rates with their thresholds", () => {
    const [marks] = tracesNamed(figures.froc([result]), /all 4 images.*seven rates/);
    assert.deepEqual(marks.x, [0.125, 0.25, 0.5, 1, 2, 4, 8]);
    assert.deepEqual(marks.y, [0.5, 1, 1, 1, 1, 1, 1]);
    assert.match(
      String(values(marks, "text")[0]),
      /at most 1\/8 false positives.*scores from 0\.9/,
    );
    const noisy = froc(groundTruths, [detections[2]]);
    assert.match(
      String(values(tracesNamed(figures.froc([noisy]), /seven rates/)[0], "text")[0]),
      /no detection/,
    );
  });

  test("the threshold in use is marked on the curve", () => {
    const figure = figures.froc([result], { scoreThreshold: 0.65 });
    assertFigure(figure);
    const [mark] = tracesNamed(figure, /^threshold 0.65/);
    assert.deepEqual([mark.x, mark.y, mark.text], [[0.25], [0.5], ["threshold 0.65"]]);
    assert.deepEqual(
      tracesNamed(figures.froc([result], { scoreThreshold: 0.95 }), /^threshold/)[0].y,
      [0],
    );
  });

  test("without boxes there is no curve", () => {
    const figure = figures.froc([froc([groundTruth("a", [])], [])]);
    assertFigure(figure);
    assert.deepEqual(figure.data, []);
    assertFigure(figures.froc([froc(groundTruths, [])]));
  });
});

test("the ROC of images has thresholds in the hover texts", () => {
  const figure = figures.imageRoc(imageRoc(groundTruths, detections));
  assertFigure(figure);
  const [line] = tracesNamed(figure, "2 images with a tumor, 2 without");
  assert.deepEqual(
    [line.x, line.y],
    [
      [0, 0, 0.5, 0.5, 1],
      [0, 0.5, 0.5, 1, 1],
    ],
  );
  assert.deepEqual(values(line, "text").slice(0, 2), ["no image", "highest score from 0.9"]);
  assert.match(JSON.stringify(figure.layout.title), /AUC 0\.750/);
  const nothing = figures.imageRoc(null);
  assertFigure(nothing);
  assert.match(JSON.stringify(nothing.layout.annotations), /images without one/);
});
