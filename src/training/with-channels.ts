/** The channels of a configuration and the sequences that a data set was opened with. */
import { type Config, configure } from "../config/index";
import { sequencesOf } from "../data/channels";
import type { Dataset } from "../data/dataset";

/**
 * The configuration whose channels are the sequences that the data set was opened with: a list in
 * its option `sequence`. Without a list there, the configuration is not changed.
 * @throws when the configuration names other sequences
 */
export function withChannels(config: Config, { formatChoice }: Dataset): Config {
  const opened = formatChoice?.sequence;
  if (opened === undefined || typeof opened === "string") return config;
  const named = sequencesOf(config.data.channels);
  if (named && named.join() !== opened.join())
    throw new Error(
      `data.channels names the sequences ${named.join(", ")}, and the data set was opened with ${opened.join(", ")}: leave one of both out`,
    );
  return configure(config, { data: { channels: opened } });
}
