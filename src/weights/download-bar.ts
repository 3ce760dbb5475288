/** A progress bar on stderr for downloads; a line now and then if stderr is not a terminal. */
import { Presets, SingleBar } from "cli-progress";
import type { DownloadOptions } from "./fetch";

const BYTES_PER_MEGABYTE = 1e6;
/** Milliseconds between two lines if stderr is not a terminal. */
const LINE_PAUSE = 5000;

/**
 * Makes a progress bar.
 * @returns `onProgress` shows the bar when the first bytes arrive; `stop` ends it
 */
export function downloadBar(): {
  onProgress: NonNullable<DownloadOptions["onProgress"]>;
  stop: () => void;
} {
  const bar = new SingleBar(
    {
      stream: process.stderr,
      noTTYOutput: true,
      notTTYSchedule: LINE_PAUSE,
      format: "{file} {bar} {percentage}% of {total} MB, {eta_formatted} left",
    },
    Presets.shades_classic,
  );
  return {
    onProgress({ file, done, total }) {
      const megabytes = (bytes: number) => Number((bytes / BYTES_PER_MEGABYTE).toFixed(1));
      if (bar.isActive) bar.update(megabytes(done));
      else bar.start(megabytes(total), megabytes(done), { file });
    },
    stop: () => bar.stop(),
  };
}
