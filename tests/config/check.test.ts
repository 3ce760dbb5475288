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
import { temporaryFolder } from "../data/files";

test("every preset can be used, and so can the bundled run's configuration", () => {
  for (const preset of Object.values(presets)) assert.equal(checkConfig(preset, "preset"), preset);
  const run = join(__dirname, "../../data/models/accurate-sample/run.json");
  checkConfig(
    currentConfig((JSON.parse(readFileSync(run, "utf8")) as { config: unknown }).config),
    run,
  );
});

type Preset = keyof typeof presets;

/** A preset's copy with the value at one path replaced; undefined removes it. */
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

const NAMES: readonly [Preset, Readonly<Record<string, unknown>>, string][] = [
  [
    "default",
    { "training.epoch": 5 },
    "training.epoch is no setting: did you mean training.epochs?",
  ],
  ["default", { "rpn.NMSIoU": 0.5 }, "rpn.NMSIoU is no setting: did you mean rpn.nmsIou?"],
  ["default", { trainning: {} }, "trainning is no setting: did you mean training?"],
  [
    "default",
    { "neck.dropout": 0.1 },
    "neck.dropout is no setting: those of neck are kind, channels, groups",
  ],
  [
    "default",
    { "training.schedule.factor": 0.1 },
    "training.schedule.factor is no setting: those of training.schedule are kind, warmupSteps",
  ],
  [
    "default",
    { "head.stages.0.foregroundIOU": 0.1 },
    "head.stages[0].foregroundIOU is no setting: did you mean head.stages[0].foregroundIou?",
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
    "training.epochs is '5': it must be a whole number from 1 up",
  ],
  [
    "default",
    { "training.epochs": 0 },
    "training.epochs is 0: it must be a whole number from 1 up",
  ],
  [
    "default",
    { "training.batchSize": 2 ** 60 },
    "training.batchSize is 1152921504606847000: it must be a whole number from 1 up",
  ],
  [
    "default",
    { "training.learningRate": 0 },
    "training.learningRate is 0: it must be a number above 0",
  ],
  [
    "default",
    { "training.learningRate": NaN },
    "training.learningRate is NaN: it must be a number above 0",
  ],
  [
    "default",
    { "training.weightDecay": -1 },
    "training.weightDecay is -1: it must be a number from 0 up",
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
    "training.holdOut is 1: it must be a whole number from 2 up",
  ],
  [
    "default",
    { "training.patience": Infinity },
    "training.patience is Infinity: it must be a whole number from 1 up",
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
    "training.schedule.warmupSteps is -1: it must be a whole number from 0 up",
  ],
  [
    "default",
    { "training.schedule": "cosine" },
    "training.schedule is 'cosine': it must be a group of settings with the names kind, warmupSteps, epochs, factor",
  ],
  [
    "original",
    { "training.schedule.factor": 0 },
    "training.schedule.factor is 0: it must be a number above 0",
  ],
  ["default", { "rpn.positiveIou": 60 }, "rpn.positiveIou is 60: it must be a number from 0 to 1"],
  ["default", { "rpn.samples": null }, "rpn.samples is null: it must be a whole number from 1 up"],
  ["default", { "anchors.sizes": [] }, "anchors.sizes is []: it must be a list of at least 1"],
  ["default", { "anchors.sizes": 32 }, "anchors.sizes is 32: it must be a list of at least 1"],
  ["default", { "anchors.ratios": [1, 0] }, "anchors.ratios[1] is 0: it must be a number above 0"],
  [
    "default",
    { "head.hidden": [256, -1] },
    "head.hidden[1] is -1: it must be a whole number from 1 up",
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
    "data.cropToHead.margin is 0.9: it must be a factor from 1 up",
  ],
  [
    "default",
    { "augmentation.rotation": 200 },
    "augmentation.rotation is 200: it must be an angle from 0 to 180",
  ],
  [
    "default",
    { inference: [] },
    "inference is []: it must be a group of settings with the names minScore, nmsIou, softSigma, maxDetections, fusion",
  ],
];

