/**
 * Adds the examples of CONTRIBUTING.md to a copy of `src`, compiles the copy, and uses each of
 * them. A recipe may add one file and change one list. The test fails when this is not sufficient.
 */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { after, before, test } from "node:test";
import sharp from "sharp";
import type { Rank } from "@tensorflow/tfjs-node-gpu";

const ROOT = join(__dirname, "..");
/** Below node_modules, so that the copy finds the installed packages. */
const COPY = join(ROOT, "node_modules", ".cache", "extension-points");
/** Most lines of the code of an example, without blank lines. */
const MAX_LINES = 28;

interface Recipe {
  readonly title: string;
  /** New files: path and text. */
  readonly files: readonly (readonly [string, string])[];
  /** Changes of existing files: path and lines of a diff. */
  readonly changes: readonly (readonly [string, readonly string[]])[];
}

const recipes = readFileSync(join(ROOT, "CONTRIBUTING.md"), "utf8")
  .split(/^## Add /m)
  .slice(1)
  .map(parseRecipe);

function parseRecipe(section: string): Recipe {
  const blocks = Array.from(section.matchAll(/^```(ts|diff)\n\s?\/\/ (\S+)\n([\s\S]*?)^```$/gm));
  return {
    title: section.split("\n")[0],
    files: blocks.filter((block) => block[1] === "ts").map((block) => [block[2], block[3]]),
    changes: blocks
      .filter((block) => block[1] === "diff")
      .map((block) => [block[2], block[3].trimEnd().split("\n")]),
  };
}

/**
 * Applies the lines of a diff. `-` is replaced by the next `+`. An added import comes before the
 * first import; another added line comes after the line before it in the diff.
 */
function applyChange(text: string, diff: readonly string[]): string {
  const lines = text.split("\n");
  const indexOf = (line: string) => {
    const indices = lines.flatMap((other, i) => (other === line ? [i] : []));
    assert.equal(indices.length, 1, `'${line}' must be in the file once`);
    return indices[0];
  };
  let position = -1;
  for (const change of diff) {
    const line = change.slice(1);
    if (change.startsWith("+import ")) {
      lines.splice(
        lines.findIndex((other) => other.startsWith("import ")),
        0,
        line,
      );
    } else if (change.startsWith("+")) lines.splice(position++, 0, line);
    else if (change.startsWith("-")) lines.splice((position = indexOf(line)), 1);
    else position = indexOf(line) + 1;
  }
  return lines.join("\n");
}

/** Loads a compiled file of the copy. */
function load<T>(path: string): T {
  // eslint-disable-next-line @typescript-eslint/no-require-imports
  return require(join(COPY, "out", path)) as T;
}
type Index = typeof import("../src/index");
const index = () => load<Index & { figures: Record<string, (images: unknown) => never> }>("index");

before(() => {
  rmSync(COPY, { recursive: true, force: true });
  cpSync(join(ROOT, "src"), join(COPY, "src"), { recursive: true });
  for (const { files, changes } of recipes) {
    for (const [path, text] of files) {
      assert.ok(!existsSync(join(COPY, path)), `${path} is a new file`);
      mkdirSync(dirname(join(COPY, path)), { recursive: true });
      writeFileSync(join(COPY, path), text);
    }
    for (const [path, diff] of changes)
      writeFileSync(join(COPY, path), applyChange(readFileSync(join(COPY, path), "utf8"), diff));
  }
  const compilerOptions = { noEmit: false, outDir: "out", rootDir: "src" };
  // Below node_modules, TypeScript compiles only files that are included by name.
  const config = { extends: "../../../tsconfig.json", compilerOptions, include: ["src"] };
  writeFileSync(join(COPY, "tsconfig.json"), JSON.stringify(config));
  const compiler = join(ROOT, "node_modules", "typescript", "bin", "tsc");
  const result = spawnSync(process.execPath, [compiler, "--project", COPY], { encoding: "utf8" });
  assert.equal(result.status, 0, result.stdout);
  // The compiler does not copy JavaScript.
  const isFolder = (path: string) => statSync(path).isDirectory();
  const filter = (path: string) => path.endsWith(".cjs") || isFolder(path);
  cpSync(join(COPY, "src"), join(COPY, "out"), { recursive: true, filter });
});

after(() => rmSync(COPY, { recursive: true, force: true }));

test("there are five recipes; each is short, and adds one file and changes one list", () => {
  assert.deepEqual(
    recipes.map(({ title }) => title),
    ["a backbone", "a detector", "a data format", "a metric", "a figure"],
  );
  for (const { title, files, changes } of recipes) {
    assert.equal(files.length, 1, `add ${title}: one new file`);
    assert.equal(changes.length, 1, `add ${title}: one changed file`);
    const lines = files[0][1].split("\n").filter((line) => line.trim());
    assert.ok(lines.length <= MAX_LINES, `add ${title}: ${lines.length} lines`);
  }
});

/** Runs one training step. Returns the loss. */
function step(detector: Awaited<ReturnType<Index["createDetector"]>>): number {
  const { tf, Random, flattenBoxes } = index();
  const { AdamOptimizer } = load<typeof import("../src/training/optimizer")>("training/optimizer");
  const optimizer = new AdamOptimizer(detector.config.training);
  const images = tf.randomUniform<Rank.R4>([2, 64, 64, 3], 0, 255, "float32", 1);
  const targets = [[[8, 8, 40, 40]], []].map((boxes) => ({
    boxes: flattenBoxes(boxes as never),
    classIds: new Int32Array(boxes.length),
  }));
  const variables = detector.variables();
  const features = detector.frozenFeatures(images);
  const { value, grads } = tf.variableGrads(
    () => detector.losses(features, targets, { random: new Random(1) }).total,
    Object.values(variables),
  );
  const gradients = Object.entries(variables).map(([name, { name: id }]) => [name, grads[id]]);
  optimizer.apply(variables, Object.fromEntries(gradients) as typeof grads, () => 1e-2);
  const [loss] = value.dataSync();
  optimizer.dispose();
  tf.dispose([images, features, value, grads]);
  return loss;
}

/**
 * Writes a safetensors file with weights for the example's backbone.
 * @returns the numbers in the order of the file: conv.weight, bn.weight, bn.bias, mean, variance
 */
function writeWeights(path: string): Float32Array {
  const shapes: Readonly<Record<string, number[]>> = {
    "conv.weight": [8, 3, 8, 8],
    ...Object.fromEntries(
      ["weight", "bias", "running_mean", "running_var"].map((part) => [`bn.${part}`, [8]]),
    ),
  };
  let offset = 0;
  const header: Record<string, unknown> = {};
  for (const [name, shape] of Object.entries(shapes)) {
    const start = offset;
    offset += 4 * shape.reduce((product, side) => product * side, 1);
    header[name] = { dtype: "F32", shape, data_offsets: [start, offset] };
  }
  const values = Float32Array.from({ length: offset / 4 }, (_, i) => 0.05 + ((7 * i) % 13) / 100);
  const text = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  writeFileSync(path, Buffer.concat([length, text, Buffer.from(values.buffer)]));
  return values;
}

test("the new backbone is trained for one step, from its own weights", async () => {
  const path = join(COPY, "tiny.safetensors");
  const values = writeWeights(path);
  process.env.FRCNN_TINY = path;
  const { configure, createDetector, presets } = index();
  const config = configure(presets.accurate, {
    data: { imageSize: 64 },
    backbone: { name: "tiny", frozenBlocks: 0 },
    neck: { channels: 8, groups: 2 },
    anchors: { sizes: [16, 32] },
    rpn: { channels: 8 },
    head: { hidden: [16] },
  });
  const detector = await createDetector(config, ["a", "b"]);
  const kernel = detector.variables()["backbone/stem/conv/kernel"];
  const weights = kernel.dataSync();
  const batchNorm = values.subarray(-32);
  const first = (values[0] * batchNorm[0]) / Math.sqrt(batchNorm[24]);
  assert.ok(Math.abs(weights[0] - first) < 1e-6, "the weights come from the file");
  assert.ok(Number.isFinite(step(detector)));
  assert.notDeepEqual(kernel.dataSync(), weights, "the step changes the weights");
  detector.dispose();
});

test("the new detector is trained and detects", async () => {
  const { createDetector, presets, tf } = index();
  const config = { ...presets.default, architecture: "whole-image" };
  const detector = await createDetector(config, ["a", "b"]);
  // One of two images has a box: the best score is 0.5, where the loss is 0.25.
  assert.equal(step(detector), 0.25);
  const images = tf.zeros<Rank.R4>([2, 64, 64, 3]);
  const features = detector.frozenFeatures(images);
  const detections = detector.detectFeatures(features);
  assert.equal(detections.length, 2);
  assert.deepEqual(detections[1][0].box, [0, 0, 320, 320]);
  assert.ok(detections[1][0].score > 0.4 && detections[1][0].score < 0.6);
  tf.dispose([images, features]);
  detector.dispose();
});

test("a data set of the new format is opened", async () => {
  const folder = join(COPY, "box-lists");
  mkdirSync(folder, { recursive: true });
  await sharp({ create: { width: 40, height: 30, channels: 3, background: "#456" } })
    .png()
    .toFile(join(folder, "1.png"));
  writeFileSync(join(folder, "boxes.json"), JSON.stringify({ "1.png": [[0, 5, 6, 25, 20]] }));
  const dataset = await index().openDataset(folder);
  assert.deepEqual(dataset.classNames, ["lesion"]);
  assert.deepEqual(
    dataset.images.map(({ annotations }) => annotations.map(({ box }) => [...box])),
    [[[5, 6, 25, 20]]],
  );
  assert.match(dataset.notes.join(" "), /box-lists/);
});

/** One image with a detection above the threshold, and one with a detection below it. */
function judgedRun() {
  const groundTruths = ["p1", "p2"].map((patient) => ({
    ...{ imageId: patient, patient, width: 100, height: 100 },
    boxes: [[10, 10, 40, 40] as const],
    classIds: [0],
  }));
  const detections = groundTruths.map(({ imageId }, i) => ({
    imageId,
    detections: [
      {
        box: [10, 10, 40, 40 - i] as const,
        score: 0.9 - 0.6 * i,
        classProbabilities: [1],
        classId: 0,
      },
    ],
  }));
  return { groundTruths, detections, scoreThreshold: 0.5 };
}

test("the new metric has a value and an interval in the summary", () => {
  const { groundTruths, ...run } = judgedRun();
  const summary = index().summaryIntervals(groundTruths, run, { seed: 1, resamples: 20 });
  const text = JSON.stringify(summary);
  assert.match(text, /"name":"flagged images","value":0\.5,/);
  // The known value of another metric shows that the others are still there.
  assert.match(text, /"name":"sensitivity","value":0\.5,/);
});

test("the new figure is drawn", async () => {
  const { renderSvg } =
    load<typeof import("../src/display/static-figure")>("display/static-figure");
  const svg = await renderSvg(index().figures.detectionCounts(judgedRun().detections));
  assert.match(svg, /^<svg/);
  assert.match(svg, /Detections per image/);
});
