/** Recognizes objects among values of unknown type. */

/** Whether a value is an object with fields: not null and not a list. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
