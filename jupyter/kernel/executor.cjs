/**
 * Runs cells with the executor of tslab 1.0.22 and adds habits of other kernels: a cell that fails
 * or is stopped keeps the variables that have a value; a stopped cell writes nothing into later
 * cells; the last expression is shown in a few lines; errors name the line of the cell.
 */
"use strict";

const { relative } = require("path");
const { isNativeError: isError } = require("util").types;
const { calleePosition } = require("./cell-source.cjs");
const { Cell, latestCell } = require("./cells.cjs");
const { declarationsAfterFailure, declaredValues, importsIn } = require("./declarations.cjs");
const { collectReplaced, ownersIn } = require("./replaced-values.cjs");
const { showLastExpression } = require("./last-expression.cjs");
const { completePath } = require("./path-completion.cjs");
const { errorText, rememberCell } = require("./stack-traces.cjs");

/** The code of Node's error when the stop button ends code that waits for nothing. */
const INTERRUPTED = "ERR_SCRIPT_EXECUTION_INTERRUPTED";
const STOPPED =
  "Stopped. Variables that already have a value are kept. Work that waits for something may end later; its output is not shown.";

/**
 * @param options
 * @param options.ts the compiler
 * @param options.createExecutor tslab's own function
 * @returns a function in its place
 */
exports.executorWithHabits =
  ({ ts, createExecutor }) =>
  (rootDir, converters, console) => {
    /** Types of all variables of the cells so far, as text of a .d.ts file. */
    let declarations = "";
    let converted = null;
    let failures = [];
    let count = 0;

    const node = {
      convert(_, cell) {
        converted = converters.node.convert(declarations, cell);
        if (!converted.output) return converted;
        const { source, modules, lastExpressionVar: last } = converted;
        rememberCell(count, { source, modules });
        // A promise is awaited within the cell: it can fail, and the stop button ends the wait.
        const awaited = last ? `exports.${last} = await exports.${last};\n` : "";
        return {
          ...converted,
          output: `${converted.output}\n${awaited}//# sourceURL=cell-${count}.ts`,
          hasToplevelAwait: converted.hasToplevelAwait || last !== undefined,
          // tslab would print the whole last expression.
          lastExpressionVar: undefined,
        };
      },
      inspect(_, source, position) {
        const info = converters.node.inspect(declarations, source, position);
        if (info) return info;
        const callee = calleePosition(ts, source, position);
        return callee && converters.node.inspect(declarations, source, callee);
      },
      complete: (_, source, position) =>
        completePath(ts, source, position) ??
        converters.node.complete(declarations, source, position),
      addModule: (...parameters) => converters.node.addModule(...parameters),
    };
    const inner = createExecutor(
      rootDir,
      {
        node,
        get browser() {
          return converters.browser;
        },
        close: () => converters.close(),
      },
      { log: console.log, error: (...parameters) => failures.push(parameters) },
    );
    const values = inner.locals;
    const printable = (value) => (isError(value) ? errorText(ts, value) : value);

    /** Keeps what a failed cell declared and assigned, and what it did not reach as it was. */
    const keepAssigned = (names, before) => {
      const missing = new Set(names.filter((name) => values[name] === undefined));
      for (const name of missing) {
        if (before.has(name)) values[name] = before.get(name);
        else delete values[name];
      }
      declarations = declarationsAfterFailure(ts, {
        before: declarations,
        after: converted.declOutput ?? "",
        missing,
      });
    };

    /**
     * Imports again what earlier cells imported, when a source was edited: these names run the new
     * code.
     */
    const importEdited = async (cell) => {
      const edited = converters.node.takeEdited().map((path) => relative(process.cwd(), path));
      const imports = importsIn(ts, declarations);
      if (!edited.length || !imports) return;
      failures = [];
      const isDone = await cell.run(() => inner.execute(imports));
      const were = `${edited.join(", ")} ${edited.length === 1 ? "was" : "were"} edited`;
      if (!isDone) {
        console.error(`${were}. Imported names run the old code, because the new one has errors:`);
        for (const parameters of failures) console.error(...parameters.map(printable));
      } else if (converted.isReloading) {
        console.error(
          `${were}. Imported names run the new code. Objects that exist, such as a detector, keep the old code.`,
        );
      }
    };

    const execute = async (source) => {
      const cell = new Cell();
      count++;
      await importEdited(cell);
      converted = null;
      failures = [];
      const names = declaredValues(ts, source);
      const before = new Map(
        names.filter((name) => name in values).map((name) => [name, values[name]]),
      );
      const owners = ownersIn(values);
      const isDone = await cell.run(() => inner.execute(source));
      if (!isDone) {
        // A cell that was not compiled declares nothing.
        if (converted?.output) keepAssigned(names, before);
        for (const parameters of failures) {
          const isStopped = cell.isStopped || parameters[0]?.code === INTERRUPTED;
          console.error(...(isStopped ? [STOPPED] : parameters.map(printable)));
        }
        return false;
      }
      if (!converted) return true;
      declarations = converted.declOutput ?? "";
      const { lastExpressionVar } = converted;
      if (lastExpressionVar && values[lastExpressionVar] != null) {
        const value = values[lastExpressionVar];
        delete values[lastExpressionVar];
        try {
          await cell.run(() => showLastExpression(value, console));
        } catch (error) {
          // A value that cannot be shown, such as an object with a getter that throws.
          console.error(printable(error));
          return false;
        }
      }
      collectReplaced(owners, values);
      // A cell that ended by itself after the stop button still stops those that wait.
      return !cell.isStopped;
    };

    return {
      ...inner,
      execute,
      interrupt() {
        if (!latestCell()?.stop()) inner.interrupt();
      },
      reset() {
        declarations = "";
        inner.reset();
      },
    };
  };
