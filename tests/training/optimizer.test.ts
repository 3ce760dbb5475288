import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { AdamOptimizer } from "../../src/training/optimizer";
import { tf } from "../../src/tensor/tensorflow";

interface Case {
  optimizer: "adam" | "adamw";
  weightDecay: number;
  clipNorm: number | null;
  rate: number;
  start: number[][];
  gradients: number[][][];
  after: number[][];
}

const cases = JSON.parse(
  readFileSync(join(__dirname, "../reference/optimizer.json"), "utf8"),
) as Case[];

for (const { optimizer, weightDecay, clipNorm, rate, start, gradients, after } of cases) {
  test(`${optimizer} (decay ${weightDecay}, clip ${clipNorm}) gives the weights of PyTorch`, () => {
    const variables = { weights: tf.variable(tf.tensor2d(start)) };
    const ours = new AdamOptimizer({ optimizer, weightDecay, clipNorm });
    for (const gradient of gradients)
      ours.apply(variables, { weights: tf.tensor2d(gradient) }, () => rate);
    const difference = variables.weights.sub(tf.tensor2d(after)).abs().max().dataSync()[0];
    assert.ok(difference < 2e-6, `off by ${difference}`);
  });
}

test("a gradient that is not finite changes nothing", () => {
  const variables = { weights: tf.variable(tf.tensor2d([[1, 2]])) };
  const ours = new AdamOptimizer({ optimizer: "adamw", weightDecay: 0.1, clipNorm: 1 });
  assert.ok(Number.isNaN(ours.apply(variables, { weights: tf.tensor2d([[NaN, 1]]) }, () => 0.1)));
  assert.deepEqual(Array.from(variables.weights.dataSync()), [1, 2]);
});

test("a step changes only the variable, and leaves no tensors behind", () => {
  const start = tf.tensor2d([[1, 2]]);
  const variables = { weights: tf.variable(start) };
  const ours = new AdamOptimizer({ optimizer: "adamw", weightDecay: 0.1, clipNorm: 1 });
  const gradient = { weights: tf.tensor2d([[0.3, -0.2]]) };
  ours.apply(variables, gradient, () => 0.1);
  const between = variables.weights.clone();
  const values = Array.from(between.dataSync());
  const { numTensors } = tf.memory();
  ours.apply(variables, gradient, () => 0.1);
  assert.equal(tf.memory().numTensors, numTensors);
  assert.deepEqual(Array.from(between.dataSync()), values);
  assert.deepEqual(Array.from(start.dataSync()), [1, 2]);
  assert.notDeepEqual(Array.from(variables.weights.dataSync()), values);
  ours.dispose();
});

test("a restored optimizer gives the same weights as the saved one", () => {
  const make = () => ({ weights: tf.variable(tf.tensor2d([[1, 2]])) });
  const [a, b] = [make(), make()];
  const rule = { optimizer: "adamw", weightDecay: 0.1, clipNorm: 1 } as const;
  const first = new AdamOptimizer(rule);
  const gradient = { weights: tf.tensor2d([[0.3, -0.2]]) };
  first.apply(a, gradient, () => 0.1);
  const second = new AdamOptimizer(rule);
  b.weights.assign(a.weights.clone());
  second.restore(
    JSON.parse(
      JSON.stringify(first.state(), (_, v: unknown) =>
        v instanceof Float32Array ? Array.from(v) : v,
      ),
    ) as never,
    b,
  );
  first.apply(a, gradient, () => 0.1);
  second.apply(b, gradient, () => 0.1);
  assert.deepEqual(Array.from(a.weights.dataSync()), Array.from(b.weights.dataSync()));
});
