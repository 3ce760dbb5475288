/**
 * Anchors on several feature maps (feature pyramids, Lin et al. 2017, section 4.1): each map has its
 * own sizes, so that one map has anchors of about one scale.
 */
import type { AnchorConfig } from "../config/index";
import type { NetworkBoxes } from "../types";
import { type AnchorGrid, generateAnchors } from "./anchors";
import { concatBoxes } from "./box";

/**
 * Divides the sizes of the anchors evenly among several maps, in their order (feature pyramids, Lin
 * et al. 2017, section 4.1).
 * @param config sizes by rising size; their number is a multiple of `count`
 * @param count number of maps, finest first
 * @returns the anchors of each map
 * @throws when the sizes cannot be divided evenly
 * @example
 * const [ofLevel3, ofLevel4] = anchorsByLevel({ ...config.anchors, sizes: [20, 30, 40, 60] }, 2);
 */
export function anchorsByLevel(config: AnchorConfig, count: number): AnchorConfig[] {
  const sizes = config.sizes.length / count;
  if (!Number.isInteger(sizes))
    throw new Error(
      `anchorsByLevel: ${config.sizes.length} sizes cannot be divided evenly among ${count} levels`,
    );
  return Array.from({ length: count }, (_, i) => ({
    ...config,
    sizes: config.sizes.slice(i * sizes, (i + 1) * sizes),
  }));
}

/**
 * Makes the anchors of several maps, map by map: those of the finest map first.
 * @param config the sizes are divided among the maps as in `anchorsByLevel`
 * @param grids the maps, finest first
 * @returns `[A, 4]`
 * @throws when the sizes cannot be divided evenly
 * @example
 * const anchors = generateLevelAnchors(config.anchors, anchorGrids([8, 16, 32], 320));
 */
export function generateLevelAnchors(
  config: AnchorConfig,
  grids: readonly AnchorGrid[],
): NetworkBoxes {
  const configs = anchorsByLevel(config, grids.length);
  return concatBoxes(grids.map((grid, level) => generateAnchors(configs[level], grid)));
}

/**
 * The cells of the feature maps of a square input.
 * @param strides of the maps, in pixels of the network's input
 * @param imageSize side of the input, in pixels
 */
export function anchorGrids(strides: readonly number[], imageSize: number): AnchorGrid[] {
  return strides.map((stride) => {
    const cells = Math.ceil(imageSize / stride);
    return { stride, rows: cells, columns: cells };
  });
}

/** The anchors of one map among those of all maps. */
export interface AnchorLevel extends AnchorGrid {
  /** Index of the first anchor of the map. */
  readonly start: number;
  /** Number of anchors of the map. */
  readonly count: number;
  /** Number of anchors at each cell. */
  readonly perCell: number;
}

/**
 * Finds the anchors of each map in the list of all anchors. Each cell has the same number of them.
 * @param grids the maps, in the order of the anchors
 * @param anchorCount number of all anchors
 */
export function anchorLevels(grids: readonly AnchorGrid[], anchorCount: number): AnchorLevel[] {
  const cells = grids.reduce((sum, { rows, columns }) => sum + rows * columns, 0);
  const perCell = anchorCount / cells;
  let end = 0;
  return grids.map((grid) => {
    const count = grid.rows * grid.columns * perCell;
    const start = end;
    end += count;
    return { ...grid, start, count, perCell };
  });
}
