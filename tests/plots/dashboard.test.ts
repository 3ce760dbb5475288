import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";
import { imageGroundTruth } from "../../src/data/ground-truth";
import { apIntervals } from "../../src/metrics/ap-interval";
import { computeMetrics } from "../../src/metrics/metrics";
import * as figures from "../../src/plots/index";
import { History } from "../../src/runs/history";
import { loadHistory } from "../../src/runs/run-manifest";
import { RunFolder } from "../../src/training/run-folder";
import { watchedDetections } from "../../src/training/watched-images";
import type { Box, ImageDetections, ImageRecord } from "../../src/types";
import {
  assertFigure,
  boxesDrawn,
  CLASS_NAMES,
  hoverTexts,
  imagesOf,
  smallDataset,
  tracesNamed,
} from "./cases";

const options = { classNames: CLASS_NAMES, minScore: 0.3 };

function found(imageId: string, box: Box, score: number): ImageDetections {
  return { imageId, detections: [{ box, score, classProbabilities: [0.75, 0.25], classId: 0 }] };
}

/** Validations in which the box of the first image comes closer and fits in the end. */
function learned(images: readonly ImageRecord[], epochs = 3): History {
  const history = new History();
  const groundTruths = images.map(imageGroundTruth);
  const [x1, y1, x2, y2] = images[0].annotations[0].box;
  for (let epoch = 1; epoch <= epochs; epoch++) {
    const off = 15 * (epochs - epoch);
    history.add({
      kind: "step",
      epoch,
      epochs,
      step: 1,
      steps: 1,
      losses: { boxes: 1 / epoch, total: 2 / epoch },
      learningRate: 0.001,
      gradientNorm: 1,
      imagesPerSecond: 10.04,
      secondsLeft: 61 * (epochs - epoch),
    });
    const detections = [
      found(images[0].id, [x1 + off, y1, x2 + off, y2], 0.9),
      found(images[3].id, [1, 1, 9, 9], 0.1),
    ];
    history.add({
      kind: "validation",
      epoch,
      metrics: computeMetrics(groundTruths, detections, CLASS_NAMES),
      intervals: apIntervals(groundTruths, detections, { seed: 1 }),
      shown: watchedDetections(detections, [images[0].id, images[3].id]),
    });
  }
  return history;
}

test("the dashboard has losses, AP with its interval, learning rate, speed and the progress of training", async () => {
  const { images } = await smallDataset();
  const history = learned(images);
  const figure = figures.dashboard(history);
  assertFigure(figure);
  const ap = tracesNamed(figure, "AP50, class-agnostic")[0] as unknown as {
    x: number[];
    y: number[];
    error_y: { array: number[]; arrayminus: number[] };
  };
  assert.deepEqual(ap.x, [1, 2, 3]);
  history.validations.forEach(({ metrics, intervals }, i) => {
    const value = metrics.classAgnostic.AP50!;
    assert.ok(
      Math.abs(ap.y[i] + ap.error_y.array[i] - Math.max(value, intervals!.AP50.high!)) < 2e-3,
    );
    assert.ok(
      Math.abs(ap.y[i] - ap.error_y.arrayminus[i] - Math.min(value, intervals!.AP50.low!)) < 2e-3,
    );
  });
  assert.ok(ap.error_y.array[2] > 0, "other patients would have changed nothing");
  assert.deepEqual(figure.data[figure.data.length - 1].y, [10, 10, 10]);
  assert.match(
    (figure.layout.title as { text: string }).text,
    /epoch 3 of 3, step 1 of 1: 10 images\/s, 0 min left/,
  );
  assertFigure(figures.dashboard(new History()));
});

test("a replay has the boxes of each epoch on the same images and starts at the last epoch", async () => {
  const { images } = await smallDataset();
  const figure = await figures.epochReplay(learned(images), images, options);
  assertFigure(figure);
  assert.equal(imagesOf(figure).length, 2);
  const [slider] = figure.layout.sliders as [
    { active: number; steps: { label: string; args: [{ visible: boolean[] }] }[] },
  ];
  assert.equal(slider.active, 2);
  assert.deepEqual(
    slider.steps.map(({ label }) => label),
    ["1", "2", "3"],
  );
  const namesAt = (step: number) =>
    new Set(
      figure.data.filter((_, i) => slider.steps[step].args[0].visible[i]).map(({ name }) => name),
    );
  assert.ok(namesAt(0).has("false positive") && !namesAt(0).has("hit"));
  assert.ok(namesAt(2).has("hit") && !namesAt(2).has("false positive"));
  assert.ok(
    hoverTexts(figure).some((text) => /p1_1\.png.*patient p1.*score 0\.9.*IoU 1/s.test(text)),
  );
  assert.match((figure.layout.title as { text: string }).text, /scores from 0\.3/);
});

test("the live slices show the last validation, and nothing before the first", async () => {
  const { images } = await smallDataset();
  assertFigure(await figures.validationSlices(new History(), images, options));
  const figure = await figures.validationSlices(learned(images), images, options);
  assert.equal(boxesDrawn(figure, "hit"), 1);
  assert.match((figure.layout.title as { text: string }).text, /after epoch 3/);
});

test("the replay of a long training has 30 epochs, the first and the last among them", async () => {
  const { images } = await smallDataset();
  const figure = await figures.epochReplay(learned(images, 70), images, options);
  const labels = (figure.layout.sliders as { steps: { label: string }[] }[])[0].steps.map(
    ({ label }) => label,
  );
  assert.equal(labels.length, 30);
  assert.match(labels[0], /^1$/);
  assert.match(labels[29], /^70$/);
});

test("a history is unchanged when it is read from its file; one of an early version loads too, without a replay", async () => {
  const { images } = await smallDataset();
  const folder = await mkdtemp(join(tmpdir(), "history-"));
  const history = learned(images);
  await new RunFolder(folder, "test").writeJson("history.json", history);
  const read = await loadHistory(folder);
  assert.deepEqual(JSON.parse(JSON.stringify(read)), JSON.parse(JSON.stringify(history)));
  assert.deepEqual(
    (await figures.epochReplay(read, images, options)).data,
    (await figures.epochReplay(history, images, options)).data,
  );

  const early = {
    steps: history.steps,
    validations: history.validations.map(({ epoch, metrics }) => ({ epoch, metrics })),
  };
  await writeFile(join(folder, "history.json"), JSON.stringify(early));
  const old = await loadHistory(folder);
  await assert.rejects(
    figures.epochReplay(old, images, options),
    /keeps no detections by epoch.*early version/,
  );
  const figure = figures.dashboard(old);
  assertFigure(figure);
  assert.match(JSON.stringify(figure.layout), /no interval recorded.*not recorded/);
  await rm(folder, { recursive: true });
  await assert.rejects(loadHistory(folder), /not a run folder/);
  await assert.rejects(figures.epochReplay(new History(), images, options), /no validation yet/);
  await assert.rejects(
    figures.epochReplay(history, images.slice(1), options),
    /p1_1\.png.*not among the 3 images/,
  );
});
