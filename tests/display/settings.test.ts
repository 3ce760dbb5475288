/** Where a notebook takes its data set, run folder and configuration from. */
import assert from "node:assert/strict";
import { resolve } from "node:path";
import { afterEach, test } from "node:test";
import { openDataset } from "../../src/data/dataset";
import { planAutomatically } from "../../src/training/plan-automatically";
import { notebookSettings, projectRoot } from "../../src/display/settings";

const VARIABLES = ["DATA", "READING", "RUN", "PRESET", "EPOCHS"].map((name) => `FRCNN_${name}`);

afterEach(() => {
  for (const name of VARIABLES) delete process.env[name];
});

test("without options and variables, the settings are those of the bundled sample", () => {
  const { data, reading, run, config } = notebookSettings();
  assert.equal(data, resolve(projectRoot(), "data", "sample"));
  assert.deepEqual(reading, {});
  assert.equal(run, resolve(projectRoot(), "runs", "notebooks"));
  assert.equal(config.preset, "default");
});

test("without a preset, a data set of one's own has a plan", () => {
  assert.throws(() => notebookSettings({ data: "../mine" }).config, /'auto' plans the settings/);
  process.env.FRCNN_DATA = "/tmp/mine";
  assert.throws(() => notebookSettings().config, /'auto' plans the settings/);
  const sample = resolve(projectRoot(), "data", "sample");
  assert.equal(notebookSettings({ data: sample }).config.preset, "default");
});

test("a command sets everything with variables", () => {
  const reading = { patients: "folder", background: ["No_Tumor"], labels: { tumor: [1, 4] } };
  process.env.FRCNN_DATA = "/tmp/mine";
  process.env.FRCNN_READING = JSON.stringify(reading);
  process.env.FRCNN_RUN = "/tmp/run";
  process.env.FRCNN_PRESET = "accurate";
  process.env.FRCNN_EPOCHS = "3";
  const settings = notebookSettings();
  assert.equal(settings.data, "/tmp/mine");
  assert.deepEqual(settings.reading, reading);
  assert.equal(settings.run, "/tmp/run");
  assert.equal(settings.config.preset, "accurate");
  assert.equal(settings.config.training.epochs, 3);
});

test("what a person writes in the cell comes before the variables", () => {
  process.env.FRCNN_DATA = "/tmp/other";
  process.env.FRCNN_READING = '{"patients":"none"}';
  process.env.FRCNN_RUN = "/tmp/other-run";
  process.env.FRCNN_PRESET = "accurate";
  const written = { data: "/tmp/mine", run: "/tmp/run", reading: { patients: /^(\d+)/ } };
  const settings = notebookSettings({ ...written, preset: "original", epochs: 2 });
  assert.equal(settings.data, "/tmp/mine");
  assert.equal(settings.run, "/tmp/run");
  assert.deepEqual(settings.reading, written.reading);
  assert.equal(settings.config.preset, "original");
  assert.equal(settings.config.training.epochs, 2);
});

test("a relative folder in the cell starts at the notebook", () => {
  assert.equal(notebookSettings({ data: "../mine" }).data, resolve("..", "mine"));
});

test("settings that are wrong are errors that name them", () => {
  for (const text of ["{", "[]", "1", "null"]) {
    process.env.FRCNN_READING = text;
    assert.throws(() => notebookSettings(), /FRCNN_READING must be a JSON object/, text);
  }
  delete process.env.FRCNN_READING;
  assert.throws(() => notebookSettings({ epochs: 0.5 }), /epochs is 0\.5: it must be a whole/);
  assert.throws(() => notebookSettings({ preset: "fast" }), /fast/);
});

test("a fixed preset has one configuration for every data set, and no plan", async () => {
  const settings = notebookSettings({ preset: "accurate", epochs: 2 });
  const dataset = await openDataset(settings.data);
  assert.equal(await settings.configFor(dataset), settings.config);
  assert.equal(await settings.planFor(dataset), null);
});

test("the preset auto plans the configuration of a data set once, with the number of epochs", async () => {
  process.env.FRCNN_PRESET = "auto";
  process.env.FRCNN_EPOCHS = "2";
  const settings = notebookSettings();
  assert.throws(
    () => settings.config,
    /'auto' plans the settings for a data set: write const config = await settings\.configFor/,
  );
  const dataset = await openDataset(settings.data);
  const plan = await settings.planFor(dataset);
  const config = await settings.configFor(dataset);
  assert.equal(config, plan!.config, "planned once");
  assert.deepEqual([config.preset, config.training.epochs], ["auto", 2]);
  const { config: expected } = await planAutomatically(dataset, {
    fixed: { training: { epochs: 2 } },
  });
  assert.deepEqual(config, expected);
  assert.equal(settings.run, notebookSettings({ preset: "default" }).run);
});
