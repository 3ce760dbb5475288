/**
 * Matches a pattern that a user wrote against many names. Some patterns take longer than the age of
 * the universe on a short name, such as `(a+)+b`: the time is limited.
 */
import { runInNewContext } from "vm";
import { shortened } from "../checks";

/** Milliseconds for all names; a usual pattern takes less than one for a thousand of them. */
const TIME_LIMIT = 5000;

/** The flags `g` and `y` would make a match depend on the name before. */
const FLAGS_WITH_STATE = /[gy]/g;

/**
 * The text that a pattern finds in each name: its first group, or the whole match if it has no
 * group; null where it does not match, or finds an empty text.
 * @throws when it takes longer than a few seconds
 */
export function matchNames(pattern: RegExp, names: readonly string[]): (string | null)[] {
  const { source, flags } = pattern;
  const input = {
    source,
    flags: flags.replace(FLAGS_WITH_STATE, ""),
    names: JSON.stringify(names),
  };
  // The result is a text: objects of another context are instances of other classes.
  const code = `
    const pattern = new RegExp(source, flags);
    JSON.stringify(JSON.parse(names).map((name) => {
      const match = pattern.exec(name);
      if (!match) return null;
      const [text, ...groups] = match;
      return (groups.length ? groups.find((group) => group !== undefined) : text) || null;
    }))`;
  try {
    const found = runInNewContext(code, input, { timeout: TIME_LIMIT }) as string;
    return JSON.parse(found) as (string | null)[];
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ERR_SCRIPT_EXECUTION_TIMEOUT") throw error;
    throw new Error(
      `the patient pattern ${shortened(String(pattern))} takes longer than ${TIME_LIMIT / 1000} seconds on ${names.length} names: ` +
        "write it without a repetition inside a repetition, such as (a+)+",
      { cause: error },
    );
  }
}
