/** Downloads a weights file once, and keeps it in a cache. */
import { mkdir, rename } from "node:fs/promises";
import { join } from "node:path";
import { download, type DownloadOptions, type RemoteWeights } from "./fetch";
import { fileSize, hasSha256 } from "./file-check";
import { cacheFolder } from "../util/cache-folder";

/** How a file is downloaded, and where it is kept. */
export interface FetchOptions extends DownloadOptions {
  /** Where the file is kept; by default `cacheFolder()`. */
  readonly cacheFolder?: string;
}

/**
 * The path of a file in the cache; a file that is not there is downloaded. A file with another
 * SHA-256 is never used. An interrupted download is continued, also by a later call.
 * @throws when the address is not allowed, the server refuses, or the content is not the expected
 * file
 */
export async function fetchWeights(
  file: RemoteWeights,
  options: FetchOptions = {},
): Promise<string> {
  const folder = options.cacheFolder ?? cacheFolder();
  const path = join(folder, file.fileName);
  if ((await fileSize(path)) > 0) {
    if (await hasSha256(path, file.sha256)) return path;
    throw new Error(
      `${path} is not the expected file, because its SHA-256 does not begin with ${file.sha256}: remove it`,
    );
  }
  await mkdir(folder, { recursive: true });
  const unfinished = `${path}.part`;
  await download(file, unfinished, options);
  await rename(unfinished, path);
  return path;
}
