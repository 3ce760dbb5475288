import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { presets } from "../../src/config/index";
import { openDataset } from "../../src/data/dataset";
import { compareRuns, runsOn } from "../../src/runs/compare-runs";

const folder = mkdtempSync(join(tmpdir(), "compare-test-"));
after(() => rmSync(folder, { recursive: true }));

const SAMPLE = join(__dirname, "../../data/sample");

/** A run folder as far as looking for it goes. */
function run(
  name: string,
  train: readonly string[],
  classNames: readonly string[],
  config: object = presets.default,
): void {
  mkdirSync(join(folder, name));
  writeFileSync(
    join(folder, name, "run.json"),
    JSON.stringify({ config, images: { train, validation: [] }, classNames }),
  );
}

test("only runs on the same data set that have not seen the images judged are compared", async () => {
  const dataset = await openDataset(SAMPLE);
  const { train, test: judged } = dataset.partition({ seed: 1 });
  const ids = train.images.map(({ id }) => id);
  run("b-same", ids, dataset.classNames);
  run("a-part", ids.slice(0, 5), dataset.classNames);
  run("other-classes", ids, ["x", "y"]);
  run("other-images", [...ids, "elsewhere"], dataset.classNames);
  run("saw-them", [...ids, judged!.images[0].id], dataset.classNames);
  run("other-version", ids, dataset.classNames, { preset: "default" });
  mkdirSync(join(folder, "no-run"));
  assert.deepEqual(await runsOn(dataset, judged!, folder), [join(folder, "a-part"), join(folder, "b-same")]);
  assert.deepEqual(await runsOn(dataset, judged!, join(folder, "nowhere")), []);
});

test("what is no run folder is named", async () => {
  const dataset = await openDataset(SAMPLE);
  await assert.rejects(compareRuns([join(folder, "no-run")], dataset), /no-run: not a run folder/);
});
