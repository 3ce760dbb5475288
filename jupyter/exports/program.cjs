/**
 * A notebook as one TypeScript program that `tsx` runs. Standard input has the cells as JSON:
 * `[{ "type": "code", "source": "…" }]`. Standard output gets the program.
 *
 * - Imports come first, each name once.
 * - All other code becomes the body of an asynchronous function, because `await` at the top level is
 *   not allowed in a CommonJS module.
 * - A name that several cells declare becomes a `var`: cells may declare a name again. So does a
 *   name that one cell imports and another one declares.
 * - The last expression of a cell is shown, as in a notebook.
 */
"use strict";

const { readFileSync } = require("fs");
const ts = require("typescript");
const { namesOf, valuesOf } = require("../kernel/declarations.cjs");

const HEADER = `// Save this file in the folder of the notebooks. Run it there with: npx tsx FILE
process.chdir(__dirname);`;

/** The function that shows the last expression of a cell, and that of the library, which it calls. */
const SHOW_LAST = "showLast";
const SHOW = "showValue";
/** The library, as cells import it: its `show` shows figures and tables. */
const LIBRARY = /(^|\/)src\/index$/;

/**
 * @param cells
 * @returns TypeScript of the program
 */
exports.programOf = (cells) => programWithPlaces(cells).text;

/**
 * @param cells
 * @returns `text`, TypeScript of the program, and `places`: for each of its lines the index of a
 * cell and the line in that cell, from 1; null for a line that comes from no cell
 */
function programWithPlaces(cells) {
  const parsed = cells.map(({ type, source }, cell) => ({
    type,
    source,
    cell,
    file: ts.createSourceFile("cell.ts", source, ts.ScriptTarget.ES2022, true),
  }));
  const code = parsed.filter(({ type }) => type === "code");
  const files = code.map(({ file }) => file);
  const declared = files.flatMap((file) => file.statements.flatMap(declaredNames));
  const replaced = new Set(files.flatMap(importedNames).filter((name) => declared.includes(name)));
  const repeated = new Set([
    ...replaced,
    ...declared.filter((name, i) => declared.indexOf(name) < i),
  ]);
  const body = parsed.flatMap(({ type, source, cell, file }) => {
    const pieces = type === "code" ? codeOf(file, repeated) : [{ text: commentOf(source) }];
    return pieces.length ? [{ text: "" }, ...pieces.map((piece) => ({ ...piece, cell }))] : [];
  });
  const isShowing = files.some(shownStatement);
  const ofShow = isShowing ? showImport(files) : [];
  const imports = [...importsOf(code, replaced), ...ofShow];
  return joined([
    { text: HEADER },
    ...(imports.length ? [{ text: "" }, ...imports] : []),
    ...(isShowing ? [{ text: showLast(ofShow.length > 0) }] : []),
    { text: "\nvoid (async () => {" },
    ...[...replaced].map((name) => ({ text: `var ${name} = ${imported(name)};` })),
    ...body,
    { text: "\n})();\n" },
  ]);
}

exports.programWithPlaces = programWithPlaces;

/** The text of pieces, and the places of its lines. */
function joined(pieces) {
  const places = pieces.flatMap(({ text, cell, line }) =>
    text.split("\n").map((_, i) => (line === undefined ? null : { cell, line: line + i })),
  );
  return { text: pieces.map(({ text }) => text).join("\n"), places };
}

/**
 * The import statements of all cells, each local name once.
 * @param code the code cells
 * @param replaced names that a cell declares: they are imported under another name
 */
