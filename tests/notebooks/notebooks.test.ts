import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";

const ROOT = join(__dirname, "..", "..");
const NAME = "test-notebooks";
const RUN = join(ROOT, "runs", NAME);
const NOTEBOOKS = [
  "00-start-here",
  "01-dataset-exploration",
  "02-anchors",
  "03-rpn-training",
  "04-full-training",
  "05-one-image",
  "06-metrics",
  "07-errors",
  "08-statistics",
];
/** Larger notebooks are slow to open, and the executed ones are part of the repository. */
const MAX_BYTES = 2_000_000;

interface Output {
  output_type: string;
  name?: string;
  data?: Record<string, unknown>;
}

test("all notebooks run on the sample with one epoch and write reports, weights and metrics", () => {
  rmSync(RUN, { recursive: true, force: true });
  const parameters = [
    join(ROOT, "scripts", "run.mjs"),
    "notebooks",
    "--epochs",
    "1",
    "--name",
    NAME,
  ];
  const { status, stdout, stderr } = spawnSync(process.execPath, parameters, {
    encoding: "utf8",
    cwd: ROOT,
  });
  assert.equal(status, 0, `${stdout.slice(-2000)}\n${stderr.slice(-2000)}`);
  assert.match(stdout, /04-full-training: cell 3 of \d+/);
  assert.match(stdout, /class-agnostic: AP 0\.\d{3}, AP50 0\.\d{3}/);

  for (const notebook of NOTEBOOKS) {
    const file = join(RUN, `${notebook}.ipynb`);
    assert.ok(statSync(file).size < MAX_BYTES, `${notebook} has ${statSync(file).size} bytes`);
    assert.ok(existsSync(join(RUN, `${notebook}.html`)));
    const { cells } = JSON.parse(readFileSync(file, "utf8")) as { cells: { outputs?: Output[] }[] };
    const outputs = cells.flatMap((cell) => cell.outputs ?? []);
    const plots = outputs.filter(({ data }) => data?.["application/vnd.plotly.v1+json"]);
    assert.ok(plots.length >= 3, `${notebook} shows ${plots.length} plots`);
    for (const { data } of plots) assert.ok(data!["image/svg+xml"], "a plot has no picture");
    assert.deepEqual(
      outputs.filter(({ name }) => name === "stderr"),
      [],
    );
  }

  const metrics = JSON.parse(readFileSync(join(RUN, "metrics.json"), "utf8")) as Record<
    string,
    Record<string, number>
  >;
  for (const kind of ["classAgnostic", "classAware"]) {
    for (const metric of ["AP", "AP50", "AP75"])
      assert.equal(typeof metrics[kind][metric], "number");
  }
  assert.equal(metrics.images as unknown, 54);
  for (const file of ["weights.safetensors", "run.json", "history.json"])
    assert.ok(existsSync(join(RUN, file)), file);
  rmSync(RUN, { recursive: true, force: true });
});
