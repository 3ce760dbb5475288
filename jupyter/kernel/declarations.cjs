/**
 * The variables that a cell declares. When a cell fails, those that already have a value stay, as
 * in other kernels; tslab would forget all of them.
 */
"use strict";

/**
 * The names of the variables, classes and enums that a cell declares at its top level.
 * @param ts the compiler
 * @param source TypeScript of the cell
 */
exports.declaredValues = (ts, source) => {
  const names = [];
  const file = ts.createSourceFile("cell.ts", source, ts.ScriptTarget.ES2022, true);
  for (const statement of file.statements) names.push(...valuesOf(ts, statement));
  return names;
};

/**
 * The declarations after a cell that failed.
 * @param ts the compiler
 * @param declarations
 * @param declarations.before the declarations before the cell, as text of a .d.ts file
 * @param declarations.after what they would be if the cell had not failed
 * @param declarations.missing names that the cell declares and that have no value from it
 * @returns those after the cell; a missing name has its declaration from before, if there is one
 */
exports.declarationsAfterFailure = (ts, { before, after, missing }) => {
  const isMissing = (name) => missing.has(name);
  return (
    declarationsText(ts, after, { isWanted: (name) => !isMissing(name) }) +
    declarationsText(ts, before, { isWanted: isMissing, hasTypes: false })
  );
};

/**
 * The declarations of a .d.ts file with only some of its values.
 * @param options.isWanted whether the result has the value with a name
 * @param options.hasTypes whether the result has all imports, types and functions; otherwise it has
 * the imports of wanted names
 */
function declarationsText(ts, text, { isWanted, hasTypes = true }) {
  const file = ts.createSourceFile("cell.d.ts", text, ts.ScriptTarget.ES2022, true);
  const printer = ts.createPrinter();
  const texts = file.statements.flatMap((statement) => {
    const names = hasTypes ? valuesOf(ts, statement) : namesOf(ts, statement);
    const wanted = names.length ? withValues(ts, statement, isWanted) : hasTypes && statement;
    return wanted ? [printer.printNode(ts.EmitHint.Unspecified, wanted, file)] : [];
  });
  return texts.map((line) => `${line}\n`).join("");
}

/** A statement with only some of the names that it declares; null when none is left. */
function withValues(ts, statement, isWanted) {
  if (ts.isImportDeclaration(statement)) return withImports(ts, statement, isWanted);
  if (!ts.isVariableStatement(statement)) return isWanted(statement.name.text) ? statement : null;
  const { declarationList, modifiers } = statement;
  const declarations = declarationList.declarations.filter(({ name }) => isWanted(name.text));
  if (!declarations.length) return null;
  const list = ts.factory.updateVariableDeclarationList(declarationList, declarations);
  return ts.factory.updateVariableStatement(statement, modifiers, list);
}

/** An import of only some of the names; null when none is left. */
function withImports(ts, statement, isWanted) {
  const { importClause: clause, modifiers, moduleSpecifier, assertClause } = statement;
  const wanted = (node) => (node?.name && isWanted(node.name.text) ? node : undefined);
  const { namedBindings: bindings } = clause;
  const elements = bindings?.elements?.filter(wanted) ?? [];
  const named = elements.length ? ts.factory.createNamedImports(elements) : wanted(bindings);
  const name = wanted(clause) && clause.name;
  if (!name && !named) return null;
  const updated = ts.factory.updateImportClause(clause, clause.isTypeOnly, name, named);
  return ts.factory.updateImportDeclaration(
    ...[statement, modifiers, updated, moduleSpecifier, assertClause],
  );
}

/**
 * The import statements among declarations.
 * @param ts the compiler
 * @param declarations text of a .d.ts file
 */
exports.importsIn = (ts, declarations) =>
  ts
    .createSourceFile("cell.d.ts", declarations, ts.ScriptTarget.ES2022, true)
    .statements.filter(ts.isImportDeclaration)
    .map((statement) => statement.getText())
    .join("\n");

/** The names of the values that a statement declares or imports. */
function namesOf(ts, statement) {
  const clause = ts.isImportDeclaration(statement) && statement.importClause;
  if (!clause) return valuesOf(ts, statement);
  const { namedBindings: bindings } = clause;
  return [clause, ...(bindings?.elements ?? [bindings])].flatMap((node) =>
    node?.name ? [node.name.text] : [],
  );
}

exports.namesOf = namesOf;

/** The names of the variables, the class or the enum that a statement declares. */
function valuesOf(ts, statement) {
  if (ts.isVariableStatement(statement))
    return statement.declarationList.declarations.flatMap(({ name }) => namesIn(ts, name));
  if (ts.isClassDeclaration(statement) || ts.isEnumDeclaration(statement))
    return statement.name ? [statement.name.text] : [];
  return [];
}

exports.valuesOf = valuesOf;

/** The names in a variable's name or pattern. */
function namesIn(ts, name) {
  if (ts.isIdentifier(name)) return [name.text];
  return name.elements.flatMap((element) =>
    ts.isOmittedExpression(element) ? [] : namesIn(ts, element.name),
  );
}
