/**
 * Rewrites forms of TypeScript in a cell that tslab 1.0.22 breaks or does not know. The number of
 * lines stays the same.
 *
 * - `{ x }` with a variable of an earlier cell, which tslab does not find: it becomes `{ x: x }`.
 * - `const { x: y } = …` where an earlier cell has an `x`: tslab would replace the name of the
 *   property too. It becomes `const { "x": y } = …`.
 * - `await (…)` and `await […]`: outside an async function the parser takes them for a call of a
 *   function named `await`. They become `await Promise.resolve((…))`.
 * - `export const x = …`, as in code that was copied from a file: tslab exports every name by
 *   itself, so `export` becomes spaces.
 */
"use strict";

/**
 * @param ts the compiler
 * @param source TypeScript of a cell
 */
exports.rewriteCell = (ts, source) => {
  const file = ts.createSourceFile("cell.ts", source, ts.ScriptTarget.ES2022, true);
  /** Changes: the position, the text there, and how many characters it replaces. */
  const changes = [];
  const insert = (position, text) => changes.push({ position, text, length: 0 });
  const visit = (node) => {
    if (ts.isShorthandPropertyAssignment(node)) insert(node.name.end, `: ${node.name.text}`);
    if (ts.isBindingElement(node) && node.propertyName && ts.isIdentifier(node.propertyName)) {
      insert(node.propertyName.getStart(), '"');
      insert(node.propertyName.end, '"');
    }
    if (startsWithAwait(ts, node)) {
      insert(node.expression.end, " Promise.resolve(");
      insert(operand(ts, node).end, ")");
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  for (const keyword of exportKeywords(ts, file)) {
    const position = keyword.getStart();
    const length = keyword.end - position;
    changes.push({ position, text: " ".repeat(length), length });
  }
  changes.sort((a, b) => a.position - b.position);
  let rewritten = "";
  let end = 0;
  for (const { position, text, length } of changes) {
    rewritten += source.slice(end, position) + text;
    end = position + length;
  }
  return rewritten + source.slice(end);
};

/**
 * Whether a cell has a `for await` outside of functions.
 * @param ts the compiler
 * @param source TypeScript of a cell
 */
exports.hasForAwait = (ts, source) => {
  const isFound = (node) =>
    !ts.isFunctionLike(node) &&
    ((ts.isForOfStatement(node) && node.awaitModifier !== undefined) ||
      ts.forEachChild(node, (child) => isFound(child) || undefined) === true);
  return isFound(ts.createSourceFile("cell.ts", source, ts.ScriptTarget.ES2022, true));
};

/**
 * Where a help text is looked for when there is none at the cursor: between the parentheses of a
 * call, at the name of what is called.
 * @param ts the compiler
 * @param source TypeScript of a cell
 * @param position of the cursor
 * @returns the position of the name; undefined outside of calls
 */
exports.calleePosition = (ts, source, position) => {
  const file = ts.createSourceFile("cell.ts", source, ts.ScriptTarget.ES2022, true);
  let found;
  const visit = (node) => {
    if (ts.isCallExpression(node) || ts.isNewExpression(node)) {
      // While it is typed, a call has no closing parenthesis.
      const isOpen = position < node.end || source[node.end - 1] !== ")";
      if (isOpen && position > node.expression.end) found = node.expression.end - 1;
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
};

/** The `export` before declarations with a name. `export default` stays: it declares no variable. */
function exportKeywords(ts, file) {
  return file.statements.flatMap(({ modifiers = [] }) =>
    modifiers.some(({ kind }) => kind === ts.SyntaxKind.DefaultKeyword)
      ? []
      : modifiers.filter(({ kind }) => kind === ts.SyntaxKind.ExportKeyword),
  );
}

/** Whether the parser took `await` for the name of a function or of an array. */
function startsWithAwait(ts, node) {
  return (
    (ts.isCallExpression(node) || ts.isElementAccessExpression(node)) &&
    ts.isIdentifier(node.expression) &&
    node.expression.text === "await"
  );
}

/** The expression that `await` waits for: with `.x`, `[x]` and calls behind it. */
function operand(ts, node) {
  const { parent } = node;
  const goesOn =
    (ts.isPropertyAccessExpression(parent) ||
      ts.isElementAccessExpression(parent) ||
      ts.isCallExpression(parent) ||
      ts.isNonNullExpression(parent)) &&
    parent.expression === node;
  return goesOn ? operand(ts, parent) : node;
}
