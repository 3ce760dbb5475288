import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import {
  configure,
  currentConfig,
  presets,
  readOverrides,
  type Config,
} from "../../src/config/index";
import { checkConfig, configProblems } from "../../src/detectors/check-config";
import { createDetector } from "../../src/detectors/create-detector";
import { FasterRCNN } from "../../src/detectors/faster-rcnn/faster-rcnn";
import { RpnOnly } from "../../src/detectors/faster-rcnn/rpn-only";
import { OriginalDetector } from "../../src/detectors/original/original-detector";
import { temporaryFolder } from "../data/files";
import { meanBackbone } from "../detectors/small-detector";

test("every preset and the configuration of the bundled run can be used", () => {
  for (const preset of Object.values(presets)) assert.equal(checkConfig(preset, "preset"), preset);
  const run = join(__dirname, "../../data/models/accurate-sample/run.json");
  checkConfig(
    currentConfig((JSON.parse(readFileSync(run, "utf8")) as { config: unknown }).config),
    run,
  );
});

type Preset = keyof typeof presets;

/** Copies a preset and replaces the values at some paths; undefined removes a value. */
function changed(preset: Preset, changes: Readonly<Record<string, unknown>>): unknown {
  const copy = JSON.parse(JSON.stringify(presets[preset])) as Record<string, unknown>;
  for (const [path, value] of Object.entries(changes)) {
    const names = path.split(".");
    const last = names.pop()!;
    const group = names.reduce((inner, name) => inner[name] as Record<string, unknown>, copy);
    if (value === undefined) delete group[last];
    else group[last] = value;
  }
  return copy;
}

const PYRAMID = {
  kind: "pyramid",
  channels: 96,
  groups: 8,
  levels: [3, 4, 5],
  canonicalSize: null,
};

/** A preset, changes of it, and the problem that they cause; null when they cause none. */
const NAMES: readonly [Preset, Readonly<Record<string, unknown>>, string | null][] = [
  [
    "default",
    { "training.epoch": 5 },
    "training.epoch is not a setting: did you mean training.epochs?",
  ],
  ["default", { "rpn.NMSIoU": 0.5 }, "rpn.NMSIoU is not a setting: did you mean rpn.nmsIou?"],
  ["default", { trainning: {} }, "trainning is not a setting: did you mean training?"],
  [
    "default",
    { "neck.dropout": 0.1 },
    "neck.dropout is not a setting: the settings of neck are kind, channels, groups",
  ],
  [
    "default",
    { "training.schedule.factor": 0.1 },
    "training.schedule.factor is not a setting: the settings of training.schedule are kind, warmupSteps",
  ],
  [
    "default",
    { "head.stages.0.foregroundIOU": 0.1 },
    "head.stages[0].foregroundIOU is not a setting: did you mean head.stages[0].foregroundIou?",
  ],
  ["default", { "roi.context": undefined }, "roi.context is missing"],
  ["default", { neck: undefined }, "neck is missing"],
  ["default", { "head.stages.1.lossWeight": undefined }, "head.stages[1].lossWeight is missing"],
];

