/** The folder for files that spare work when it is done again. */
import { homedir } from "os";
import { join } from "path";

/**
 * The folder of downloaded files and of checked images: `FRCNN_CACHE`, or by default
 * `.cache/faster-rcnn-notebooks` in the home folder.
 * @param environment the environment variables
 */
export function cacheFolder(
  environment: Readonly<Record<string, string | undefined>> = process.env,
): string {
  return environment.FRCNN_CACHE || join(homedir(), ".cache", "faster-rcnn-notebooks");
}
