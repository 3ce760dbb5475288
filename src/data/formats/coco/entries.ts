/** Entries of a COCO file, whose types are not known before they are checked. */

/** A JSON object. */
export type Entry = Readonly<Record<string, unknown>>;

/** A category that annotations may have. */
export interface Category {
  readonly id: string;
  readonly name: string;
  /** Null if it has none. */
  readonly parent: string | null;
}

/** An id as a text: a number, or a text that is not empty. Null for anything else. */
export function idOf(value: unknown): string | null {
  if (typeof value === "number" && Number.isFinite(value)) return String(value);
  return typeof value === "string" && value.trim() ? value.trim() : null;
}

/** Whether a value is a JSON object. */
export function isEntry(value: unknown): value is Entry {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