const VALUES: typeof NAMES = [
  ["default", { preset: "" }, "preset is '': it must be a name"],
  ["default", { seed: 1.5 }, "seed is 1.5: it must be a whole number from 0 up"],
  [
    "default",
    { "training.epochs": "5" },
    "training.epochs is '5': it must be a whole number from 1 to 100000",
  ],
  [
    "default",
    { "training.epochs": 0 },
    "training.epochs is 0: it must be a whole number from 1 to 100000",
  ],
  [
    "default",
    { "training.batchSize": 2 ** 60 },
    "training.batchSize is 1152921504606847000: it must be a whole number from 1 to 4096",
  ],
  [
    "default",
    { "training.learningRate": 0 },
    "training.learningRate is 0: it must be a number above 0 and at most 10",
  ],
  [
    "default",
    { "training.learningRate": NaN },
    "training.learningRate is NaN: it must be a number above 0 and at most 10",
  ],
  [
    "default",
    { "training.weightDecay": -1 },
    "training.weightDecay is -1: it must be a number from 0 to 10",
  ],
  ["default", { "training.clipNorm": 0 }, "training.clipNorm is 0: it must be a number above 0"],
  [
    "default",
    { "training.averageDecay": 1 },
    "training.averageDecay is 1: it must be a number from 0 to below 1",
  ],
  [
    "default",
    { "training.holdOut": 1 },
    "training.holdOut is 1: it must be a whole number from 2 to 1000",
  ],
  [
    "default",
    { "training.patience": Infinity },
    "training.patience is Infinity: it must be a whole number from 1 to 100000",
  ],
  [
    "default",
    { "training.optimizer": "sgd" },
    "training.optimizer is 'sgd': it must be 'adam' or 'adamw'",
  ],
  [
    "default",
    { "training.schedule": { kind: "linear" } },
    "training.schedule.kind is 'linear': it must be 'cosine' or 'step'",
  ],
  [
    "default",
    { "training.schedule.warmupSteps": -1 },
    "training.schedule.warmupSteps is -1: it must be a whole number from 0 to 10000000",
  ],
  [
    "default",
    { "training.schedule": "cosine" },
    "training.schedule is 'cosine': it must be a group of settings with the names kind, warmupSteps, epochs, factor",
  ],
  [
    "original",
    { "training.schedule.factor": 0 },
    "training.schedule.factor is 0: it must be a number above 0 and at most 1",
  ],
  [
    "default",
    { "rpn.positiveIou": 60 },
    "rpn.positiveIou is 60: it must be a number above 0 and at most 1",
  ],
  [
    "default",
    { "rpn.samples": null },
    "rpn.samples is null: it must be a whole number from 1 to 20000",
  ],
  ["default", { "anchors.sizes": [] }, "anchors.sizes is []: it must be a list of 1 to 100"],
  ["default", { "anchors.sizes": 32 }, "anchors.sizes is 32: it must be a list of 1 to 100"],
  [
    "default",
    { "anchors.ratios": [1, 0] },
    "anchors.ratios[1] is 0: it must be a number from 0.01 to 100",
  ],
  [
    "default",
    { "head.hidden": [256, -1] },
    "head.hidden[1] is -1: it must be a whole number from 1 to 16384",
  ],
  [
    "default",
    { "head.stages.0.deltaWeights": [10, 10, 5] },
    "head.stages[0].deltaWeights is [ 10, 10, 5 ]: it must be a list of 4",
  ],
  [
    "default",
    { "backbone.frozenBlocks": "none" },
    "backbone.frozenBlocks is 'none': it must be 'all' or a whole number from 0 up",
  ],
  [
    "default",
    { "data.cropToHead": { threshold: 300, margin: 1 } },
    "data.cropToHead.threshold is 300: it must be a grey value from 0 to below 255",
  ],
  [
    "default",
    { "data.cropToHead.margin": 0.9 },
    "data.cropToHead.margin is 0.9: it must be a factor from 1 to 10",
  ],
  [
    "default",
    { "augmentation.rotation": 200 },
    "augmentation.rotation is 200: it must be an angle from 0 to 180",
  ],
  [
    "default",
    { inference: [] },
    "inference is []: it must be a group of settings with the names minScore, nmsIou, softSigma, maxDetections, proposalsBeforeNms, proposalsAfterNms, fusion",
  ],
];

const USELESS_ZEROS: typeof NAMES = [
  [
    "default",
    { "rpn.positiveIou": 0, "rpn.negativeIou": 0.1 },
    "rpn.positiveIou is 0: it must be a number above 0 and at most 1",
  ],
  [
    "default",
    { "rpn.negativeIou": 0 },
    "rpn.negativeIou is 0: it must be a number above 0 and at most 1",
  ],
  [
    "default",
    { "rpn.positiveFraction": 0 },
    "rpn.positiveFraction is 0: it must be a number above 0 and at most 1",
  ],
  [
    "default",
    { "head.stages.1.foregroundIou": 0 },
    "head.stages[1].foregroundIou is 0: it must be a number above 0 and at most 1",
  ],
  [
    "default",
    { "head.positiveFraction": 0 },
    "head.positiveFraction is 0: it must be a number above 0 and at most 1",
  ],
  [
    "original",
    { "rpn.positiveIou": 0 },
    "rpn.positiveIou is 0: it must be a number above 0 and at most 1",
  ],
];

