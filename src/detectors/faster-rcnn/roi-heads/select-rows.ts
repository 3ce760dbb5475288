/** Selects the rows of one image in the refined RoIs of a batch. */
import type { CascadeResult } from "./cascade";

/** The rows of one image in the result for a batch. */
export interface RowRange {
  /** Index of the first row. */
  readonly first: number;
  readonly count: number;
  /** Number of classes. */
  readonly classes: number;
}

/** Selects the rows of one image. */
export function selectRows(
  { stages, boxes, foreground, classProbabilities }: CascadeResult,
  { first, count, classes }: RowRange,
): CascadeResult {
  const rows = (values: Float32Array, size: number) =>
    values.slice(size * first, size * (first + count));
  return {
    stages: stages.map((stage) => ({
      boxes: rows(stage.boxes, 4),
      foreground: rows(stage.foreground, 1),
      classProbabilities: rows(stage.classProbabilities, classes),
    })),
    boxes: rows(boxes, 4),
    foreground: rows(foreground, 1),
    classProbabilities: rows(classProbabilities, classes),
  };
}