function importsOf(code, replaced) {
  const names = new Set();
  const isNew = ({ text }) => !names.has(text) && names.add(text);
  const localName = (name) =>
    replaced.has(name.text) ? factory.createIdentifier(imported(name.text)) : name;
  const { factory } = ts;
  const printer = ts.createPrinter();
  return code.flatMap(({ file, cell }) =>
    file.statements.filter(ts.isImportDeclaration).flatMap((statement) => {
      const { importClause: clause, modifiers, moduleSpecifier, attributes } = statement;
      const place = { cell, line: lineOf(file, statement.getStart()) };
      if (!clause) return [{ text: statement.getText(), ...place }];
      const bindings = clause.namedBindings;
      const name = clause.name && isNew(clause.name) ? localName(clause.name) : undefined;
      let named;
      if (bindings && ts.isNamespaceImport(bindings)) {
        if (isNew(bindings.name)) named = factory.createNamespaceImport(localName(bindings.name));
      } else if (bindings) {
        const elements = bindings.elements.filter((element) => isNew(element.name));
        const renamed = elements.map((element) =>
          factory.createImportSpecifier(
            element.isTypeOnly,
            element.propertyName ?? (replaced.has(element.name.text) ? element.name : undefined),
            localName(element.name),
          ),
        );
        if (elements.length) named = factory.createNamedImports(renamed);
      }
      if (!name && !named) return [];
      const newClause = factory.updateImportClause(clause, clause.isTypeOnly, name, named);
      const updated = factory.updateImportDeclaration(
        ...[statement, modifiers, newClause, moduleSpecifier, attributes],
      );
      const text = printer.printNode(ts.EmitHint.Unspecified, updated, file);
      return [{ text, ...place }];
    }),
  );
}

/** The name under which a name is imported that a cell declares. */
const imported = (name) => `imported_${name}`;

/** The names that the import statements of a file declare. */
const importedNames = (file) =>
  file.statements.filter(ts.isImportDeclaration).flatMap((statement) => namesOf(ts, statement));

/** The names of the values and functions that a statement declares. */
function declaredNames(statement) {
  const isFunction = ts.isFunctionDeclaration(statement) && statement.body && statement.name;
  return isFunction ? [statement.name.text] : valuesOf(ts, statement);
}

/**
 * The code of a cell without its imports.
 * @param file the cell
 * @param repeated the names that become a `var`
 * @returns one piece for each statement
 */
function codeOf(file, repeated) {
  const last = shownStatement(file);
  return file.statements
    .filter((statement) => !ts.isImportDeclaration(statement))
    .map((statement) => {
      const fullText = statement.getFullText();
      const text = fullText.replace(/^\s*\n/, "");
      const line = lineOf(file, statement.end - text.length);
      if (statement === last) return { text: shown(statement, text), line };
      const isRepeated = declaredNames(statement).some((name) => repeated.has(name));
      const code = isRepeated ? asVar(statement, text) : text;
      // Without it, a next line that starts with a bracket would continue the statement.
      const end = needsSemicolon(statement) && !code.endsWith(";") ? ";" : "";
      return { text: code + end, line };
    });
}

const needsSemicolon = (statement) =>
  ts.isExpressionStatement(statement) || ts.isVariableStatement(statement);

/** The line of a position in a file, from 1. */
const lineOf = (file, position) => file.getLineAndCharacterOfPosition(position).line + 1;

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

/**
 * The statement whose value a notebook shows: an expression at the end of a cell. Calls of `show`,
 * `console` and `assert` have no value.
 */
function shownStatement({ statements }) {
  const last = statements[statements.length - 1];
  if (!last || !ts.isExpressionStatement(last)) return undefined;
  return /^(await\s+)?(show|console|assert)\b/.test(last.getText()) ? undefined : last;
}

/** The statement that shows an expression. Comments before it stay. */
function shown(statement, text) {
  const start = text.length - statement.getText().length;
  return `${text.slice(0, start)}await ${SHOW_LAST}(${statement.expression.getText()});`;
}

/** The import of the library's `show`, where a cell imports the library. */
function showImport(files) {
  const library = files
    .flatMap(({ statements }) => statements.filter(ts.isImportDeclaration))
    .map(({ moduleSpecifier }) => moduleSpecifier.text)
    .find((specifier) => LIBRARY.test(specifier));
  return library ? [{ text: `import { show as ${SHOW} } from "${library}";` }] : [];
}

/** The function that shows the last expression of a cell as the kernel does. */
function showLast(hasShow) {
  return `
/** Shows the last expression of a cell, unless it is undefined or null. */
async function ${SHOW_LAST}(value: unknown) {
  const result = await value;
  if (result != null) ${hasShow ? `await ${SHOW}` : "console.log"}(result);
}`;
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