/** Values far above anything useful, most of which would fill the memory. */
const ABSURD: typeof NAMES = [
  [
    "default",
    { "data.imageSize": 100_000 },
    "data.imageSize is 100000: it must be a whole number from 1 to 4096",
  ],
  [
    "default",
    { "data.cropToHead.margin": 100 },
    "data.cropToHead.margin is 100: it must be a factor from 1 to 10",
  ],
  [
    "default",
    { "augmentation.copies": 1e6 },
    "augmentation.copies is 1000000: it must be a whole number from 0 to 1000",
  ],
  [
    "default",
    { "augmentation.scale": 50 },
    "augmentation.scale is 50: it must be a number from 0 to 3",
  ],
  [
    "default",
    { "augmentation.gamma": 4 },
    "augmentation.gamma is 4: it must be a number from 0 to 3",
  ],
  [
    "default",
    { "neck.channels": 96_000 },
    "neck.channels is 96000: it must be a whole number from 0 to 4096",
  ],
  [
    "default",
    { "anchors.sizes": [0.5] },
    "anchors.sizes[0] is 0.5: it must be a number of pixels from 1 up",
  ],
  [
    "default",
    { "anchors.sizes": Array.from({ length: 101 }, (_, i) => 10 + i) },
    "anchors.sizes is [ 10, 11, 12, 13, 14, ... 96 more items ]: it must be a list of 1 to 100",
  ],
  [
    "default",
    { "anchors.ratios": [1, 1000] },
    "anchors.ratios[1] is 1000: it must be a number from 0.01 to 100",
  ],
  [
    "default",
    { "rpn.channels": 1e5 },
    "rpn.channels is 100000: it must be a whole number from 1 to 4096",
  ],
  [
    "default",
    { "rpn.samples": 1e6 },
    "rpn.samples is 1000000: it must be a whole number from 1 to 20000",
  ],
  [
    "default",
    { "rpn.proposalsBeforeNms": 1e6 },
    "rpn.proposalsBeforeNms is 1000000: it must be a whole number from 1 to 20000",
  ],
  [
    "default",
    { "roi.outputSize": 1000 },
    "roi.outputSize is 1000: it must be a whole number from 1 to 32",
  ],
  [
    "default",
    { "roi.samplingRatio": 100 },
    "roi.samplingRatio is 100: it must be a whole number from 0 to 16",
  ],
  [
    "default",
    { "roi.context": 50 },
    "roi.context is 50: it must be a number above 0 and at most 10",
  ],
  [
    "default",
    { "head.hidden": [1e6] },
    "head.hidden[0] is 1000000: it must be a whole number from 1 to 16384",
  ],
  [
    "default",
    { "head.samples": 1e6 },
    "head.samples is 1000000: it must be a whole number from 1 to 20000",
  ],
  [
    "default",
    { "head.jitteredGroundTruth": 1e6 },
    "head.jitteredGroundTruth is 1000000: it must be a whole number from 0 to 1000",
  ],
  [
    "default",
    { "head.boxWeight": 1e300 },
    "head.boxWeight is 1e+300: it must be a number from 0 to 1000",
  ],
  [
    "default",
    { "training.epochs": 1e9 },
    "training.epochs is 1000000000: it must be a whole number from 1 to 100000",
  ],
  [
    "default",
    { "training.batchSize": 5000 },
    "training.batchSize is 5000: it must be a whole number from 1 to 4096",
  ],
  [
    "default",
    { "training.learningRate": 100 },
    "training.learningRate is 100: it must be a number above 0 and at most 10",
  ],
  [
    "default",
    { "training.holdOut": 1e6 },
    "training.holdOut is 1000000: it must be a whole number from 2 to 1000",
  ],
  [
    "default",
    { "inference.maxDetections": 1e6 },
    "inference.maxDetections is 1000000: it must be a whole number from 1 to 20000",
  ],
];