const COMBINATIONS: typeof NAMES = [
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
    "neck.kind is 'none': the architecture 'cascade-rcnn' has the neck 'fused'",
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
    "backbone.frozenBlocks is 3: the original never trains its backbone, so it must be 'all'",
  ],
  [
    "default",
    { "backbone.frozenBlocks": 4 },
    "training.backboneLearningRate is 0, but backbone.frozenBlocks is 4: the blocks after them would be computed in every step and never change; set a rate, or freeze 'all'",
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

for (const [preset, changes, problem] of [...NAMES, ...VALUES, ...COMBINATIONS]) {
  test(`${preset} with ${JSON.stringify(changes)}: ${problem.slice(0, 60)}`, () => {
    assert.deepEqual(configProblems(changed(preset, changes)), [problem]);
  });
}

test("one error lists everything, and a combination waits until its settings are sound", () => {
  const config = changed("default", {
    "training.epoch": 3,
    "neck.groups": "8",
    "rpn.negativeIou": 0.9,
    "roi.context": undefined,
  });
  const problems = [
    "training.epoch is no setting: did you mean training.epochs?",
    "neck.groups is '8': it must be a whole number from 0 up",
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
  test(`${String(nothing)} is no configuration`, () => {
    assert.throws(
      () => checkConfig(nothing, "x"),
      /^Error: x: .*\n- it is .*must be a group of settings/s,
    );
  });
}

test("a detector is not begun with a configuration that cannot be used", async () => {
  const config = changed("default", { "neck.groups": 7, "training.epoch": 1 }) as Config;
  await assert.rejects(
    createDetector(config, ["a"]),
    /training\.epoch is no setting.*\n- neck\.groups is 7/s,
  );
});

test("overrides without types, as in a notebook, are held to the names there are", () => {
  const untyped = { training: { epoch: 5 }, rpn: { nmsIou: 0.5 } } as never;
  assert.throws(
    () => configure(presets.default, untyped),
    /training\.epoch is no setting: did you mean training\.epochs\?/,
  );
  const polluting = JSON.parse('{"training":{"__proto__":{"epochs":1}},"constructor":1}') as never;
  assert.throws(
    () => configure(presets.default, polluting),
    /training\.__proto__ is no setting.*constructor is no setting/s,
  );
});

test("a schedule of another kind takes nothing of the one before", () => {
  const step = configure(presets.default, {
    training: { schedule: { kind: "step", epochs: 4, factor: 0.1 } },
  });
  assert.deepEqual(step.training.schedule, { kind: "step", epochs: 4, factor: 0.1 });
  checkConfig(step, "step");
  const longer = configure(presets.default, { training: { schedule: { warmupSteps: 9 } } });
  assert.deepEqual(longer.training.schedule, { kind: "cosine", warmupSteps: 9 });
});

test("overrides come from YAML and from JSON", () => {
  const folder = temporaryFolder();
  const read = (name: string, text: string) => {
    writeFileSync(join(folder, name), text);
    return readOverrides(join(folder, name));
  };
  const wanted = { training: { epochs: 3, clipNorm: null }, anchors: { sizes: [8, 16.5] } };
  assert.deepEqual(read("a.json", JSON.stringify(wanted, null, "\t")), wanted);
  assert.deepEqual(
    read(
      "a.yaml",
      "# mine\ntraining: { epochs: 3, clipNorm: null }\nanchors:\n  sizes: [8, 16.5]\n",
    ),
    wanted,
  );
  assert.deepEqual(read("empty.yaml", ""), {});
  const refused: [string, string, RegExp][] = [
    [
      "comma.json",
      '{\n  "seed": 1\n  "training": {}\n}',
      /comma\.json:2:11: neither YAML nor JSON: /,
    ],
    [
      "twice.yaml",
      "seed: 1\nseed: 2\n",
      /twice\.yaml:2:1: neither YAML nor JSON: Map keys must be unique/,
    ],
    ["tag.yaml", "seed: !!js/function 'x'\n", /tag\.yaml:1:\d+: /],
    [
      "indent.yaml",
      "training:\n  epochs: 3\n lr: 1\n",
      /indent\.yaml:\d:\d+: neither YAML nor JSON: /,
    ],
    [
      "alias.yaml",
      "anchors: { sizes: &s [8], ratios: *s }\n",
      /alias\.yaml: aliases \(\*name\) are not read here/,
    ],
    ["list.yaml", "- 1\n", /list\.yaml:1: it is no group of settings/],
    [
      "name.yaml",
      "training: { epoch: 3 }\n",
      /name\.yaml: unknown settings:\n- training\.epoch is no setting: did you mean training\.epochs\?/,
    ],
  ];
  for (const [name, text, message] of refused) assert.throws(() => read(name, text), message);
  assert.throws(() => readOverrides(join(folder, "none.yaml")), /no such file.*none\.yaml/);
});
