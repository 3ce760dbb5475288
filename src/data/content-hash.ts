/**
 * A fingerprint of images and labels: two people can tell whether they judged a detector on the
 * same data.
 */
import { createHash } from "crypto";
import { readFile } from "fs/promises";
import { inParallel } from "./formats/yolo/read-yolo";
import type { ImageRecord } from "../types";

/**
 * SHA-256 in hex of all images' ids, files and label files, whatever order they are given in. Files
 * are read as they lie on disk.
 * @throws when one cannot be read
 */
export async function contentHash(images: readonly ImageRecord[]): Promise<string> {
  const sorted = [...images].sort((a, b) => (a.id < b.id ? -1 : 1));
  const lines = await inParallel(sorted, async ({ id, path, labelPath }) => {
    const label = labelPath ? sha256(await readFile(labelPath)) : "no labels";
    return `${JSON.stringify(id)} ${sha256(await readFile(path))} ${label}\n`;
  });
  return sha256(lines.join(""));
}

function sha256(content: string | Buffer): string {
  return createHash("sha256").update(content).digest("hex");
}
