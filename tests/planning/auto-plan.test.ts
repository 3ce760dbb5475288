import assert from "node:assert/strict";
import { test } from "node:test";
import { presets } from "../../src/config/index";
import { configProblems } from "../../src/detectors/check-config";
import {
  type AutoPlan,
  configsToMeasure,
  holdOutFor,
  planConfig,
  planLines,
} from "../../src/planning/auto-plan";
import { sizesBetween, statistics, view } from "./statistics";

const reasonOf = ({ choices }: AutoPlan, what: string) =>
  choices.find((choice) => choice.what === what)!.reason;
const viewsOf = (low: number, high: number) =>
  sizesBetween(low, high, 200).map((size) => view([size], { headSide: 256 }));

test("the plan can be used, is the same each time, and survives JSON", () => {
  const plan = planConfig(statistics());
  assert.deepEqual(configProblems(plan.config), []);
  assert.equal(plan.config.preset, "auto");
  assert.deepEqual(planConfig(statistics()), plan);
  assert.deepEqual(JSON.parse(JSON.stringify(plan)), plan);
  assert.ok(!("views" in plan.data));
});

test("every choice has a reason with a number or a name, and the settings of the configuration", () => {
  const { choices, config } = planConfig(statistics());
  assert.ok(choices.length > 10);
  for (const { what, settings, reason } of choices) {
    assert.match(reason, /^[A-Z\d].*\.$/s, what);
    for (const [path, value] of Object.entries(settings)) {
      const actual = path
        .split(".")
        .reduce<unknown>((group, name) => (group as never)[name], config);
      assert.deepEqual(actual, value, path);
    }
  }
  assert.equal(planLines(planConfig(statistics())).length, choices.length + 1);
});

test("box sizes that span less than a factor of 8 get one map, others a pyramid with their levels", () => {
  const narrow = planConfig(statistics({ views: viewsOf(20, 100) }));
  assert.equal(narrow.config.neck.kind, "fused");
  assert.match(reasonOf(narrow, "neck"), /a factor of 4\.\d: one map at stride 8/);

  const wide = planConfig(statistics({ views: viewsOf(14, 240) }), { minutes: 600 });
  const { neck, anchors, data } = wide.config;
  assert.equal(neck.kind, "pyramid");
  // The input has 576 pixels, so that a box of 161 pixels is pooled at level 4.
  assert.equal(data.imageSize, 576);
  assert.deepEqual(neck.kind === "pyramid" && neck.levels, [3, 4, 5]);
  assert.equal(anchors.sizes.length % 3, 0);
  assert.match(reasonOf(wide, "neck"), /span 33 to 517 px.*strides 8, 16, 32\. A box of 161 px/s);
  assert.deepEqual(configProblems(wide.config), []);
});

test("the anchors of a level are about as large as the boxes that are pooled from it", () => {
  const { config } = planConfig(statistics({ views: viewsOf(14, 240) }));
  const perLevel = config.anchors.sizes.length / 3;
  const limits = [179, 358].map((size) => (size * config.data.imageSize) / 640);
  config.anchors.sizes.forEach((size, i) => {
    const level = Math.floor(i / perLevel);
    assert.ok(level === 0 || size >= limits[level - 1] - 1, `${size} at level ${level}`);
    assert.ok(level === 2 || size <= limits[level] + 1, `${size} at level ${level}`);
  });
});

test("small boxes need larger images, within the limits", () => {
  const sizeFor = (low: number, high: number) => {
    const plan = planConfig(statistics({ views: viewsOf(low, high) }));
    return plan.config.data.imageSize;
  };
  assert.equal(sizeFor(60, 150), 256);
  assert.equal(sizeFor(25, 80), 384);
  assert.equal(sizeFor(4, 12), 640);
});

test("a dark border is cropped, unless the crop would cut boxes", () => {
  const crop = (changes: Parameters<typeof view>[1]) =>
    planConfig(statistics({ views: sizesBetween(20, 60, 50).map((size) => view([size], changes)) }))
      .config.data.cropToHead;
  assert.ok(crop({ headSide: 170 }));
  assert.equal(crop({ headSide: 250 }), null);
  const cut = [{ width: 30, height: 30, isCut: true }];
  assert.equal(crop({ headSide: 170, boxes: cut }), null);
});

test("colors are used where images have them", () => {
  const { config } = planConfig(
    statistics({
      views: sizesBetween(20, 60, 50).map((size) => view([size], { isColored: true })),
    }),
  );
  assert.equal(config.data.channels, "rgb");
  assert.equal(planConfig(statistics()).config.data.channels, "grey");
});

test("nothing is flipped where classes or files name a side", () => {
  const flip = (changes: Parameters<typeof statistics>[0]) =>
    planConfig(statistics(changes)).config.augmentation.flip;
  assert.equal(flip({}), 0.5);
  assert.equal(flip({ sideClasses: ["left lung"] }), 0);
  assert.equal(flip({ sideFiles: 100 }), 0);
  assert.equal(flip({ sideFiles: 2 }), 0.5);
});

test("rare classes get larger weights, whose mean over the boxes is 1", () => {
  const classes = [
    { name: "common", boxes: 160 },
    { name: "rare", boxes: 10 },
    { name: "absent", boxes: 0 },
  ];
  const plan = planConfig(statistics({ classes }));
  // 160 / sqrt(160) + 10 / sqrt(10) = 15.81 over 170 boxes: means of 0.0930.
  assert.deepEqual(plan.config.head.classWeights, [0.85, 3.4, 1]);
  assert.match(reasonOf(plan, "class weights"), /common 160, rare 10, absent 0.*: rare\./s);
  assert.equal(planConfig(statistics()).config.head.classWeights, null);
});

