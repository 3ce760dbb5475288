/**
 * Finds duplicate names in a JSON object. JavaScript uses the last of them, other readers the
 * first.
 */

/**
 * The first name that occurs twice at the top level of a JSON object; null if there is none.
 * @param text valid JSON
 */
export function duplicateName(text: string): string | null {
  const names = new Set<string>();
  let depth = 0;
  let last = "";
  // A string is one token, so that brackets in it do not count.
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