const COMBINATIONS: typeof NAMES = [
  [
    "default",
    { "data.imageSize": 4096, "training.batchSize": 5, "anchors.ratios": [1] },
    "training.batchSize is 5: with data.imageSize 4096 a batch can have at most 4 images",
  ],
  [
    "default",
    { "anchors.sizes": [28, 641] },
    "anchors.sizes has 641: an anchor may be at most 2 times as large as data.imageSize, which is 320",
  ],
  [
    "default",
    {
      "anchors.sizes": Array.from({ length: 100 }, (_, i) => 10 + i),
      "anchors.ratios": Array.from({ length: 30 }, (_, i) => 1 + i / 100),
    },
    "anchors.sizes has 100 sizes: with 30 ratios at 1600 cells there would be 4800000 anchors; at most 4000000 are possible",
  ],
  [
    "original",
    {
      "data.imageSize": 2048,
      "anchors.sizes": Array.from({ length: 100 }, (_, i) => 10 + i),
      "anchors.ratios": Array.from({ length: 10 }, (_, i) => 1 + i / 100),
    },
    "anchors.sizes has 100 sizes: with 10 ratios at 4096 cells there would be 4096000 anchors; at most 4000000 are possible",
  ],
  ["default", { "roi.outputSize": 32, "neck.channels": 960, "head.hidden": [256, 300] }, null],
  [
    "default",
    { "roi.outputSize": 32, "neck.channels": 960, "head.hidden": [300] },
    "head.hidden has 300 units in layer 0: with 983040 inputs this layer would have 294912000 weights; at most 268435456 are possible",
  ],
  [
    "original",
    { "head.hidden": [5000, 16_384, 16_385] },
    "head.hidden[2] is 16385: it must be a whole number from 1 to 16384",
  ],
  [
    "original",
    { "head.hidden": [6000] },
    "head.hidden has 6000 units in layer 0: with 51200 inputs this layer would have 307200000 weights; at most 268435456 are possible",
  ],
  [
    "default",
    { "rpn.samples": 1 },
    "rpn.samples is 1: with rpn.positiveFraction 0.5 no sample would be positive; raise one of them",
  ],
  [
    "default",
    { "head.samples": 2 },
    "head.samples is 2: with head.positiveFraction 0.34 no sample would be positive; raise one of them",
  ],
  [
    "default",
    { "rpn.negativeIou": 0.7 },
    "rpn.negativeIou is 0.7: it must not be above rpn.positiveIou, which is 0.6",
  ],
  [
    "default",
    { "rpn.proposalsAfterNms": 300 },
    "rpn.proposalsAfterNms is 300: it must not be above rpn.proposalsBeforeNms, which is 200",
  ],
  ["default", { "inference.proposalsAfterNms": 200 }, null],
  [
    "default",
    { "inference.proposalsAfterNms": 201 },
    "inference.proposalsAfterNms is 201 in detection: it must not be above inference.proposalsBeforeNms, which is 200",
  ],
  [
    "default",
    { "inference.proposalsBeforeNms": 40 },
    "inference.proposalsAfterNms is 50 in detection: it must not be above inference.proposalsBeforeNms, which is 40",
  ],
  [
    "original",
    { "inference.proposalsAfterNms": 900 },
    "inference.proposalsAfterNms is 900: the architecture 'original' detects with the proposals of rpn.proposalsAfterNms, so it must be null",
  ],
  [
    "default",
    { "data.imageSize": 300 },
    "data.imageSize is 300: it must be a multiple of 32, the stride of the backbone's last block",
  ],
  [
    "default",
    { "data.imageSize": 200, "backbone.lastBlock": 11 },
    "data.imageSize is 200: it must be a multiple of 16, the stride of the backbone's last block",
  ],
  [
    "default",
    { "neck.groups": 7 },
    "neck.groups is 7: it must be at least 1 and divide neck.channels, which is 96",
  ],
  [
    "default",
    { "neck.groups": 0 },
    "neck.groups is 0: it must be at least 1 and divide neck.channels, which is 96",
  ],
  [
    "default",
    { "neck.kind": "none" },
    "neck.kind is 'none': the architecture 'cascade-rcnn' has the neck 'fused' or 'pyramid'",
  ],
  ["default", { "head.classWeights": [1, 2.5] }, null],
  [
    "default",
    { "head.classWeights": [1, 0] },
    "head.classWeights[1] is 0: it must be a number above 0 and at most 1000",
  ],
  [
    "original",
    { "head.classWeights": [1, 2] },
    "head.classWeights has weights: the architecture 'original' weighs its two classes alike, so it must be null",
  ],
  ["default", { neck: PYRAMID, "anchors.sizes": [20, 40, 80] }, null],
  ["default", { neck: { ...PYRAMID, groups: 0 }, "anchors.sizes": [20, 40, 80] }, null],
  [
    "default",
    { neck: { ...PYRAMID, levels: [4, 5, 6, 7] }, "anchors.sizes": [9, 20, 40, 80] },
    null,
  ],
  ["default", { neck: { ...PYRAMID, levels: undefined } }, "neck.levels is missing"],
  [
    "default",
    { "neck.levels": [3] },
    "neck.levels is not a setting: the settings of neck are kind, channels, groups",
  ],
  [
    "default",
    { neck: { ...PYRAMID, groups: 7 }, "anchors.sizes": [20, 40, 80] },
    "neck.groups is 7: it must be 0 or divide neck.channels, which is 96 and must be above 0",
  ],
  [
    "default",
    { neck: { ...PYRAMID, levels: [3, 5] }, "anchors.sizes": [20, 40] },
    "neck.levels is [3, 5]: it must be rising numbers without a gap, for example [3, 4, 5]",
  ],
  [
    "default",
    { neck: { ...PYRAMID, levels: [2, 3] }, "anchors.sizes": [20, 40] },
    "neck.levels is [2, 3]: the first level must be one of efficientnet-lite0, which has 3, 4, 5 here",
  ],
  [
    "default",
    { neck: { ...PYRAMID, levels: [5, 6] }, "anchors.sizes": [20, 40], "backbone.lastBlock": 11 },
    "neck.levels is [5, 6]: the first level must be one of efficientnet-lite0, which has 3, 4 here",
  ],
  [
    "default",
    { neck: PYRAMID },
    "anchors.sizes has 5 sizes: they are divided evenly among the 3 levels of neck.levels, so write 3 sizes or a multiple of that",
  ],
  [
    "default",
    {
      neck: { ...PYRAMID, levels: [3, 4] },
      "anchors.sizes": Array.from({ length: 100 }, (_, i) => 10 + i),
      "anchors.ratios": Array.from({ length: 42 }, (_, i) => 1 + i / 100),
    },
    "anchors.sizes has 100 sizes: with 42 ratios at 2000 cells there would be 4200000 anchors; at most 4000000 are possible",
  ],
  [
    "original",
    { neck: PYRAMID },
    "neck.kind is 'pyramid': the architecture 'original' has the neck 'none'",
  ],
  [
    "original",
    { "neck.kind": "fused", "neck.channels": 8, "neck.groups": 8 },
    "neck.kind is 'fused': the architecture 'original' has the neck 'none'",
  ],
  [
    "default",
    { "backbone.lastBlock": 17 },
    "backbone.lastBlock is 17: the blocks of efficientnet-lite0 are 0 to 16",
  ],
  [
    "default",
    { "backbone.lastBlock": 3 },
    "backbone.lastBlock is 3: efficientnet-lite0 reaches stride 8 with block 4, the first one whose features can be used",
  ],
  [
    "accurate",
    { "backbone.frozenBlocks": 13, "backbone.lastBlock": 11 },
    "backbone.frozenBlocks is 13: efficientnet-lite0 runs 12 blocks here, so write 0 to 12, or 'all'",
  ],
  [
    "original",
    { "backbone.frozenBlocks": 3, "training.backboneLearningRate": 1 },
    "backbone.frozenBlocks is 3: the architecture 'original' never trains its backbone, so it must be 'all'",
  ],
  [
    "default",
    { "backbone.frozenBlocks": 4 },
    "training.backboneLearningRate is 0, but backbone.frozenBlocks is 4: the other blocks would be computed in every step and never change; set a rate, or freeze 'all'",
  ],
  [
    "default",
    { "roi.kind": "pool", "roi.context": 1 },
    "roi.kind is 'pool': the architecture 'cascade-rcnn' has 'align'",
  ],
  [
    "default",
    { "roi.samplingRatio": 0 },
    "roi.samplingRatio is 0: 'align' needs at least 1 sample in each cell",
  ],
  ["original", { "roi.context": 1.4 }, "roi.context is 1.4: 'pool' allows only 1"],
  [
    "default",
    { "head.stages": [] },
    "head.stages is empty: the architecture 'cascade-rcnn' needs at least one stage",
  ],
  [
    "default",
    { "inference.fusion": "mean-box" },
    "inference.fusion is 'mean-box', which only the architecture 'original' has: choose 'nms' or 'soft-nms'",
  ],
];