test("with little time the backbone stays frozen, then epochs and copies fall", () => {
  const blocks = (minutes: number) => planConfig(statistics(), { minutes });
  assert.equal(blocks(60).config.backbone.frozenBlocks, 4);
  const short = blocks(3);
  assert.equal(short.config.backbone.frozenBlocks, "all");
  assert.equal(short.config.training.backboneLearningRate, 0);
  assert.match(reasonOf(short, "backbone"), /there are 3: the backbone stays frozen/);
  const least = planConfig(statistics({ images: 2000 }), { minutes: 1 });
  const { training, augmentation } = least.config;
  assert.deepEqual([training.epochs, augmentation.copies], [3, 2]);
  assert.match(reasonOf(least, "epochs"), /more than the 1 that are given/);
});

test("a measured speed decides in place of the assumed one", () => {
  const fast = { imageSeconds: 1e-3, stepSeconds: 1e-2 };
  const plan = planConfig(statistics(), { minutes: 3, speeds: { frozen: fast, fineTuning: fast } });
  assert.equal(plan.config.backbone.frozenBlocks, 4);
  assert.equal(plan.time.isMeasured, true);
  assert.match(reasonOf(plan, "epochs"), /on this machine/);
});

test("few images get more epochs, at least 400 steps, and many images as many as the preset", () => {
  const few = planConfig(statistics({ images: 35, views: statistics().views.slice(0, 35) }));
  assert.ok(few.config.training.epochs * Math.ceil(35 / 4) >= 400);
  const many = planConfig(statistics({ images: 4000 }), { minutes: 1000 });
  assert.equal(many.config.training.epochs, presets.accurate.training.epochs);
  assert.equal(many.config.training.batchSize, 8);
});

test("settings of the user remain, later choices follow them, and the reasons say so", () => {
  const fixed = {
    data: { imageSize: 256 },
    training: { epochs: 2 },
    backbone: { frozenBlocks: "all" },
  } as const;
  const plan = planConfig(statistics(), { fixed });
  const { data, training, backbone, anchors } = plan.config;
  assert.deepEqual([data.imageSize, training.epochs, backbone.frozenBlocks], [256, 2, "all"]);
  const free = planConfig(statistics());
  assert.ok(anchors.sizes[0] < free.config.anchors.sizes[0], "anchors for the smaller input");
  assert.match(reasonOf(plan, "epochs"), /^Set by you\. The plan would be training\.epochs \d+: /);
  assert.throws(
    () => planConfig(statistics(), { fixed: { rpn: { samples: 0 } } }),
    /the plan: the configuration cannot be used:\n- rpn\.samples is 0/,
  );
});

test("a crop that the user switches off is told without settings that do not exist", () => {
  const plan = planConfig(statistics(), { fixed: { data: { cropToHead: null } } });
  const { settings } = plan.choices.find(({ what }) => what === "crop")!;
  assert.deepEqual(settings, { "data.cropToHead": null });
  assert.match(
    reasonOf(plan, "crop"),
    /^Set by you\. The plan would be data\.cropToHead \{"threshold":\d+,"margin":[\d.]+\}: /,
  );
});

test("boxes that extend over a crop of the user have at most the size of the input", () => {
  const large = view([250], { headSide: 25 });
  const fixed = { data: { cropToHead: { threshold: 20, margin: 1.06 } } };
  const { config } = planConfig(statistics({ views: Array(9).fill(large) }), { fixed });
  assert.ok(Math.max(...config.anchors.sizes) <= config.data.imageSize);
});

test("images with many boxes get more proposals and detections", () => {
  const { rpn, inference } = planConfig(statistics({ mostBoxes: 30 })).config;
  assert.deepEqual([rpn.proposalsAfterNms, inference.maxDetections], [300, 120]);
  assert.ok(rpn.proposalsBeforeNms >= rpn.proposalsAfterNms);
  assert.deepEqual([inference.proposalsBeforeNms, inference.proposalsAfterNms], [600, 300]);
});

test("detection uses more proposals than training, and at least as many as the user sets there", () => {
  for (const minutes of [1, 600]) {
    const { rpn, inference, backbone } = planConfig(statistics(), { minutes }).config;
    const use = `frozen blocks: ${backbone.frozenBlocks}`;
    assert.deepEqual([rpn.proposalsBeforeNms, rpn.proposalsAfterNms], [200, 50], use);
    assert.deepEqual([inference.proposalsBeforeNms, inference.proposalsAfterNms], [400, 100], use);
  }
  const fixed = { rpn: { proposalsBeforeNms: 900, proposalsAfterNms: 70 } };
  const { inference } = planConfig(statistics(), { fixed }).config;
  assert.deepEqual([inference.proposalsBeforeNms, inference.proposalsAfterNms], [900, 100]);
});

test("both ways to use the backbone can be measured", () => {
  const { frozen, fineTuning } = configsToMeasure(statistics());
  assert.deepEqual([frozen.backbone.frozenBlocks, fineTuning.backbone.frozenBlocks], ["all", 4]);
  for (const config of [frozen, fineTuning]) assert.deepEqual(configProblems(config), []);
});

test("of many patients a smaller part is held out", () => {
  assert.deepEqual([holdOutFor(12), holdOutFor(200)], [5, 10]);
});
