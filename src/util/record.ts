/** Recognizes objects among values of unknown type, and the fields of an object that are set. */

/** Whether a value is an object with fields: not null and not a list. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** An object without its fields that are undefined. */
export function definedFields<T extends object>(value: T): Partial<T> {
  const fields = Object.entries(value).filter(([, field]) => field !== undefined);
  return Object.fromEntries(fields) as Partial<T>;
}
