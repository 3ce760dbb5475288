/**
 * Old names in configurations, and settings that are newer than a configuration. Run folders of
 * earlier versions of the project must still load.
 */
import { isRecord } from "../util/record";
import { settingPath } from "./validators";

/** Old paths of settings, and the names that replaced the last part of the path. */
const RENAMED_SETTINGS: Readonly<Record<string, string>> = {
  "data.foregroundCrop": "cropToHead",
  "head.jitteredTruth": "jitteredGroundTruth",
};

/** Paths of settings, and the current value of each of their old values. */
const RENAMED_VALUES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  preset: { seed: "original" },
  architecture: { modern: "cascade-rcnn" },
};

/** Settings that early versions did not have, by group, with what these versions did. */
const ADDED_SETTINGS: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  data: { channels: "grey", valueRange: null, scanPercentiles: [0.5, 99.5] },
  head: { classWeights: null },
  inference: { proposalsBeforeNms: null, proposalsAfterNms: null },
};

/**
 * The current name of a setting, without its group; null when the path is not an old one.
 * @param path old path, for example `data.foregroundCrop`
 */
export function renamedSetting(path: string): string | null {
  return Object.hasOwn(RENAMED_SETTINGS, path) ? RENAMED_SETTINGS[path] : null;
}

/**
 * Replaces the old names and values in a configuration by the current ones, and adds the settings
 * that it lacks because they are newer. A value that is not a
 * configuration is returned unchanged: `checkConfig` reports it later.
 */
export function currentConfig(config: unknown): unknown {
  if (!isRecord(config)) return config;
  const renamed = renameIn(config, "");
  for (const [group, added] of Object.entries(ADDED_SETTINGS)) {
    const settings = renamed[group];
    if (!isRecord(settings)) continue;
    const missing = Object.entries(added).filter(([name]) => !Object.hasOwn(settings, name));
    renamed[group] = { ...settings, ...Object.fromEntries(missing) };
  }
  return renamed;
}

function renameIn(group: Readonly<Record<string, unknown>>, path: string): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(group).map(([name, value]) => {
      const setting = settingPath(path, name);
      const currentName = renamedSetting(setting) ?? name;
      if (isRecord(value)) return [currentName, renameIn(value, setting)];
      const values = Object.hasOwn(RENAMED_VALUES, setting) ? RENAMED_VALUES[setting] : {};
      const isOld = typeof value === "string" && Object.hasOwn(values, value);
      return [currentName, isOld ? values[value] : value];
    }),
  );
}
