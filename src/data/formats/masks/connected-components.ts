/**
 * Connected components of a mask, by union-find over runs of equal pixels.
 *
 * Of the npm libraries only image-js is well kept and has this. It is not used, because it is an ES
 * module, which the notebooks' CommonJS kernel can load only in Node 20.19 and later, and because
 * it brings 50 other packages.
 */
import type { Box } from "../../../types";
import type { Size } from "../shared/described-image";

/** A set of pixels of one value that touch each other. */
export interface Region {
  readonly value: number;
  /** Number of pixels. */
  readonly area: number;
  /** Edges of its pixels: a region of one pixel is 1 wide. */
  readonly box: Box;
}

/** A run of equal pixels in a row, from `start` to before `end`. */
interface Run {
  readonly start: number;
  readonly end: number;
  readonly value: number;
  readonly component: number;
}

/** A component while it grows. Those that were united point to another one. */
interface Component {
  parent: number;
  readonly value: number;
  area: number;
  readonly box: [number, number, number, number];
}

/**
 * Finds the connected components of all pixels that are not 0. Pixels touch at their sides and at
 * their corners. The time grows linearly with the number of pixels.
 * @param values of the pixels, row by row
 * @param limit components that may be found at most; parts that meet further down count as several
 * until then
 * @returns the components in the order of their first pixels; null if there are more than `limit`
 */
export function connectedComponents(
  values: ArrayLike<number>,
  { width, height }: Size,
  limit = Infinity,
): Region[] | null {
  const components: Component[] = [];
  let united = 0;
  let above: Run[] = [];
  for (let row = 0; row < height; row++) {
    const runs: Run[] = [];
    // The first run above that may touch the next run.
    let next = 0;
    for (const { start, end, value } of runsOf(values, row * width, width)) {
      let component = -1;
      while (next < above.length && above[next].end < start) next++;
      for (let at = next; at < above.length && above[at].start <= end; at++) {
        if (above[at].value !== value) continue;
        const other = rootOf(components, above[at].component);
        if (component < 0) component = other;
        else if (component !== other) {
          component = unite(components, component, other);
          united++;
        }
      }
      if (component < 0) {
        component = components.length;
        components.push({ parent: component, value, area: 0, box: [start, row, end, row + 1] });
        if (components.length - united > limit) return null;
      }
      addRun(components[component], start, end, row);
      runs.push({ start, end, value, component });
    }
    above = runs;
  }
  return components
    .filter(({ parent }, index) => parent === index)
    .map(({ value, area, box }) => ({ value, area, box }));
}

/** The runs of a row whose pixels are not 0. */
function runsOf(
  values: ArrayLike<number>,
  offset: number,
  width: number,
): Omit<Run, "component">[] {
  const runs: Omit<Run, "component">[] = [];
  for (let start = 0; start < width;) {
    const value = values[offset + start];
    let end = start + 1;
    while (end < width && values[offset + end] === value) end++;
    if (value !== 0) runs.push({ start, end, value });
    start = end;
  }
  return runs;
}

/** The component that a component was united with, after all unions; shortens the way to it. */
function rootOf(components: readonly Component[], index: number): number {
  let root = index;
  while (components[root].parent !== root) {
    components[root].parent = components[components[root].parent].parent;
    root = components[root].parent;
  }
  return root;
}

/** Unites two components. The older one remains, so that the order of components stays. */
function unite(components: readonly Component[], a: number, b: number): number {
  const [older, younger] = a < b ? [a, b] : [b, a];
  const [into, from] = [components[older], components[younger]];
  from.parent = older;
  into.area += from.area;
  for (const side of [0, 1]) {
    into.box[side] = Math.min(into.box[side], from.box[side]);
    into.box[side + 2] = Math.max(into.box[side + 2], from.box[side + 2]);
  }
  return older;
}

function addRun(component: Component, start: number, end: number, row: number): void {
  const { box } = component;
  component.area += end - start;
  box[0] = Math.min(box[0], start);
  box[2] = Math.max(box[2], end);
  box[3] = Math.max(box[3], row + 1);
}
