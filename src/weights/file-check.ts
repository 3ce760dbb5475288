/** Size and SHA-256 of files. */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { pipeline } from "node:stream/promises";
import { requireNamedFile } from "../util/regular-file";

/**
 * Whether the SHA-256 of a file begins with the given hexadecimal digits.
 * @throws when it cannot be read, or is not a regular file; the message names the path
 */
export async function hasSha256(path: string, sha256: string): Promise<boolean> {
  requireNamedFile(path);
  const hash = createHash("sha256");
  await pipeline(createReadStream(path), hash);
  return hash.digest("hex").startsWith(sha256.toLowerCase());
}

/** Bytes of a file; 0 if it does not exist. */
export async function fileSize(path: string): Promise<number> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return 0;
    throw error;
  }
}