for (const [preset, changes, problem] of [
  ...NAMES,
  ...VALUES,
  ...USELESS_ZEROS,
  ...ABSURD,
  ...COMBINATIONS,
]) {
  const settings = JSON.stringify(changes).slice(0, 100);
  test(`${preset} with ${settings}: ${problem?.slice(0, 60) ?? "valid"}`, () => {
    assert.deepEqual(configProblems(changed(preset, changes)), problem === null ? [] : [problem]);
  });
}

test("the original experiment does not sample RoIs, so that head.samples has no rule there", () => {
  const few = changed("original", { "head.samples": 1 });
  assert.deepEqual(configProblems(few), []);
});

test("extreme values that can work are accepted", () => {
  const extremes: [Preset, Readonly<Record<string, unknown>>][] = [
    ["default", { "data.imageSize": 4096, "training.batchSize": 4, "anchors.ratios": [1] }],
    ["default", { "data.imageSize": 32, "training.batchSize": 4096, "anchors.sizes": [1, 64] }],
    ["default", { "head.hidden": [], "rpn.samples": 2, "head.samples": 3 }],
    ["default", { "rpn.positiveIou": 0.05, "rpn.negativeIou": 0.05, "rpn.nmsIou": 0 }],
    ["default", { "rpn.minScore": 1, "inference.nmsIou": 1, "augmentation.copies": 0 }],
    ["accurate", { "backbone.frozenBlocks": 0 }],
    ["original", { "head.hidden": [5000, 16_384, 16_384] }],
  ];
  for (const [preset, changes] of extremes)
    assert.deepEqual(configProblems(changed(preset, changes)), []);
});

