/** Settings that are sound one by one and not together: what they ask for would fail far from here, or silently not be done. */
import type { Problem } from "./validators";
import type { BackboneConfig, Config } from "./types";

/** The first block of each stride that detectors use, and how many blocks there are; `src/model` plans them. */
export const BLOCKS: Readonly<
  Record<BackboneConfig["name"], { readonly count: number; readonly first: Readonly<Record<8 | 16 | 32, number>> }>
> = {
  "efficientnet-lite0": { count: 17, first: { 8: 4, 16: 6, 32: 12 } },
  resnet50: { count: 17, first: { 8: 4, 16: 8, 32: 14 } },
};

interface Combination {
  /** The settings it is about, the one to change first; it is left alone while one of them is wrong by itself. */
  readonly settings: readonly string[];
  /** What is wrong and what to do, after the first setting's name; null where nothing is. */
  readonly wrong: (config: Config) => string | null;
}

const isModern = ({ architecture }: Config) => architecture === "modern";
const isOriginal = ({ architecture }: Config) => architecture === "original";
const lastBlock = ({ backbone }: Config) => backbone.lastBlock ?? BLOCKS[backbone.name].count - 1;

/** The first of two numbers must not be above the second. */
function ordered(low: string, high: string, numbers: (config: Config) => readonly [number, number]): Combination {
  return {
    settings: [low, high],
    wrong(config) {
      const [lower, upper] = numbers(config);
      return lower > upper ? `is ${lower}: it must not be above ${high}, which is ${upper}` : null;
    },
  };
}

const COMBINATIONS: readonly Combination[] = [
  ordered("rpn.negativeIou", "rpn.positiveIou", ({ rpn }) => [rpn.negativeIou, rpn.positiveIou]),
  ordered("rpn.proposalsAfterNms", "rpn.proposalsBeforeNms", ({ rpn }) => [rpn.proposalsAfterNms, rpn.proposalsBeforeNms]), // prettier-ignore
  {
    settings: ["backbone.lastBlock", "backbone.name", "architecture"],
    wrong(config) {
      const { name } = config.backbone;
      const { count, first } = BLOCKS[name];
      const last = lastBlock(config);
      if (last >= count) return `is ${last}: the blocks of ${name} are 0 to ${count - 1}`;
      // The neck starts from the features at stride 8.
      return isModern(config) && last < first[8]
        ? `is ${last}: ${name} reaches stride 8 with block ${first[8]}, the first one whose features can be used`
        : null;
    },
  },
  {
    settings: ["backbone.frozenBlocks", "backbone.lastBlock", "backbone.name", "architecture"],
    wrong(config) {
      const { frozenBlocks, name } = config.backbone;
      if (frozenBlocks === "all") return null;
      const running = lastBlock(config) + 1;
      if (isOriginal(config)) return `is ${frozenBlocks}: the original never trains its backbone, so it must be 'all'`;
      return frozenBlocks > running ? `is ${frozenBlocks}: ${name} runs ${running} blocks here, so say 0 to ${running}, or 'all'` : null; // prettier-ignore
    },
  },
  {
    settings: ["training.backboneLearningRate", "backbone.frozenBlocks", "backbone.lastBlock", "backbone.name"],
    wrong(config) {
      const { frozenBlocks } = config.backbone;
      const trains = frozenBlocks !== "all" && frozenBlocks <= lastBlock(config);
      return trains && config.training.backboneLearningRate === 0
        ? `is 0, but backbone.frozenBlocks is ${frozenBlocks}: the blocks after them would be computed anew in every step and never change; set a rate, or freeze 'all'`
        : null;
    },
  },
  {
    settings: ["data.imageSize", "backbone.lastBlock", "backbone.name"],
    wrong(config) {
      const { first } = BLOCKS[config.backbone.name];
      const stride = ([32, 16, 8] as const).find((coarse) => lastBlock(config) >= first[coarse]) ?? 1;
      const { imageSize } = config.data;
      return imageSize % stride
        ? `is ${imageSize}: it must be a multiple of ${stride}, the stride of the backbone's last block`
        : null;
    },
  },
  {
    settings: ["neck.kind", "architecture"],
    wrong: ({ architecture, neck }) =>
      (architecture === "modern") === (neck.kind === "fused")
        ? null
        : `is '${neck.kind}': the architecture '${architecture}' has the neck '${architecture === "modern" ? "fused" : "none"}'`,
  },
  {
    settings: ["neck.groups", "neck.channels", "neck.kind"],
    wrong: ({ neck: { kind, channels, groups } }) =>
      kind === "fused" && (channels === 0 || groups === 0 || channels % groups !== 0)
        ? `is ${groups}: it must be at least 1 and divide neck.channels, which is ${channels}`
        : null,
  },
  {
    settings: ["roi.kind", "architecture"],
    wrong: ({ architecture, roi }) =>
      (architecture === "modern") === (roi.kind === "align")
        ? null
        : `is '${roi.kind}': the architecture '${architecture}' has '${architecture === "modern" ? "align" : "pool"}'`,
  },
  {
    settings: ["roi.samplingRatio", "roi.kind"],
    wrong: ({ roi }) =>
      roi.kind === "align" && roi.samplingRatio === 0 ? "is 0: 'align' wants at least 1 sample a cell" : null,
  },
  {
    settings: ["roi.context", "roi.kind"],
    wrong: ({ roi }) => (roi.kind === "pool" && roi.context !== 1 ? `is ${roi.context}: 'pool' only knows 1` : null),
  },
  {
    settings: ["head.stages", "architecture"],
    wrong: (config) =>
      isModern(config) && !config.head.stages.length
        ? "is empty: the architecture 'modern' needs at least one stage"
        : isOriginal(config) && config.head.stages.length
          ? "has stages: the architecture 'original' has none, so it must be []"
          : null,
  },
  {
    settings: ["inference.fusion", "architecture"],
    wrong: (config) =>
      config.inference.fusion === "mean-box" && isModern(config)
        ? "is 'mean-box', which only the architecture 'original' has: choose 'nms' or 'soft-nms'"
        : null,
  },
];

/** The combinations that cannot be, of a configuration whose settings are sound but for those at the `wrong` paths. */
export function combinationProblems(config: Config, wrong: readonly string[]): Problem[] {
  const isWrong = (setting: string) => wrong.some((path) => isWithin(path, setting) || isWithin(setting, path));
  return COMBINATIONS.flatMap(({ settings, wrong: problemOf }) => {
    if (settings.some(isWrong)) return [];
    const text = problemOf(config);
    return text === null ? [] : [{ path: settings[0], text: `${settings[0]} ${text}` }];
  });
}

/** Whether a path is another one, or lies below it. */
function isWithin(path: string, group: string): boolean {
  return group === "" || path === group || path.startsWith(`${group}.`) || path.startsWith(`${group}[`);
}
