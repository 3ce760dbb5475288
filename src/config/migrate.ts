/**
 * Names that earlier versions of the project used in configurations, so that old run folders still
 * load.
 */
import { isRecord } from "../util/record";

/** Old names of settings and their names today, by path. */
const RENAMED_SETTINGS: Readonly<Record<string, string>> = {
  "data.foregroundCrop": "cropToHead",
  "head.jitteredTruth": "jitteredGroundTruth",
};

/** Old values of settings and their values today. */
const RENAMED_VALUES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  preset: { seed: "original" },
  architecture: { modern: "cascade-rcnn" },
};

/** The setting that an old name stands for today, or null when the name was never used. */
export function renamedSetting(path: string): string | null {
  return Object.hasOwn(RENAMED_SETTINGS, path) ? RENAMED_SETTINGS[path] : null;
}

/** A configuration of an earlier version with today's names; anything else is returned as it is. */
export function currentConfig(config: unknown): unknown {
  return isRecord(config) ? renamed(config, "") : config;
}

function renamed(group: Readonly<Record<string, unknown>>, path: string): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(group).map(([name, value]) => {
      const own = path ? `${path}.${name}` : name;
      const key = renamedSetting(own) ?? name;
      if (isRecord(value)) return [key, renamed(value, own)];
      const values = Object.hasOwn(RENAMED_VALUES, own) ? RENAMED_VALUES[own] : {};
      const isOld = typeof value === "string" && Object.hasOwn(values, value);
      return [key, isOld ? values[value] : value];
    }),
  );
}
