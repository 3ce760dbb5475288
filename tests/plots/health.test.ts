import assert from "node:assert/strict";
import { test } from "node:test";
import { nearDuplicates } from "../../src/data/health/near-duplicates";
import { boxOutliers } from "../../src/data/health/outliers";
import { repeatedImages } from "../../src/data/health/repeated-images";
import { labelCandidates } from "../../src/metrics/label-noise";
import {
  duplicatePairs,
  outliers,
  repeatedImages as repeatedImagesFigure,
} from "../../src/plots/health";
import { labelCandidates as labelCandidatesFigure } from "../../src/plots/label-candidates";
import { detection } from "../metrics/cases";
import { assertFigure, boxesDrawn, CLASS_NAMES, hoverTexts, imagesOf, smallDataset } from "./cases";

test("pairs are side by side with distance, patient and split; titles name pairs across splits", async () => {
  const dataset = await smallDataset(); // four equal pictures
  const found = await nearDuplicates(dataset);
  assert.equal(found.pairs.length, 6);
  const figure = await duplicatePairs(found, { count: 4 });
  assertFigure(figure);
  assert.equal(imagesOf(figure).length, 8);
  const titles = (figure.layout.annotations as { text: string }[]).map(({ text }) => text);
  assert.equal(titles[0], "0 bits, ACROSS SPLITS,<br>ACROSS PATIENTS<br>patient p1, train");
  assert.equal(titles[1], "patient p3, test");
  assert.doesNotMatch(titles[6], /ACROSS SPLITS/);
  assert.match(JSON.stringify(figure.layout.title), /4 of 6 pairs up to 24 of 256 bits/);
  await assert.rejects(duplicatePairs({ ...found, pairs: [] }), /no two images/);
});

test("without patients, pairs are across groups", async () => {
  const known = await smallDataset();
  const dataset = known.withImages(
    known.images.map((image, i) => ({ ...image, patient: null, group: i < 2 ? "a" : image.id })),
  );
  const found = await nearDuplicates(dataset);
  assert.deepEqual(
    found.pairs.map(({ crossesPatient }) => crossesPatient),
    found.pairs.map(({ first, second }) => first.group !== second.group),
  );
  assert.match(found.text, /5 cross groups/);
  const titles = (await duplicatePairs(found)).layout.annotations as { text: string }[];
  assert.equal(titles[0].text, "0 bits, ACROSS SPLITS,<br>ACROSS GROUPS<br>patient unknown, train");
  const withinGroup = await nearDuplicates(dataset.subset(({ group }) => group === "a"));
  assert.match(withinGroup.text, /slices of one group in one split/);
});

test("repeated images are side by side with their splits and what is left out", async () => {
  const { images } = await smallDataset();
  const [first, second, , evaluated] = images;
  const pair = { first, isExact: true, leftOut: first };
  const repeated = repeatedImages({
    sameImages: [
      { ...pair, second, crossesSplit: false },
      { ...pair, second: evaluated, isExact: false, crossesSplit: true },
    ],
  });
  const figure = await repeatedImagesFigure(repeated, { count: 1 });
  assertFigure(figure);
  assert.equal(imagesOf(figure).length, 2);
  const titles = (figure.layout.annotations as { text: string }[]).map(({ text }) => text);
  assert.equal(titles[0], "saved again, ACROSS SPLITS<br>train, left out");
  assert.equal(titles[1], "saved again, ACROSS SPLITS<br>test, used");
  await assert.rejects(repeatedImagesFigure(repeatedImages({ sameImages: [] })), /no pair to show/);
});

test("every box is one point, with patient, file and class in its hover text", async () => {
  const dataset = await smallDataset();
  const judged = await boxOutliers(dataset);
  const figure = outliers(judged, CLASS_NAMES);
  assertFigure(figure);
  assert.equal(figure.data.flatMap(({ x }) => x as number[]).length, dataset.boxCount);
  assert.match(
    JSON.stringify(figure.data),
    /p3_1\.png<br>patient p3<br>&lt;ring&gt; &amp; rim<br>20 × 20 pixels/,
  );
});

test("labels are dashed, detections solid with the reason, and the title has the threshold", async () => {
  const dataset = await smallDataset();
  const found = labelCandidates(
    dataset.groundTruths(),
    [{ imageId: dataset.images[2].id, detections: [detection([20, 20, 40, 40], 0.9, [0.7, 0.3])] }],
    { scoreThreshold: 0.4 },
  );
  assert.equal(found.candidates.length, 1 + dataset.boxCount);
  const figure = await labelCandidatesFigure(found, dataset.images, { classNames: CLASS_NAMES });
  assertFigure(figure);
  assert.match(
    JSON.stringify(figure.layout.title),
    /Candidates for wrong labels.*scores from 0\.4/,
  );
  assert.equal(boxesDrawn(figure, "detection"), 1);
  assert.match(
    hoverTexts(figure).join("\n"),
    /p2_1\.png<br>patient p2<br>round, score 0\.9<br>IoU 0<br>found with score 0\.90/,
  );
  const line = figure.data.find(({ name }) => name === "label") as unknown as {
    line: { dash: string };
  };
  assert.equal(line.line.dash, "dash");
  const unfound = await labelCandidatesFigure(found, dataset.images, {
    classNames: CLASS_NAMES,
    doubt: "unfound",
  });
  assert.equal(imagesOf(unfound).length, dataset.boxCount);
  await assert.rejects(
    labelCandidatesFigure(found, dataset.images, { classNames: CLASS_NAMES, doubt: "loose" }),
    /no candidate/,
  );
  await assert.rejects(
    labelCandidatesFigure(found, [], { classNames: CLASS_NAMES }),
    /not among the images given/,
  );
});
