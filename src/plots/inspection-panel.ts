/** What the figures of an inspected image have in common. */
import type { Inspection } from "../inference/inspection";
import type { NetworkBox } from "../types";
import { type BoxGroup, type BoxStyle } from "./box-groups";
import { COLORS } from "./figure";
import type { Panel } from "./panels";
import { pictureFromPixels } from "./picture";

/** A single large panel. */
export const SINGLE = { columns: 1, side: 360 } as const;

/** Boxes before and after a stage of the detector. */
export const BEFORE: BoxStyle = { color: COLORS.sky, dash: "dot", width: 1 };
export const AFTER: BoxStyle = { color: COLORS.orange, dash: "solid", width: 1.5 };

/** The input of the network with boxes. */
export async function inputPanel(
  { image }: Inspection,
  title: string,
  groups: readonly BoxGroup<NetworkBox>[],
): Promise<Panel<NetworkBox>> {
  const { size } = image.letterbox;
  return {
    picture: await pictureFromPixels({ pixels: image.pixels, width: size, height: size }),
    title,
    groups,
  };
}
