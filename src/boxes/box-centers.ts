/**
 * A grid that finds boxes by their centers. Two boxes with an IoU above a threshold have centers
 * that are close to each other, so that non-maximum suppression compares each box with only a few
 * of thousands.
 */
import type { BoxArray } from "../types";

/**
 * Side of a cell, in mean sides of the boxes. A search then reads a few cells with a few boxes
 * each.
 */
const CELL = 0.5;

/** Largest number of cells along an axis. It limits the memory when boxes lie far apart. */
const MAX_CELLS = 256;

/** Relative tolerance. Without it, rounding could exclude a box exactly at the largest distance. */
const TOLERANCE = 1e-5;

/**
 * The largest distance between the centers of two boxes along one axis when their IoU is above the
 * threshold t, in sides of the first box: (1 - t) / 2t.
 *
 * Proof: let the sides along the axis be w and v, and let them overlap by u. The IoU is at most
 * u / (w + v - u), so that u is at least t (w + v) / (1 + t). The centers are at most
 * (w + v) / 2 - u apart, and v is at most w / t. A box has the largest distance when the other
 * box is 1 / t times as long and both end at the same edge.
 */
export function centerReach(iouThreshold: number): number {
  return (1 - iouThreshold) / (2 * iouThreshold);
}

/** A grid over the centers of boxes. A box is found only after it was added. */
export class BoxCenters {
  private readonly cells: number[][];
  private readonly columns: number;
  private readonly rows: number;
  private readonly left: number;
  private readonly top: number;
  private readonly side: number;

  /** @param boxes `[N, 4]`, in any frame; all numbers must be finite */
  constructor(private readonly boxes: BoxArray) {
    let [left, top, right, bottom, sides] = [Infinity, Infinity, -Infinity, -Infinity, 0];
    for (let i = 0; i < boxes.length; i += 4) {
      left = Math.min(left, boxes[i] + boxes[i + 2]);
      right = Math.max(right, boxes[i] + boxes[i + 2]);
      top = Math.min(top, boxes[i + 1] + boxes[i + 3]);
      bottom = Math.max(bottom, boxes[i + 1] + boxes[i + 3]);
      sides += Math.abs(boxes[i + 2] - boxes[i]) + Math.abs(boxes[i + 3] - boxes[i + 1]);
    }
    [left, top, right, bottom] = [left / 2, top / 2, right / 2, bottom / 2];
    const extent = Math.max(right - left, bottom - top);
    this.left = left;
    this.top = top;
    // Numeric trap: the side is 0 when all boxes are the same point. Any other side is right then.
    this.side = Math.max((CELL * 2 * sides) / boxes.length, extent / MAX_CELLS) || 1;
    this.columns = 1 + Math.floor((right - left) / this.side);
    this.rows = 1 + Math.floor((bottom - top) / this.side);
    this.cells = Array.from({ length: this.columns * this.rows }, () => []);
  }

  /** Adds the box at index i. */
  add(i: number): void {
    this.cells[this.row(this.y(i)) * this.columns + this.column(this.x(i))].push(i);
  }

  /**
   * Searches around the center of box i. The search calls `matches` with groups of added boxes, and
   * ends when a call returns true.
   * @param i index of a box, which need not be added
   * @param reach distance in sides of box i: the groups together contain all added boxes whose
   * centers are at most this far away along both axes; they can contain others too
   * @returns whether `matches` returned true
   */
  some(i: number, reach: number, matches: (group: readonly number[]) => boolean): boolean {
    const { boxes, cells, columns } = this;
    const factor = (1 + TOLERANCE) * reach;
    const distanceX = factor * (boxes[4 * i + 2] - boxes[4 * i]) + TOLERANCE;
    const distanceY = factor * (boxes[4 * i + 3] - boxes[4 * i + 1]) + TOLERANCE;
    const [x, y] = [this.x(i), this.y(i)];
    const [first, last] = [this.column(x - distanceX), this.column(x + distanceX)];
    const lastRow = this.row(y + distanceY);
    // The cell of the center comes first: a box that overlaps box i most is probably there.
    const centerCell = this.row(y) * columns + this.column(x);
    if (matches(cells[centerCell])) return true;
    for (let row = this.row(y - distanceY); row <= lastRow; row++) {
      for (let column = first; column <= last; column++) {
        const cell = row * columns + column;
        if (cell !== centerCell && cells[cell].length && matches(cells[cell])) return true;
      }
    }
    return false;
  }

  private x(i: number): number {
    return (this.boxes[4 * i] + this.boxes[4 * i + 2]) / 2;
  }

  private y(i: number): number {
    return (this.boxes[4 * i + 1] + this.boxes[4 * i + 3]) / 2;
  }

  private column(x: number): number {
    return Math.min(Math.max(Math.floor((x - this.left) / this.side), 0), this.columns - 1);
  }

  private row(y: number): number {
    return Math.min(Math.max(Math.floor((y - this.top) / this.side), 0), this.rows - 1);
  }
}
