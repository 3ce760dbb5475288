/** The text of Shift+Tab. tslab 1.0.22 leaves out the names of most tags, such as `@throws`. */
"use strict";

const textOf = (parts = []) => parts.map(({ text }) => text).join("");

/**
 * The signature, the description and the tags of a name.
 * @param info as the compiler gives it
 */
exports.helpText = ({ displayParts, documentation, tags = [] }) => {
  const tagTexts = tags.map(({ name, text }) => {
    const content = textOf(text);
    return `@${name}${content.includes("\n") ? "\n" : " "}${content}`.trimEnd();
  });
  const description = [textOf(documentation), ...tagTexts].filter(Boolean).join("\n");
  return [textOf(displayParts), description].filter(Boolean).join("\n\n");
};
