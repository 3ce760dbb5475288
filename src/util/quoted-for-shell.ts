/** Texts as arguments of a command that a reader copies into a shell. */

/** A text as one argument of a shell: in single quotes unless it has only harmless characters. */
export function quotedForShell(text: string): string {
  return /^[\w.,:=+/-]+$/.test(text) ? text : `'${text.replace(/'/g, `'\\''`)}'`;
}
