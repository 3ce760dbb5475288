/** Makes a configuration from another one by replacing some of its settings. */
import { checkNames } from "./check";
import type { Config } from "./types";
import { settingPath } from "./validators";
import { isRecord } from "../util/record";

/** A part of T at any depth. Arrays are replaced as one value. */
export type Overrides<T> = T extends readonly unknown[]
  ? T
  : { readonly [K in keyof T]?: Overrides<T[K]> };

/**
 * Copies a configuration and replaces some of its settings. A neck or a schedule of another kind
 * replaces the previous one completely. Names are checked here, because notebooks do not check types
 * strictly; values are checked when a detector is created.
 * @throws when a name is not the name of a setting, with the setting that was probably meant
 * @example
 * const config = configure(presets.default, { training: { epochs: 5 } });
 */
export function configure(config: Config, overrides: Overrides<Config>): Config {
  checkNames(overrides, "configure");
  return merge(config, overrides, "") as Config;
}

/** Groups whose settings depend on their `kind`. A new kind replaces the group completely. */
const GROUPS_BY_KIND = ["neck", "training.schedule"];

function merge(base: unknown, changes: unknown, path: string): unknown {
  if (!isRecord(base) || !isRecord(changes)) return changes;
  if (GROUPS_BY_KIND.includes(path) && (changes.kind ?? base.kind) !== base.kind) return changes;
  const merged: Record<string, unknown> = { ...base };
  for (const [key, value] of Object.entries(changes)) {
    if (value !== undefined) merged[key] = merge(base[key], value, settingPath(path, key));
  }
  return merged;
}
