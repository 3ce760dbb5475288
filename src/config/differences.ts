/** In what configurations differ: the first question when one run beats another. */

export interface ConfigDifference {
  /** As in `training.epochs`. */
  readonly field: string;
  /** One value a configuration, as JSON; empty where it has no such field. */
  readonly values: readonly string[];
}

/**
 * The fields whose values are not the same in all configurations, in the order they stand in them.
 * Lists count as one value.
 */
export function configDifferences(configs: readonly object[]): ConfigDifference[] {
  const flat = configs.map((config) => flatten(config, ""));
  const fields = [...new Set(flat.flatMap((own) => [...own.keys()]))];
  return fields
    .map((field) => ({ field, values: flat.map((own) => own.get(field) ?? "") }))
    .filter(({ values }) => new Set(values).size > 1);
}

function flatten(value: object, path: string): Map<string, string> {
  const flat = new Map<string, string>();
  for (const [key, child] of Object.entries(value) as [string, unknown][]) {
    const field = path ? `${path}.${key}` : key;
    if (typeof child === "object" && child !== null && !Array.isArray(child)) {
      for (const [name, text] of flatten(child, field)) flat.set(name, text);
    } else flat.set(field, JSON.stringify(child));
  }
  return flat;
}
