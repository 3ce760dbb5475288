/** Recognizes a figure that a picture was drawn from. */
import { createHash } from "crypto";
import type { Figure } from "../../src/plots/figure";

/** SHA-256 of a figure as JSON. */
export function figureHash(figure: Figure): string {
  return createHash("sha256").update(JSON.stringify(figure)).digest("hex");
}
