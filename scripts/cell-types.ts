/**
 * The types of the notebooks' cells. The kernel does not check them strictly, so that a cell may use
 * a value that can be null. Here each notebook is checked with the options of tsconfig.json, as the
 * program that JupyterLab exports.
 */
import { readFileSync } from "fs";
import { join, relative } from "path";
import * as ts from "typescript";
import { programWithPlaces } from "../jupyter/exports/program.cjs";
import { ROOT } from "./command";

/** The parts of a notebook file that are read here. */
interface Notebook {
  readonly cells: readonly { readonly cell_type: string; readonly source: string | string[] }[];
}

/** The program of a notebook, with the place of each of its lines. */
interface NotebookProgram {
  readonly notebook: string;
  readonly cells: Notebook["cells"];
  readonly text: string;
  readonly places: ReturnType<typeof programWithPlaces>["places"];
}

/**
 * Checks the types of the cells of notebooks.
 * @param notebooks absolute paths of the files
 * @returns one line for each fault: the notebook, the number of its code cell, the line in that
 * cell, and what is wrong
 */
export function cellTypeFaults(notebooks: readonly string[]): string[] {
  // Beside its notebook, a program finds what the cells import.
  const programs = new Map(notebooks.map((path) => [`${path}.ts`, readProgram(path)]));
  const options = projectOptions();
  const files = ts.createCompilerHost(options, true);
  const host: ts.CompilerHost = {
    ...files,
    fileExists: (path) => programs.has(path) || files.fileExists(path),
    getSourceFile: (path, version, ...rest) => {
      const program = programs.get(path);
      return program
        ? ts.createSourceFile(path, program.text, version, true)
        : files.getSourceFile(path, version, ...rest);
    },
  };
  const checked = ts.createProgram([...programs.keys()], options, host);
  return Array.from(programs, ([path, program]) =>
    ts
      .getPreEmitDiagnostics(checked, checked.getSourceFile(path))
      .map((fault) => faultText(program, fault)),
  ).flat();
}

function readProgram(notebook: string): NotebookProgram {
  const { cells } = JSON.parse(readFileSync(notebook, "utf8")) as Notebook;
  const sources = cells.map(({ cell_type: type, source }) => ({
    type,
    source: [source].flat().join(""),
  }));
  return { notebook, cells, ...programWithPlaces(sources) };
}

/** The compiler options of the project. */
function projectOptions(): ts.CompilerOptions {
  const file = join(ROOT, "tsconfig.json");
  const { config } = ts.readConfigFile(file, (path) => ts.sys.readFile(path)) as {
    config: { compilerOptions: object };
  };
  const { options } = ts.convertCompilerOptionsFromJson(config.compilerOptions, ROOT, file);
  return options;
}

function faultText({ notebook, cells, places }: NotebookProgram, fault: ts.Diagnostic): string {
  const message = ts.flattenDiagnosticMessageText(fault.messageText, "\n");
  const row = fault.file!.getLineAndCharacterOfPosition(fault.start!).line;
  const place = places[row];
  const name = relative(ROOT, notebook);
  if (!place) return `${name}: ${message}`;
  const code = cells.slice(0, place.cell + 1).filter(({ cell_type: type }) => type === "code");
  return `${name}: cell ${code.length}, line ${place.line}: ${message}`;
}
