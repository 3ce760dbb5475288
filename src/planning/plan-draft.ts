/** A plan while it is being made: the settings so far, and the reason of each choice. */
import { type Config, configure, type Overrides, presets } from "../config/index";
import { settingPath } from "../config/validators";
import { isRecord } from "../util/record";

/** One choice of a plan. */
export interface PlanChoice {
  /** What is chosen, in a few words, for example `image size`. */
  readonly what: string;
  /** The settings that it makes, by their paths, for example `data.imageSize`. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** Why, in words and numbers. */
  readonly reason: string;
}

/** The start of the reason of a choice that the user made. */
const BY_USER = "Set by you";

/** Collects choices. Later choices see the settings of the earlier ones. */
export class PlanDraft {
  readonly choices: PlanChoice[] = [];
  private current: Config;

  /**
   * @param base the settings that no choice replaces
   * @param fixed settings of the user, which no choice replaces
   */
  constructor(
    base: Config,
    private readonly fixed: Overrides<Config>,
  ) {
    this.current = configure(base, fixed);
  }

  /** The settings so far. */
  get config(): Config {
    return this.current;
  }

  /**
   * Makes a choice. Settings of the user remain; the choice then says so.
   * @param settings the settings of the choice
   * @param reason a sentence, in words and numbers
   */
  choose(what: string, settings: Overrides<Config>, reason: string): void {
    const planned = configure(this.current, settings);
    this.current = configure(planned, this.fixed);
    const paths = Array.from(
      new Set(leafPaths(settings).map((path) => existingPath(this.current, path))),
    );
    const values = Object.fromEntries(paths.map((path) => [path, valueAt(this.current, path)]));
    const changed = paths.filter(
      (path) => JSON.stringify(values[path]) !== JSON.stringify(valueAt(planned, path)),
    );
    const plannedText = changed.map((path) => `${path} ${JSON.stringify(valueAt(planned, path))}`);
    this.choices.push({
      what,
      settings: values,
      reason: changed.length
        ? `${BY_USER}. The plan would be ${plannedText.join(", ")}: ${reason}`
        : reason,
    });
  }
}

const { proposalsBeforeNms, proposalsAfterNms } = presets.accurate.inference;

/** The settings that a plan starts from, with and without a frozen backbone. */
export const PLAN_BASES = {
  frozen: configure(presets.default, { inference: { proposalsBeforeNms, proposalsAfterNms } }),
  fineTuning: presets.accurate,
} as const;

/** The paths of all settings; a list is one setting. */
function leafPaths(group: object, path = ""): string[] {
  return Object.entries(group).flatMap(([name, value]) => {
    const inner = settingPath(path, name);
    return isRecord(value) ? leafPaths(value, inner) : [inner];
  });
}

/**
 * The longest part of a path that the settings have: `data.cropToHead` for
 * `data.cropToHead.margin`, if the user switches the crop off with null.
 */
function existingPath(config: Config, path: string): string {
  const names = path.split(".");
  while (names.length > 1 && valueAt(config, names.join(".")) === undefined) names.pop();
  return names.join(".");
}

function valueAt(config: Config, path: string): unknown {
  return path
    .split(".")
    .reduce<unknown>((group, name) => (isRecord(group) ? group[name] : undefined), config);
}
