/** The mean of several boxes. The original experiment answered with it for every image. */
import type { Box, BoxArray } from "../types";
import { boxAt, boxCount } from "./box";

/**
 * The mean of boxes, edge by edge. For two tumors the mean is one box between them, which can touch
 * neither. The project has this function to show this fault.
 * @param boxes `[N, 4]`, in any frame
 * @returns a box in the same frame
 * @throws when there is no box
 */
export function meanBox(boxes: BoxArray): Box {
  const count = boxCount(boxes);
  if (!count) throw new Error("meanBox: there is no box to average");
  const sum = [0, 0, 0, 0];
  for (let i = 0; i < count; i++) boxAt(boxes, i).forEach((edge, side) => (sum[side] += edge));
  return [sum[0] / count, sum[1] / count, sum[2] / count, sum[3] / count];
}
