/** Compares configurations: usually the first question when one run is better than another. */
import { isRecord } from "../util/record";
import { settingPath } from "./validators";

/** A setting whose value differs between configurations. */
export interface ConfigDifference {
  /** Path of the setting, for example `training.epochs`. */
  readonly field: string;
  /** The value in each configuration as JSON; empty where the configuration lacks the setting. */
  readonly values: readonly string[];
}

/**
 * Returns the settings whose values are not equal in all configurations, in the order in which they
 * first appear. A list counts as one value.
 */
export function configDifferences(configs: readonly object[]): ConfigDifference[] {
  const valuesByField = configs.map((config) => flatten(config, ""));
  const fields = [...new Set(valuesByField.flatMap((values) => [...values.keys()]))];
  return fields
    .map((field) => ({ field, values: valuesByField.map((values) => values.get(field) ?? "") }))
    .filter(({ values }) => new Set(values).size > 1);
}

/** The values of all settings as JSON, by path. */
function flatten(group: object, path: string): Map<string, string> {
  const values = new Map<string, string>();
  for (const [name, value] of Object.entries(group) as [string, unknown][]) {
    const field = settingPath(path, name);
    if (isRecord(value)) {
      for (const [innerField, text] of flatten(value, field)) values.set(innerField, text);
    } else values.set(field, JSON.stringify(value));
  }
  return values;
}
