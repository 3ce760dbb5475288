import assert from "node:assert/strict";
import { after, test } from "node:test";
import { traceBoxes } from "../../src/inference/trace-boxes";
import { missCauses } from "../../src/metrics/missed-boxes";
import { missedBoxes, stageCosts, stageCoverage } from "../../src/plots/missed-boxes";
import { smallDetector } from "../detectors/small-detector";
import { assertFigure, hoverTexts, imagesOf, smallDataset } from "./cases";

const detector = smallDetector();
after(() => detector.dispose());

test("titles of coverage, costs and missed boxes have the threshold and the IoU", async () => {
  const dataset = await smallDataset();
  const result = missCauses(await traceBoxes(detector, dataset), { scoreThreshold: 0.99 });
  assert.equal(result.missed.length, dataset.boxCount);
  const cases = await missedBoxes(result, dataset.images);
  for (const figure of [stageCoverage(result), stageCosts(result), cases]) {
    assertFigure(figure);
    const { text } = figure.layout.title as { text: string };
    assert.match(text.replaceAll("<br>", " "), /scores from 0\.99, IoU from 0\.5/);
  }
  assert.deepEqual(
    (stageCosts(result).data[0].text as string[]).map((text) => parseInt(text)),
    result.costs.map(({ count }) => count),
  );
  assert.equal(imagesOf(cases).length, dataset.boxCount);
  assert.match(hoverTexts(cases).join("\n"), /best anchor<br>IoU [\d.]+<br>score/);
  await assert.rejects(
    missedBoxes({ ...result, missed: [] }, dataset.images),
    /no tumor was missed/,
  );
  await assert.rejects(missedBoxes(result, []), /not among those given/);
});