test("one error lists all problems, and a rule about several settings is skipped while one of them is invalid", () => {
  const config = changed("default", {
    "training.epoch": 3,
    "neck.groups": "8",
    "rpn.negativeIou": 0.9,
    "roi.context": undefined,
  });
  const problems = [
    "training.epoch is not a setting: did you mean training.epochs?",
    "neck.groups is '8': it must be a whole number from 0 to 4096",
    "roi.context is missing",
    "rpn.negativeIou is 0.9: it must not be above rpn.positiveIou, which is 0.6",
  ];
  const message = [
    "run.json: the configuration cannot be used:",
    ...problems.map((text) => `- ${text}`),
  ].join("\n");
  assert.throws(() => checkConfig(config, "run.json"), { message });
});

for (const nothing of [null, undefined, 3, "default", [], () => 1]) {
  test(`${String(nothing)} is refused as a configuration`, () => {
    assert.throws(
      () => checkConfig(nothing, "x"),
      /^Error: x: .*\n- it is .*must be a group of settings/s,
    );
  });
}

test("every way to create a detector checks the configuration", async () => {
  const config = changed("default", { "rpn.positiveIou": 0, "rpn.negativeIou": 0.1 }) as Config;
  const problem = /the configuration cannot be used:\n- rpn\.positiveIou is 0/;
  await assert.rejects(createDetector(config, ["a"]), problem);
  await assert.rejects(FasterRCNN.create(config, ["a"]), problem);
  assert.throws(() => new RpnOnly(new FasterRCNN(config, ["a"], meanBackbone())), problem);
  const original = changed("original", { "rpn.positiveIou": 0 }) as Config;
  await assert.rejects(OriginalDetector.create(original, ["a", "b"]), problem);
});

