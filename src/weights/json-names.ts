/**
 * Names that stand twice in a JSON object: JavaScript keeps the last of them, other readers the
 * first.
 */

/**
 * The first name that stands twice at the top of a JSON object; null when none does. The text has
 * to be sound JSON.
 */
export function duplicateName(text: string): string | null {
  const names = new Set<string>();
  let depth = 0;
  let last = "";
  // Texts come whole, so that brackets in them do not count.
  for (const [token] of text.matchAll(/"[^"\\]*(?:\\.[^"\\]*)*"|[{}[\]:]/gs)) {
    if (token === "{" || token === "[") depth++;
    else if (token === "}" || token === "]") depth--;
    else if (token !== ":") last = token;
    else if (depth === 1) {
      const name = JSON.parse(last) as string;
      if (names.has(name)) return name;
      names.add(name);
    }
  }
  return null;
}
