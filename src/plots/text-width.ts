/**
 * The width of text without a font. Every machine has other fonts; with one table of widths a
 * figure has the same lines and margins everywhere.
 */

/**
 * Widths of letters as parts of the font size, rounded to 0.05. They are those of DejaVu Sans,
 * which is wider than most fonts of a browser: text that fits here fits there too.
 */
const LETTER_WIDTHS: readonly (readonly [number, string])[] = [
  [0.3, " '.,IJijl"],
  [0.35, "-/:;\\f|"],
  [0.4, "!()[]rt²"],
  [0.45, '"'],
  [0.5, "*_`sz–°"],
  [0.55, "?Lc"],
  [0.6, "FPTYaekovxy"],
  [0.7, "ABCRVXZ"],
  [0.75, "DGHNU"],
  [0.8, "&OQw"],
  [0.85, "#+<=>M^~×±→≤≥●"],
  [0.95, "%m"],
  [1, "@W…"],
];
/** Digits and the letters that are not in the table. */
const OTHER_WIDTH = 0.65;

const WIDTH_OF = new Map(
  LETTER_WIDTHS.flatMap(([width, letters]) =>
    Array.from(letters, (letter): [string, number] => [letter, width]),
  ),
);

/** One letter of text as Plotly reads it: a character, or an entity such as `&lt;`. */
const LETTER = /&(?:lt|gt|amp);|[^]/gu;
const ENTITIES: Readonly<Record<string, string>> = { "&lt;": "<", "&gt;": ">", "&amp;": "&" };
const BREAK = /<br ?\/?>/;

/**
 * The width of one line of text.
 * @param text as Plotly reads it: `&lt;` is one letter
 * @param fontSize in pixels
 * @returns pixels
 */
export function textWidth(text: string, fontSize: number): number {
  const widths = lettersOf(text).map(
    (letter) => WIDTH_OF.get(ENTITIES[letter] ?? letter) ?? OTHER_WIDTH,
  );
  return fontSize * widths.reduce((sum, width) => sum + width, 0);
}

/**
 * Breaks text between words, so that no line is wider than `width`. A word that is wider than a
 * line, such as a long file name, is broken inside. Breaks in the text stay.
 * @param text as Plotly reads it: `<br>` is a break, `&lt;` one letter
 * @param width of a line in pixels
 * @param fontSize in pixels
 * @returns one line or more
 */
export function wrapText(text: string, width: number, fontSize: number): string[] {
  return text.split(BREAK).flatMap((line) => wrapLine(line, width, fontSize));
}

function wrapLine(text: string, width: number, fontSize: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    const longer = line ? `${line} ${word}` : word;
    if (textWidth(longer, fontSize) <= width) {
      line = longer;
      continue;
    }
    if (line) lines.push(line);
    const parts = breakWord(word, width, fontSize);
    lines.push(...parts.slice(0, -1));
    line = parts[parts.length - 1];
  }
  return [...lines, line];
}

/** A word in parts that are no wider than a line each. */
function breakWord(word: string, width: number, fontSize: number): string[] {
  const parts = [""];
  for (const letter of lettersOf(word)) {
    const part = parts[parts.length - 1];
    if (part && textWidth(part + letter, fontSize) > width) parts.push(letter);
    else parts[parts.length - 1] = part + letter;
  }
  return parts;
}

function lettersOf(text: string): string[] {
  return text.match(LETTER) ?? [];
}
