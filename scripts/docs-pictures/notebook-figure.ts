/** Finds a figure among the outputs of an executed notebook. */
import { createHash } from "crypto";
import { readFileSync } from "fs";
import type { PictureSource } from "./picture-list";

const SVG = "image/svg+xml";

/** The parts of a notebook file that are read here; texts are strings or lists of lines. */
interface Notebook {
  readonly cells: readonly {
    readonly cell_type: string;
    readonly source: string | readonly string[];
    readonly outputs?: readonly { readonly data?: Readonly<Record<string, unknown>> }[];
  }[];
}

/** A figure as the notebook holds it. */
export interface NotebookFigure {
  readonly svg: string;
  /** SHA-256 of the SVG. */
  readonly sha256: string;
}

/**
 * The SVG of the figure that a row of the list names.
 * @param path of the notebook
 * @throws when the notebook has no such cell, or the cell has no such figure; names both and what
 * to do
 */
export function notebookFigure(
  path: string,
  { picture, cell, figure }: Pick<PictureSource, "picture" | "cell" | "figure">,
): NotebookFigure {
  const { cells } = JSON.parse(readFileSync(path, "utf8")) as Notebook;
  const matches = cells.map(
    ({ cell_type, source }) => cell_type === "code" && cell.test(joined(source)),
  );
  const index = matches.lastIndexOf(true);
  const remedy = `Correct the row of ${picture} in scripts/docs-pictures/picture-list.ts, or execute the notebook with 'npm run notebooks -- --in-place'.`;
  if (index < 0)
    throw new Error(
      `${path}: no code cell matches ${cell}, which ${picture} is made from. ${remedy}`,
    );
  const figures = (cells[index].outputs ?? []).flatMap(({ data }) =>
    data && SVG in data ? [joined(data[SVG])] : [],
  );
  if (!(figure in figures))
    throw new Error(
      `${path}: cell ${index + 1}, which matches ${cell}, shows ${figures.length} figures as SVG; ${picture} is made from figure ${figure} (counted from 0). ${remedy}`,
    );
  const svg = figures[figure];
  return { svg, sha256: createHash("sha256").update(svg).digest("hex") };
}

function joined(text: unknown): string {
  return Array.isArray(text) ? text.join("") : String(text);
}
