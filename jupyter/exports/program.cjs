/**
 * A notebook as one TypeScript program that `tsx` runs. Standard input has the cells as JSON:
 * `[{ "type": "code", "source": "…" }]`. Standard output gets the program.
 *
 * - Imports come first, each name once.
 * - All other code becomes the body of an asynchronous function, because `await` at the top level is
 *   not allowed in a CommonJS module.
 * - A name that several cells declare becomes a `var`: cells may declare a name again.
 * - The last expression of a cell is shown, as in a notebook.
 */
"use strict";

const { readFileSync } = require("fs");
const ts = require("typescript");
const { valuesOf } = require("../kernel/declarations.cjs");

const HEADER = `// Save this file in the folder of the notebooks. Run it there with: npx tsx FILE
process.chdir(__dirname);`;

/**
 * @param cells
 * @returns TypeScript of the program
 */
exports.programOf = (cells) => {
  const parsed = cells.map(({ type, source }) => ({
    type,
    source,
    file: ts.createSourceFile("cell.ts", source, ts.ScriptTarget.ES2022, true),
  }));
  const code = parsed.filter(({ type }) => type === "code");
  const repeated = repeatedNames(code.map(({ file }) => file));
  const imports = importsOf(code.map(({ file }) => file));
  const hasShow = imports.some((line) => /\bshow\b/.test(line));
  const body = parsed
    .map((cell) =>
      cell.type === "code" ? codeOf(cell.file, { repeated, hasShow }) : commentOf(cell.source),
    )
    .filter(Boolean);
  return [HEADER, imports.join("\n"), "void (async () => {", body.join("\n\n"), "})();\n"].join(
    "\n\n",
  );
};

/** The import statements of all files, each local name once. */
function importsOf(files) {
  const names = new Set();
  const isNew = ({ text }) => !names.has(text) && names.add(text);
  const { factory } = ts;
  const printer = ts.createPrinter();
  return files.flatMap((file) =>
    file.statements.filter(ts.isImportDeclaration).flatMap((statement) => {
      const { importClause: clause, modifiers, moduleSpecifier, attributes } = statement;
      if (!clause) return [statement.getText()];
      const bindings = clause.namedBindings;
      const name = clause.name && isNew(clause.name) ? clause.name : undefined;
      let named;
      if (bindings && ts.isNamespaceImport(bindings)) {
        if (isNew(bindings.name)) named = bindings;
      } else if (bindings) {
        const elements = bindings.elements.filter((element) => isNew(element.name));
        if (elements.length) named = factory.createNamedImports(elements);
      }
      if (!name && !named) return [];
      const kept = factory.updateImportClause(clause, clause.isTypeOnly, name, named);
      const updated = factory.updateImportDeclaration(
        ...[statement, modifiers, kept, moduleSpecifier, attributes],
      );
      return [printer.printNode(ts.EmitHint.Unspecified, updated, file)];
    }),
  );
}

/** The names that are declared at the top level more than once. */
function repeatedNames(files) {
  const counts = new Map();
  for (const file of files)
    for (const statement of file.statements)
      for (const name of declaredNames(statement)) counts.set(name, (counts.get(name) ?? 0) + 1);
  return new Set([...counts.keys()].filter((name) => counts.get(name) > 1));
}

/** The names of the values and functions that a statement declares. */
function declaredNames(statement) {
  const isFunction = ts.isFunctionDeclaration(statement) && statement.body && statement.name;
  return isFunction ? [statement.name.text] : valuesOf(ts, statement);
}

/** The code of a cell without its imports. */
function codeOf(file, { repeated, hasShow }) {
  const last = file.statements[file.statements.length - 1];
  const code = file.statements
    .filter((statement) => !ts.isImportDeclaration(statement))
    .map((statement) => {
      const text = statement.getFullText().replace(/^\s*\n/, "");
      if (statement === last && isShown(statement))
        return shown(statement, text, hasShow ? "await show" : "console.log");
      if (!declaredNames(statement).some((name) => repeated.has(name))) return text;
      return asVar(statement, text);
    })
    .join("\n")
    .trim();
  // Without it, a next cell that starts with a bracket would continue the statement.
  return code && last && needsSemicolon(last) && !code.endsWith(";") ? `${code};` : code;
}

const needsSemicolon = (statement) =>
  ts.isExpressionStatement(statement) || ts.isVariableStatement(statement);

/** A declaration that may be repeated. Comments before it stay. */
function asVar(statement, text) {
  const start = text.length - statement.getText().length;
  const [comments, declaration] = [text.slice(0, start), text.slice(start)];
  if (ts.isVariableStatement(statement))
    return comments + declaration.replace(/^(export\s+)?(const|let)\b/, "var");
  const value = declaration.replace(/^export\s+/, "");
  return ts.isEnumDeclaration(statement)
    ? text
    : `${comments}var ${statement.name.text} = ${value};`;
}

/** Whether a notebook shows the value of a statement: that of an expression without an effect. */
function isShown(statement) {
  if (!ts.isExpressionStatement(statement)) return false;
  let { expression } = statement;
  while (ts.isAwaitExpression(expression) || ts.isParenthesizedExpression(expression))
    expression = expression.expression;
  return !(
    ts.isCallExpression(expression) ||
    ts.isBinaryExpression(expression) ||
    ts.isPostfixUnaryExpression(expression) ||
    ts.isPrefixUnaryExpression(expression) ||
    ts.isDeleteExpression(expression)
  );
}

function shown(statement, text, show) {
  const start = text.length - statement.getText().length;
  return `${text.slice(0, start)}${show}(${statement.expression.getText()});`;
}

/** The text of another cell as comments. */
function commentOf(source) {
  return source
    .split("\n")
    .map((line) => `// ${line}`.trimEnd())
    .join("\n");
}

if (require.main === module)
  process.stdout.write(exports.programOf(JSON.parse(readFileSync(0, "utf8"))));
