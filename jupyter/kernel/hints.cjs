/** Hints behind the errors of the compiler: what to write in place of a habit from elsewhere. */
"use strict";

/** Lines that are right elsewhere, and what to write in TypeScript. */
const HABITS = [
  [/^\s*%/, "Commands with % exist only in the Python kernel; this cell is TypeScript."],
  [
    /^\s*!\s*\w/,
    'Commands with ! exist only in the Python kernel. Use a terminal, or write: import { execSync } from "child_process"; execSync("…", { encoding: "utf8" })',
  ],
  [/^\s*(npm|npx|pip|conda|cd|ls)\s/, "Commands belong into a terminal: File > New > Terminal."],
  [/^\s*\?|\?\s*$|^\s*help\(/, "For help, put the cursor on the name and press Shift+Tab."],
  [/\bprint\(/, "To print, write console.log(…) or show(…)."],
  [/\bfrom\s+["'][^"']*\.ts["']/, "Write the path of the import without .ts."],
];

/**
 * Adds a hint to the first diagnostic of a cell, and the question whether `await` is missing to
 * those about the type of a promise.
 * @param source TypeScript of the cell
 * @param diagnostics as tslab prints them
 */
exports.withHints = (source, diagnostics) => {
  const [first, ...others] = diagnostics.map(withAwaitHint);
  // The diagnostics of other files have a name.
  if (!first || first.fileName) return diagnostics.map(withAwaitHint);
  const line = source.split("\n")[first.start.line] ?? "";
  const [, hint] = HABITS.find(([pattern]) => pattern.test(line)) ?? [];
  return [hint ? { ...first, messageText: `${first.messageText} ${hint}` } : first, ...others];
};

/** A diagnostic about the type of a promise, with the question that TypeScript keeps apart from it. */
function withAwaitHint(diagnostic) {
  const { messageText } = diagnostic;
  const isHinted = /'await'/.test(messageText) || !/ type 'Promise</.test(messageText);
  return isHinted
    ? diagnostic
    : { ...diagnostic, messageText: `${messageText} Did you forget to use 'await'?` };
}