test("a detector refuses the configuration of another architecture", async () => {
  await assert.rejects(
    FasterRCNN.create(presets.original, ["a", "b"]),
    /FasterRCNN\.create.*\n- architecture is 'original': it must be 'cascade-rcnn'$/s,
  );
  await assert.rejects(
    OriginalDetector.create(presets.default, ["a", "b"]),
    /OriginalDetector\.create.*\n- architecture is 'cascade-rcnn': it must be 'original'$/s,
  );
});

test("no detector is created with a configuration that cannot be used", async () => {
  const config = changed("default", { "neck.groups": 7, "training.epoch": 1 }) as Config;
  await assert.rejects(
    createDetector(config, ["a"]),
    /training\.epoch is not a setting.*\n- neck\.groups is 7/s,
  );
});

test("the names of overrides are checked, because notebooks do not check types strictly", () => {
  const untyped = { training: { epoch: 5 }, rpn: { nmsIou: 0.5 } } as never;
  assert.throws(
    () => configure(presets.default, untyped),
    /training\.epoch is not a setting: did you mean training\.epochs\?/,
  );
  const polluting = JSON.parse('{"training":{"__proto__":{"epochs":1}},"constructor":1}') as never;
  assert.throws(
    () => configure(presets.default, polluting),
    /training\.__proto__ is not a setting.*constructor is not a setting/s,
  );
});

test("a schedule of another kind replaces the previous schedule completely", () => {
  const step = configure(presets.default, {
    training: { schedule: { kind: "step", epochs: 4, factor: 0.1 } },
  });
  assert.deepEqual(step.training.schedule, { kind: "step", epochs: 4, factor: 0.1 });
  checkConfig(step, "step");
  const longer = configure(presets.default, { training: { schedule: { warmupSteps: 9 } } });
  assert.deepEqual(longer.training.schedule, { kind: "cosine", warmupSteps: 9 });
});

test("overrides are read from YAML and JSON files", () => {
  const folder = temporaryFolder();
  const read = (name: string, text: string) => {
    writeFileSync(join(folder, name), text);
    return readOverrides(join(folder, name));
  };
  const expected = { training: { epochs: 3, clipNorm: null }, anchors: { sizes: [8, 16.5] } };
  assert.deepEqual(read("a.json", JSON.stringify(expected, null, "\t")), expected);
  assert.deepEqual(
    read(
      "a.yaml",
      "# mine\ntraining: { epochs: 3, clipNorm: null }\nanchors:\n  sizes: [8, 16.5]\n",
    ),
    expected,
  );
  assert.deepEqual(read("empty.yaml", ""), {});
  const refused: [string, string, RegExp][] = [
    [
      "comma.json",
      '{\n  "seed": 1\n  "training": {}\n}',
      /comma\.json:2:11: not valid YAML or JSON: /,
    ],
    [
      "twice.yaml",
      "seed: 1\nseed: 2\n",
      /twice\.yaml:2:1: not valid YAML or JSON: Map keys must be unique/,
    ],
    ["tag.yaml", "seed: !!js/function 'x'\n", /tag\.yaml:1:\d+: /],
    [
      "indent.yaml",
      "training:\n  epochs: 3\n lr: 1\n",
      /indent\.yaml:\d:\d+: not valid YAML or JSON: /,
    ],
    [
      "alias.yaml",
      "anchors: { sizes: &s [8], ratios: *s }\n",
      /alias\.yaml: aliases \(\*name\) are not allowed/,
    ],
    ["list.yaml", "- 1\n", /list\.yaml:1: the file must hold groups of settings/],
    [
      "name.yaml",
      "training: { epoch: 3 }\n",
      /name\.yaml: unknown settings:\n- training\.epoch is not a setting: did you mean training\.epochs\?/,
    ],
  ];
  for (const [name, text, message] of refused) assert.throws(() => read(name, text), message);
  assert.throws(() => readOverrides(join(folder, "none.yaml")), /no such file.*none\.yaml/);
});
