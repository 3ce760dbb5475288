/** The rows of the ablation: the preset `default` with one choice removed, replaced or added. */
import { type Config, configure, type Overrides, presets } from "../config/index";

/** One row of the table. */
export interface AblationRow {
  readonly name: string;
  readonly config: Config;
  /**
   * The row whose trained weights are evaluated; this row then differs in inference only, and
   * nothing is trained for it.
   */
  readonly weightsOf?: string;
  /** Boxes of a lower score are left out of the original experiment's mean box. */
  readonly meanBoxScore?: number;
}

const base = presets.default;
const changed = (name: string, overrides: Overrides<Config>): AblationRow => ({
  name,
  config: configure(base, overrides),
});

/** All rows. The others are compared with the first. */
export const ABLATION_ROWS: readonly AblationRow[] = [
  changed("default", {}),
  changed("without the crop to the head", { data: { cropToHead: null } }),
  changed("without augmentation", { augmentation: { copies: 0 } }),
  changed("strides 8 and 16 only", { backbone: { lastBlock: 11 } }),
  changed("regions without context", { roi: { context: 1 } }),
  changed("one stage", { head: { stages: base.head.stages.slice(0, 1) } }),
  changed("smooth L1 instead of GIoU", {
    rpn: { boxLoss: "smooth-l1" },
    head: { boxLoss: "smooth-l1" },
  }),
  changed("without jittered ground truth", { head: { jitteredGroundTruth: 0 } }),
  changed("class loss at full weight", { head: { classWeight: 1, labelSmoothing: 0 } }),
  changed("last weights instead of averaged ones", { training: { averageDecay: null } }),
  {
    name: "NMS instead of soft-NMS",
    config: configure(base, { inference: { fusion: "nms" } }),
    weightsOf: "default",
  },
  { name: "the original's mean box", config: base, weightsOf: "default", meanBoxScore: 0.5 },
  { name: "accurate", config: presets.accurate },
];

/**
 * The rows of these names, in the order of the table.
 * @throws when there is no row of a name, with the names there are
 */
export function ablationRows(names: readonly string[]): AblationRow[] {
  const unknown = names.find((name) => !ABLATION_ROWS.some((row) => row.name === name));
  if (unknown !== undefined)
    throw new Error(
      `there is no row '${unknown}': choose from ${ABLATION_ROWS.map(({ name }) => name).join("; ")}`,
    );
  return ABLATION_ROWS.filter(({ name }) => names.includes(name));
}
