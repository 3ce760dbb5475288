/**
 * Connected components: the parts of a mask whose voxels are neighbors.
 *
 * Of the npm libraries only image-js is well kept and finds them, in images alone. It is not used:
 * it is an ES module, which the notebooks' kernel cannot load in Node before 20.19, and it brings
 * 50 packages.
 */

/** A part of a mask. */
export interface Component {
  /** Number of voxels. */
  readonly size: number;
  /** The part in each slice that it reaches, by the index of the slice. */
  readonly slices: ReadonlyMap<number, ComponentSlice>;
}

/** What a component covers in one slice, in voxels: `x2` and `y2` are behind the last one. */
export interface ComponentSlice {
  readonly x1: number;
  readonly y1: number;
  readonly x2: number;
  readonly y2: number;
  /** Number of voxels. */
  readonly area: number;
}

/**
 * The connected components of a mask, in the order of their first voxels. Voxels are neighbors when
 * they touch at a face, an edge or a corner: 26 neighbors in three dimensions, 8 in an image, which
 * is a mask with a depth of 1.
 * @param mask `[depth, height, width]`, row by row: 0 outside, any other number inside. The
 * function sets all voxels to 0
 * @param shape the number of voxels along each axis
 * @param limit the search ends after this number of components
 */
export function connectedComponents(
  mask: Uint8Array,
  shape: { readonly width: number; readonly height: number; readonly depth: number },
  limit = Infinity,
): Component[] {
  const components: Component[] = [];
  for (let start = 0; start < mask.length && components.length < limit; start++)
    if (mask[start]) components.push(takeComponent(mask, shape, start));
  return components;
}

/** The component of a voxel. Its voxels are removed from the mask. */
function takeComponent(
  mask: Uint8Array,
  shape: { readonly width: number; readonly height: number; readonly depth: number },
  start: number,
): Component {
  const { width, height, depth } = shape;
  const slices = new Map<number, { -readonly [K in keyof ComponentSlice]: number }>();
  let size = 0;
  // Voxels that belong to the component and whose neighbors have not been visited.
  const open = [start];
  mask[start] = 0;
  for (let voxel = open.pop(); voxel !== undefined; voxel = open.pop()) {
    const x = voxel % width;
    const y = Math.floor(voxel / width) % height;
    const z = Math.floor(voxel / (width * height));
    size++;
    const slice = slices.get(z);
    if (slice) {
      slice.x1 = Math.min(slice.x1, x);
      slice.y1 = Math.min(slice.y1, y);
      slice.x2 = Math.max(slice.x2, x + 1);
      slice.y2 = Math.max(slice.y2, y + 1);
      slice.area++;
    } else slices.set(z, { x1: x, y1: y, x2: x + 1, y2: y + 1, area: 1 });
    for (let nz = Math.max(0, z - 1); nz <= Math.min(depth - 1, z + 1); nz++)
      for (let ny = Math.max(0, y - 1); ny <= Math.min(height - 1, y + 1); ny++)
        for (let nx = Math.max(0, x - 1); nx <= Math.min(width - 1, x + 1); nx++) {
          const neighbor = (nz * height + ny) * width + nx;
          if (!mask[neighbor]) continue;
          mask[neighbor] = 0;
          open.push(neighbor);
        }
  }
  return { size, slices };
}
