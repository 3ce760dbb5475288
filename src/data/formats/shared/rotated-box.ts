/** Boxes that are drawn at an angle, as CVAT writes them: the box before it, and degrees. */
import type { Box } from "../../../types";

/** A rotation in degrees; 0 if the value is none. */
export function rotationOf(value: unknown): number {
  const degrees = typeof value === "string" && value.trim() ? Number(value) : value;
  return typeof degrees === "number" && Number.isFinite(degrees) ? degrees : 0;
}

/**
 * The box around a rotated one.
 * @param box before it is rotated around its center, in pixels
 */
export function boxAroundRotated([x1, y1, x2, y2]: Box, degrees: number): Box {
  const angle = (degrees * Math.PI) / 180;
  const [cos, sin] = [Math.abs(Math.cos(angle)), Math.abs(Math.sin(angle))];
  const [width, height] = [x2 - x1, y2 - y1];
  const across = (width * cos + height * sin) / 2;
  const down = (width * sin + height * cos) / 2;
  const [x, y] = [(x1 + x2) / 2, (y1 + y2) / 2];
  return [x - across, y - down, x + across, y + down];
}

/** What a warning says about rotated boxes. */
export function rotatedBoxes(count: number): string {
  return `boxes that are drawn at an angle became the boxes around them: ${count}`;
}
