/** The range of values in a cross-validation: it is that of the training images of each fold. */
import assert from "node:assert/strict";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import sharp from "sharp";
import { validatedOnce } from "../../src/experiments/fold-run";
import { readRunManifest, RUN_FILES } from "../../src/runs/run-manifest";
import { trainRun } from "../../src/training/train-run";
import { SIZE } from "../detectors/small-detector";
import { squares } from "../training/squares";
import { config, crossValidateSquares } from "./small-cross-validation";

/** 16 bits, brighter from patient to patient. */
function brighterByPatient() {
  let image = 0;
  return (grey: Uint8Array) => {
    const factor = 4 * (1 + Math.floor(image++ / 2));
    return sharp(
      Uint16Array.from(grey, (value) => factor * value),
      { raw: { width: SIZE, height: SIZE, channels: 1 } },
    )
      .toColourspace("grey16")
      .png()
      .toBuffer();
  };
}

test("held-out images do not decide the range of a fold, and a finished fold is recognized", async () => {
  const { folder, open } = await squares({ encode: brighterByPatient() });
  const dataset = await open();
  const folds = dataset.foldsByPatient(2, { seed: config.seed });
  const ranges = folds.map(({ train, validation }) => {
    assert.deepEqual(validation.valueRange, train.valueRange);
    return train.valueRange!;
  });
  assert.notDeepEqual(ranges[0], ranges[1]);
  // The brightest patient is in the training part of one fold only.
  const brightest = folds.findIndex(({ train }) => train.patients.includes("3"));
  assert.ok(ranges[brightest][1] > ranges[1 - brightest][1]);

  const options = { folder, out: "folds", dataset };
  const first = await crossValidateSquares(options);
  for (const [number, { train, validation }] of folds.entries()) {
    const run = join(folder, "folds", `seed-${config.seed}-fold-${number}`);
    assert.deepEqual((await readRunManifest(run)).config.data.valueRange, ranges[number]);
    // The same fold without features that folds share.
    const out = join(folder, `alone-${number}`);
    await trainRun({ config: validatedOnce(config), train, validation, data: "squares", out });
    assert.deepEqual(
      readFileSync(join(run, RUN_FILES.last)),
      readFileSync(join(out, RUN_FILES.last)),
    );
  }
  const second = await crossValidateSquares(options);
  assert.equal(second.steps, 0);
  assert.deepEqual(second.results, first.results);
  rmSync(folder, { recursive: true });
});

test("patients who are held out for validation do not decide the range", async () => {
  const { folder, open } = await squares({ encode: brighterByPatient() });
  const { images } = await open();
  const dataset = (await open()).withImages(images.map((image) => ({ ...image, split: "train" })));
  const { train, validation, description } = dataset.partition({ seed: 3 });
  const own = train.images.map(({ ownRange }) => ownRange![1]);
  assert.ok(train.valueRange![1] <= Math.max(...own));
  assert.deepEqual(validation.valueRange, train.valueRange);
  assert.match(description, /Values from .* of its training part become black to white\.$/);
  rmSync(folder, { recursive: true });
});
