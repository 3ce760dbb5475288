/** Configurations from configurations. */
import { checkNames } from "./check";
import type { Config } from "./types";
import { isRecord } from "../util/record";

/** A part of T at any depth; arrays are replaced whole. */
export type Overrides<T> = T extends readonly unknown[]
  ? T
  : { readonly [K in keyof T]?: Overrides<T[K]> };

/**
 * A copy of `config` with some of its fields replaced: `configure(presets.default, { training: {
 * epochs: 5 } })`. A schedule of another kind replaces the whole schedule. Throws, with what was
 * probably meant, when a name is no setting's: cells are not checked strictly.
 */
export function configure(config: Config, overrides: Overrides<Config>): Config {
  checkNames(overrides, "configure");
  return merge(config, overrides, "") as Config;
}

/** Groups whose settings depend on their kind: those of one mean nothing to another. */
const BY_KIND = ["training.schedule"];

function merge(base: unknown, changes: unknown, path: string): unknown {
  if (!isRecord(base) || !isRecord(changes)) return changes;
  if (BY_KIND.includes(path) && (changes.kind ?? base.kind) !== base.kind) return changes;
  const merged: Record<string, unknown> = { ...base };
  for (const [key, value] of Object.entries(changes)) {
    if (value !== undefined) merged[key] = merge(base[key], value, path ? `${path}.${key}` : key);
  }
  return merged;
}
