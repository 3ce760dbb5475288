/**
 * Old names in configurations. Earlier versions of the project used them, and run folders of these
 * versions must still load.
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

/**
 * The current name of a setting, without its group; null when the path is not an old one.
 * @param path old path, for example `data.foregroundCrop`
 */
export function renamedSetting(path: string): string | null {
  return Object.hasOwn(RENAMED_SETTINGS, path) ? RENAMED_SETTINGS[path] : null;
}

/**
 * Replaces the old names and values in a configuration by the current ones. A value that is not a
 * configuration is returned unchanged: `checkConfig` reports it later.
 */
export function currentConfig(config: unknown): unknown {
  return isRecord(config) ? renameIn(config, "") : config;
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
