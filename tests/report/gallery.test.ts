import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { JSDOM } from "jsdom";
import { openDataset } from "../../src/data/dataset";
import { worstImages } from "../../src/metrics/worst-images";
import { gallery } from "../../src/report/gallery";
import { htmlPage } from "../../src/report/page";
import { detection } from "../metrics/cases";

const CLASSES = ["<b>ring</b>", "solid"];

test("a picture for each image, worst first, with ground truth and detections; buttons sort them", async () => {
  const { images } = (await openDataset(join(__dirname, "../../data/sample"))).split("test");
  const dataset = (await openDataset(join(__dirname, "../../data/sample"))).subset(({ id }) =>
    images.slice(0, 6).some((image) => image.id === id),
  );
  const withBoxes = dataset.images.filter(({ annotations }) => annotations.length > 0);
  assert.ok(withBoxes.length > 1 && withBoxes.length < dataset.images.length);
  // The detections hold all tumors of the first image and none of the others; one image without a
  // tumor has a false positive.
  const empty = dataset.images.find(({ annotations }) => !annotations.length)!;
  const found = dataset.images.map((image) => ({
    imageId: image.id,
    detections:
      image.id === withBoxes[0].id
        ? image.annotations.map(({ box, classId }) =>
            detection(box, 0.9, classId ? [0, 1] : [1, 0]),
          )
        : image.id === empty.id
          ? [detection([1, 2, 30, 40], 0.8, [1, 0]), detection([1, 2, 30, 40], 0.1, [1, 0])]
          : [],
  }));
  const errors = worstImages(dataset.groundTruths(), found, { scoreThreshold: 0.5 });
  const parts = await gallery(errors, dataset.images, {
    detections: found,
    classNames: CLASSES,
    scoreThreshold: 0.5,
  });
  const { window } = new JSDOM(htmlPage("gallery", parts), { runScripts: "dangerously" });
  const cards = () => [...window.document.querySelectorAll<HTMLElement>(".gallery figure")];
  assert.deepEqual(
    cards().map(({ dataset: { file } }) => file),
    errors.map(({ imageId }) => imageId),
  );
  const falseBox = cards().find(({ dataset: { file } }) => file === empty.id)!;
  assert.equal(falseBox.querySelectorAll("rect.detection").length, 1, "low scores are not drawn");
  assert.match(falseBox.textContent!, /1 false/);
  assert.match(falseBox.querySelector("rect title")!.textContent!, /<b>ring<\/b> 0\.800/);
  assert.equal(
    window.document.querySelectorAll("rect.ground-truth").length,
    dataset.images.flatMap(({ annotations }) => annotations).length,
  );
  window.document.querySelector<HTMLElement>("[data-sort=file]")!.click();
  assert.deepEqual(
    cards().map(({ dataset: { file } }) => file),
    dataset.images.map(({ id }) => id).sort(),
  );
});

test("errors of an image that is not among the records are refused", async () => {
  const errors = worstImages(
    [{ imageId: "x", patient: "x", width: 9, height: 9, boxes: [], classIds: [] }],
    [],
    {
      scoreThreshold: 0.5,
    },
  );
  await assert.rejects(
    gallery(errors, [], { detections: [], classNames: CLASSES, scoreThreshold: 0.5 }),
    /image 'x' has errors/,
  );
});
