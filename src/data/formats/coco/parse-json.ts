/** Parses JSON as programs write it that do not keep to the standard, or use long numbers. */
import { shortened } from "../../checks";
import type { FileProblems } from "../shared/file-problems";

/** Whole numbers of so many digits are not exact in JavaScript: two ids would become equal. */
const HAS_LONG_NUMBERS = /[\s:,[]-?\d{16,}\s*[,}\]]/;
/** A text, or such a number. */
const TEXT_OR_LONG_NUMBER = /"[^"\\]*(?:\\.[^"\\]*)*"|(?<![\w.])-?\d{16,}(?![\w.])/g;
/** A text, or a value that Python writes and JSON does not have. */
const TEXT_OR_NAN = /"[^"\\]*(?:\\.[^"\\]*)*"|-?\b(?:NaN|Infinity)\b/g;

/**
 * Parses JSON. Long whole numbers, such as ids made of a date, become texts with all their digits.
 * NaN and Infinity become null.
 * @returns undefined if that is not possible, which is reported
 */
export function parseJson(text: string, problems: FileProblems): unknown {
  const exact = HAS_LONG_NUMBERS.test(text)
    ? replaceOutsideTexts(text, TEXT_OR_LONG_NUMBER, (number) => `"${number}"`)
    : text;
  try {
    return JSON.parse(exact) as unknown;
  } catch (error) {
    try {
      return JSON.parse(replaceOutsideTexts(exact, TEXT_OR_NAN, () => "null")) as unknown;
    } catch {
      const reason = shortened((error as Error).message.split("\n")[0]);
      problems.report("error", `it is not JSON (${reason}): write it again, or remove it`);
      return undefined;
    }
  }
}

function replaceOutsideTexts(
  text: string,
  pattern: RegExp,
  replacement: (match: string) => string,
): string {
  return text.replace(pattern, (match) => (match.startsWith('"') ? match : replacement(match)));
}
