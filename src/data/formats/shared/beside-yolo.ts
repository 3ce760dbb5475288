/** The confidence of a format whose annotation files may lie beside YOLO label files. */
import type { Recognition } from "../format";
import { yolo } from "../yolo/yolo";

/**
 * `high`, unless the folder is a YOLO data set: people convert other formats to YOLO, and the label
 * files are then the ones in use.
 */
export async function confidenceBesideYolo(folder: string): Promise<Recognition["confidence"]> {
  const recognition = await yolo.recognize(folder);
  return recognition?.confidence === "high" ? "medium" : "high";
}
