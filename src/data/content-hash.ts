/**
 * A fingerprint of images and labels. It shows whether two people evaluated a detector on the same
 * data.
 */
import { createHash } from "crypto";
import { inParallel } from "../util/in-parallel";
import { readRegularFile } from "../util/regular-file";
import type { ImageRecord } from "../types";

/**
 * SHA-256 of the ids, image files and label files of all images, in hexadecimal. The order of the
 * images does not matter. The files' bytes are hashed as they are on disk.
 * @throws when a file cannot be read
 */
export async function contentHash(images: readonly ImageRecord[]): Promise<string> {
  const sorted = [...images].sort((a, b) => (a.id < b.id ? -1 : 1));
  // Images may share a file: each file is read once.
  const hashes = new Map<string, Promise<string>>();
  const fileHash = (path: string): Promise<string> => {
    const hash = hashes.get(path) ?? readRegularFile(path).then(sha256);
    hashes.set(path, hash);
    return hash;
  };
  const lines = await inParallel(sorted, async ({ id, path, labelPath }) => {
    const label = labelPath ? await fileHash(labelPath) : "no labels";
    return `${JSON.stringify(id)} ${await fileHash(path)} ${label}\n`;
  });
  return sha256(lines.join(""));
}

function sha256(content: string | Buffer): string {
  return createHash("sha256").update(content).digest("hex");
}
