/** A cell of a notebook. */
export interface ProgramCell {
  readonly type: string;
  readonly source: string;
}

/** Where a line of a program comes from. */
export interface Place {
  /** Index of the cell. */
  readonly cell: number;
  /** Line in the cell, from 1. */
  readonly line: number;
}

/** The program of a notebook, and the place of each of its lines. */
export function programWithPlaces(cells: readonly ProgramCell[]): {
  readonly text: string;
  readonly places: readonly (Place | null)[];
};
