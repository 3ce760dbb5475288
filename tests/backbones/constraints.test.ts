import assert from "node:assert/strict";
import { test } from "node:test";
import { BACKBONE_CONSTRAINTS, runningBlocks } from "../../src/backbones/constraints";
import { backboneByName, backboneNames } from "../../src/backbones/registry";
import { constraintProblems } from "../../src/config/constraints";
import { type Config, configure, type Overrides, presets } from "../../src/config/index";

const problems = (changes: Overrides<Config>, invalid: string[] = []) =>
  constraintProblems(configure(presets.accurate, changes), BACKBONE_CONSTRAINTS, invalid).map(
    ({ text }) => text,
  );

for (const name of backboneNames) {
  test(`${name}: the blocks that run end with lastBlock`, () => {
    const all = backboneByName(name).plan();
    const names = (lastBlock: number | null) =>
      runningBlocks({ name, frozenBlocks: "all", lastBlock }).map((block) => block.name);
    assert.equal(names(null).length, all.length);
    all.forEach((block, index) => {
      assert.equal(names(index).length, index + 1);
      assert.equal(names(index).at(-1), block.name);
    });
  });

  test(`${name}: every block can be the last one, and any number of blocks can be frozen`, () => {
    const count = backboneByName(name).plan().length;
    for (let lastBlock = 0; lastBlock < count; lastBlock++) {
      for (const frozenBlocks of [0, lastBlock + 1, "all"] as const)
        assert.deepEqual(problems({ backbone: { name, lastBlock, frozenBlocks } }), []);
    }
  });
}

test("a block or a number of frozen blocks outside the backbone is refused", () => {
  assert.deepEqual(problems({ backbone: { lastBlock: 17, frozenBlocks: "all" } }), [
    "backbone.lastBlock is 17: the blocks of efficientnet-lite0 are 0 to 16",
  ]);
  assert.deepEqual(problems({ backbone: { lastBlock: 11, frozenBlocks: 13 } }), [
    "backbone.frozenBlocks is 13: efficientnet-lite0 runs 12 blocks here, so write 0 to 12, or 'all'",
  ]);
});

test("trained blocks need a learning rate, and frozen ones do not", () => {
  const withoutRate = { training: { backboneLearningRate: 0 } };
  assert.match(problems(withoutRate).join(), /^training\.backboneLearningRate is 0, but /);
  assert.deepEqual(problems({ ...withoutRate, backbone: { frozenBlocks: "all" } }), []);
  assert.deepEqual(problems({ ...withoutRate, backbone: { frozenBlocks: 17 } }), []);
});

test("the image size must be a multiple of the stride of the last block that runs", () => {
  assert.deepEqual(problems({ data: { imageSize: 392 } }), [
    "data.imageSize is 392: it must be a multiple of 32, the stride of the backbone's last block",
  ]);
  const backbone = { frozenBlocks: 4, lastBlock: 5 };
  assert.deepEqual(problems({ data: { imageSize: 392 }, backbone }), []);
  assert.match(problems({ data: { imageSize: 390 }, backbone }).join(), /multiple of 8,/);
});

test("rules that read an invalid setting are skipped", () => {
  const changes = { backbone: { lastBlock: 17, frozenBlocks: 99 } } as const;
  assert.deepEqual(problems(changes, ["backbone"]), []);
  assert.deepEqual(problems(changes, ["backbone.name"]), []);
});
