/**
 * Boxes found by where their centers lie. Boxes whose IoU is above a threshold cannot have their
 * centers far apart, so that of thousands only a few have to be compared.
 */

/**
 * Sides of the cells in units of the boxes' mean side: a search then looks into a few cells with a
 * few boxes each.
 */
const CELL = 0.5;

/**
 * At most so many cells along an axis: boxes far from all others must not make a grid of nothing.
 */
const MOST_CELLS = 256;

/** Keeps rounding from cutting off a box right at the bound. */
const SLACK = 1e-5;

/**
 * How far the center of a box may lie from another's along one axis, in units of the other's side,
 * when their IoU is above the threshold t: (1 - t) / 2t. With sides w and v that overlap by u the
 * IoU is at most u / (w + v - u), so u is at least t (w + v) / (1 + t), and the centers are (w + v)
 * / 2 - u apart; v is at most w / t. A box flush with the end of one 1 / t times as long has just
 * this distance.
 */
export function centerReach(iouThreshold: number): number {
  return (1 - iouThreshold) / (2 * iouThreshold);
}

export class BoxCenters {
  private readonly cells: number[][];
  private readonly columns: number;
  private readonly rows: number;
  private readonly left: number;
  private readonly top: number;
  private readonly side: number;

  /** @param boxes `[N, 4]`, finite; none is in the grid before `add` */
  constructor(private readonly boxes: ArrayLike<number>) {
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
    // Any side at all where every box is a point on the same spot.
    this.side = Math.max((CELL * 2 * sides) / boxes.length, extent / MOST_CELLS) || 1;
    this.columns = 1 + Math.floor((right - left) / this.side);
    this.rows = 1 + Math.floor((bottom - top) / this.side);
    this.cells = Array.from({ length: this.columns * this.rows }, () => []);
  }

  add(i: number): void {
    this.cells[this.row(this.y(i)) * this.columns + this.column(this.x(i))].push(i);
  }

  /**
   * Whether `matches` holds for any of the groups of added boxes that together have all those whose
   * centers are within `reach` times the i-th box's sides of its own.
   */
  some(i: number, reach: number, matches: (group: readonly number[]) => boolean): boolean {
    const { boxes, cells, columns } = this;
    const far = (1 + SLACK) * reach;
    const distanceX = far * (boxes[4 * i + 2] - boxes[4 * i]) + SLACK;
    const distanceY = far * (boxes[4 * i + 3] - boxes[4 * i + 1]) + SLACK;
    const [x, y] = [this.x(i), this.y(i)];
    const [first, last] = [this.column(x - distanceX), this.column(x + distanceX)];
    const lastRow = this.row(y + distanceY);
    // What overlaps it most is likely in its own cell.
    const own = this.row(y) * columns + this.column(x);
    if (matches(cells[own])) return true;
    for (let row = this.row(y - distanceY); row <= lastRow; row++) {
      for (let column = first; column <= last; column++) {
        const cell = row * columns + column;
        if (cell !== own && cells[cell].length && matches(cells[cell])) return true;
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
