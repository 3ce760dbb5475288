/** Which preset a command takes. */
import assert from "node:assert/strict";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { basePreset, chosenPreset } from "../../scripts/config-options";
import { ROOT } from "./run-command";

const FOLDER = mkdtempSync(join(tmpdir(), "preset-"));

/** A file with settings. */
function settings(name: string, text: string): string {
  const file = join(FOLDER, name);
  writeFileSync(file, text);
  return file;
}

test("without a name, the bundled sample has the preset default, and other data sets are planned", () => {
  assert.equal(chosenPreset({ data: join(ROOT, "data", "sample") }), "default");
  assert.equal(chosenPreset({ data: join(ROOT, "data", "sample", "..", "sample/") }), "default");
  for (const data of ["mine", join(ROOT, "data"), join(FOLDER, "data", "sample")])
    assert.equal(chosenPreset({ data }), "auto", data);
});

test("the option counts before the file with settings, and the file before the data set", () => {
  const data = "mine";
  const config = settings("accurate.yaml", "preset: accurate\ntraining: { epochs: 2 }\n");
  assert.equal(chosenPreset({ data, config }), "accurate");
  assert.equal(chosenPreset({ data, config, preset: "original" }), "original");
  const planned = settings("planned.json", '{"preset": "auto"}');
  assert.equal(chosenPreset({ data: join(ROOT, "data", "sample"), config: planned }), "auto");
});

test("a file without the name of a preset does not choose one", () => {
  for (const text of ["training: { epochs: 2 }\n", "preset: my trial\n", ""])
    assert.equal(
      chosenPreset({ data: "mine", config: settings("other.yaml", text) }),
      "auto",
      text,
    );
  const unknown = settings("unknown.yaml", "trainings: {}\n");
  assert.throws(() => chosenPreset({ data: "mine", config: unknown }), /trainings/);
});

test("a sweep changes the settings of a preset: the named one, or default", () => {
  const config = settings("base.yaml", "preset: accurate\n");
  assert.equal(basePreset({}), "default");
  assert.equal(basePreset({ config }), "accurate");
  assert.equal(basePreset({ config, preset: "original" }), "original");
  const planned = settings("auto.yaml", "preset: auto\n");
  assert.throws(() => basePreset({ config: planned }), /auto\.yaml: it names the preset 'auto'/);
});
