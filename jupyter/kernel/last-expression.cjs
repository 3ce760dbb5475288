/** Shows the last expression of a cell, as `show` of the library does. */
"use strict";

const { inspect } = require("util");
const { library } = require("./cells.cjs");

/** tslab assigns the last expression to a variable, from which a function gets its name. */
const TSLAB_NAME = /^tsLastExpr\d*$/;
/** Lines of a value, at most. */
const LINES = 5;
/** Characters of a string, at most. */
const CHARACTERS = 10_000;

/**
 * Shows a value. Before the library is imported, it is shown as text of a few lines.
 * @param value any value
 * @param console where text is written
 */
exports.showLastExpression = async (value, console) => {
  const { show } = library;
  if (show && typeof value === "object") return show(value);
  if (typeof value === "string") return console.log(beginning(value));
  if (typeof value === "function" && TSLAB_NAME.test(value.name))
    Object.defineProperty(value, "name", { value: "" });
  const lines = inspect(value, { depth: 1, breakLength: 100 }).split("\n");
  console.log(lines.slice(0, LINES).join("\n"));
  if (lines.length > LINES)
    console.log(`… ${lines.length - LINES} more lines; console.log shows all of them`);
};

/** A string without what is behind its first characters. */
function beginning(text) {
  const rest = text.length - CHARACTERS;
  if (rest <= 0) return text;
  return `${text.slice(0, CHARACTERS)}\n… ${rest} more characters; console.log shows all of them`;
}
