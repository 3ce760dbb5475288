import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { presets } from "../../src/config/index";
import { openDataset } from "../../src/data/dataset";
import { evaluate } from "../../src/metrics/evaluate";
import { modelCard } from "../../src/report/model-card";

const HARM = "<img src=x onerror=alert(1)>\n# owned\n[go](javascript:alert)|";

test("names and sentences with HTML or Markdown stay text on one line", async () => {
  const dataset = (await openDataset(join(__dirname, "../../data/sample"))).split("test");
  const groundTruths = dataset
    .groundTruths()
    .map((groundTruth) => ({ ...groundTruth, patient: `${HARM}${groundTruth.patient}` }));
  const detections = groundTruths.map(({ imageId }) => ({ imageId, detections: [] }));
  const evaluation = evaluate(groundTruths, detections, {
    classNames: [HARM, "b"],
    scoreThreshold: 0.5,
    seed: 1,
  });
  const manifest = {
    config: { ...presets.default, preset: HARM },
    classNames: [HARM, "b"],
    data: HARM,
    software: { node: HARM },
    epochs: 1,
    minutes: 1,
    best: null,
  };
  const part = { name: HARM, images: 1, patients: 1, boxes: 1, hash: "00" };
  const sentences = { patientOverlap: HARM, thresholdChoice: HARM, classNote: HARM };
  const card = modelCard({
    title: HARM,
    manifest,
    parts: [part],
    ...sentences,
    testTimeAugmentation: HARM,
    evaluation,
    stages: null,
  });
  const [text, settings] = card.split("```json");
  assert.doesNotMatch(text, /<img|^# owned|(^|[^\\])\[go\]/m);
  assert.equal(text.match(/&lt;img/g)!.length >= 8, true);
  const rows = text.split("\n").filter((line) => line.startsWith("| &lt;img"));
  assert.deepEqual(
    rows.map((row) => row.match(/(?<!\\)\|/g)!.length),
    [6],
  );
  assert.equal(
    settings.split("\n").filter((line) => line.startsWith("```")).length,
    1,
    "the block of settings has another end",
  );
});
