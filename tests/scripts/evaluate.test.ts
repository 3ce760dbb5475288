import assert from "node:assert/strict";
import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { DISCLAIMER } from "../../src/util/disclaimer";
import { temporaryFolder } from "../data/files";
import { squares } from "../training/squares";
import { runCommand } from "./run-command";

const evaluateSample = (out: string, ...options: string[]) =>
  runCommand(
    "evaluate",
    ...["--weights", "data/models/accurate-sample", "--data", "data/sample", "--out", out],
    ...options,
  );

test("evaluating the bundled detector on the sample: report, model card, metrics and COCO files agree", () => {
  const out = temporaryFolder();
  const { status, stderr, stdout } = evaluateSample(out);
  assert.equal(status, 0, stderr);
  assert.match(stdout, /class-agnostic AP50: \d\.\d{3} \(/);
  const read = (file: string) => readFileSync(join(out, file), "utf8");
  const metrics = JSON.parse(read("evaluation.json"));
  assert.equal(metrics.notice, DISCLAIMER);
  assert.ok(metrics.classAgnostic.AP > 0.56, "the bundled detector was trained on this sample");
  const groundTruth = JSON.parse(read("coco-truth.json"));
  assert.equal(groundTruth.images.length, metrics.images);
  assert.equal(groundTruth.annotations.length, metrics.boxes);
  const classes = metrics.classNames.length;
  assert.equal(JSON.parse(read("coco-detections.json")).length, classes * metrics.detections);
  assert.equal(JSON.parse(read("coco-detections-class-agnostic.json")).length, metrics.detections);
  const card = read("model-card.md");
  assert.match(
    card,
    new RegExp(`\\| class-agnostic AP \\| ${metrics.classAgnostic.AP.toFixed(3)} \\| \\d`),
  );
  assert.match(card, /\| judged \| \d+ \| \d+ \| \d+ \| `[0-9a-f]{64}` \|/);
  assert.match(card, /none of these patients was trained on/);
  for (const text of [card, read("report.html")]) assert.ok(text.includes(DISCLAIMER));
  assert.match(read("report.html"), /a detector that finds nothing/);

  // The model card is edited by hand: another call does not replace it.
  writeFileSync(join(out, "model-card.md"), `${card}My remarks.\n`);
  const again = evaluateSample(out);
  assert.equal(again.status, 1);
  assert.match(
    again.stderr,
    /holds files that 'evaluate' did not write.*: model-card\.md\. Choose/,
  );
  assert.equal(read("model-card.md"), `${card}My remarks.\n`);
});

test("without --data a run is evaluated on its own data set, read as in training", async () => {
  const { folder } = await squares();
  const run = join(temporaryFolder(), "run");
  const reading = ["--classes", "left,right", "--patients", "none"];
  const trained = runCommand("train", "--data", folder, ...reading, "--epochs", "1", "--out", run);
  assert.equal(trained.status, 0, trained.all);

  const { status, stdout, stderr } = runCommand("evaluate", "--weights", run);
  assert.equal(status, 0, stderr);
  assert.ok(stdout.includes(`Data set of the run: ${folder}\n`), stdout);
  const { classNames, patients } = JSON.parse(readFileSync(join(run, "evaluation.json"), "utf8"));
  assert.deepEqual(classNames, ["left", "right"]);
  assert.equal(patients, null);

  renameSync(folder, `${folder}-moved`);
  const missing = runCommand("evaluate", "--weights", run, "--out", temporaryFolder());
  rmSync(`${folder}-moved`, { recursive: true });
  assert.equal(missing.status, 1);
  assert.match(missing.stderr, /squares-\w+, which is not there: name a data set with --data/);
});

test("with --augment the metrics change, and every result says that views were averaged", () => {
  const [plain, augmented] = [[], ["--augment"]].map((options) => {
    const out = temporaryFolder();
    const { status, stderr, stdout } = evaluateSample(out, "--split", "val", ...options);
    assert.equal(status, 0, stderr);
    const read = (file: string) => readFileSync(join(out, file), "utf8");
    const metrics = JSON.parse(read("evaluation.json"));
    return { stdout, metrics, texts: [stdout, read("model-card.md"), read("report.html")] };
  });
  const sentence = /means over 4 views \(the image, its mirror image, and both moved by 4 pixels/;
  for (const text of augmented.texts) assert.match(text, sentence);
  for (const text of plain.texts) assert.doesNotMatch(text, /means over 4 views/);
  const { testTimeAugmentation } = augmented.metrics;
  assert.match(testTimeAugmentation.text, sentence);
  assert.equal(testTimeAugmentation.views.length, 4);
  assert.equal(plain.metrics.testTimeAugmentation, undefined);
  assert.notEqual(augmented.metrics.classAgnostic.AP, plain.metrics.classAgnostic.AP);
  assert.ok(augmented.metrics.classAgnostic.AP > plain.metrics.classAgnostic.AP - 0.03);
});
