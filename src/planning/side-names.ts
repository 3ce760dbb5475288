/** Recognizes names that say left or right. */

/** Left and right in English, German, French, Spanish, Portuguese and Italian. */
const SIDES = new Set([
  ...["left", "right", "links", "rechts", "linke", "rechte", "gauche", "droite"],
  ...["izquierda", "derecha", "izquierdo", "derecho", "esquerda", "direita", "sinistra", "destra"],
]);

/**
 * Whether one of the words of a name is a side. Words end at anything but a letter, and where a
 * small letter is followed by a capital one.
 * @example
 * namesSide("lung_left"); // true
 * namesSide("bright"); // false
 */
export function namesSide(name: string): boolean {
  return name
    .replace(/(\p{Ll})(\p{Lu})/gu, "$1 $2")
    .split(/[^\p{L}]+/u)
    .some((word) => SIDES.has(word.toLowerCase()));
}
