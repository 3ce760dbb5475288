/** Configurations from configurations. */
import type { Config } from "./config-types";

/** A part of T at any depth; arrays are replaced whole. */
export type Overrides<T> = T extends readonly unknown[] ? T : { readonly [K in keyof T]?: Overrides<T[K]> };

/** A copy of `config` with some of its fields replaced: `configure(presets.default, { training: { epochs: 5 } })`. */
export function configure(config: Config, overrides: Overrides<Config>): Config {
  return merge(config, overrides) as Config;
}

function merge(base: unknown, changes: unknown): unknown {
  if (!isRecord(base) || !isRecord(changes)) return changes;
  const merged: Record<string, unknown> = { ...base };
  for (const [key, value] of Object.entries(changes)) {
    if (value !== undefined) merged[key] = merge(base[key], value);
  }
  return merged;
}

/** Whether a value has fields. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
