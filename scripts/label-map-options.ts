/** Options of commands that read a data set of scans with label maps. */
import type { Command } from "commander";
import { type Config, SEQUENCE_COUNTS } from "../src/config/index";
import { sequencesOf } from "../src/data/channels";
import type { FormatOptions } from "../src/data/formats/format";
import { PLANES } from "../src/data/volumes/geometry";
import { nameList, namePairs, oneOf, plainText, wholeNumber } from "./command";

/** The options, as they are on the command line. */
export type LabelMapOptions = Pick<
  FormatOptions,
  "plane" | "every" | "lesionFree" | "sequence" | "labels" | "labelMap" | "minArea"
>;

/** Adds the options. */
export function withLabelMapOptions(command: Command): Command {
  return command
    .option(
      "--plane <plane>",
      `for scans with label maps: plane of the slices, ${PLANES.join(", ")}; default: axial`,
      oneOf("--plane", PLANES),
    )
    .option(
      "--every <number>",
      "for scans with label maps: every n-th slice; default: slices about 5 mm apart",
      wholeNumber("--every", 1),
    )
    .option(
      "--lesion-free <number>",
      "for scans with label maps: slices without a lesion of each scan; default: 2",
      wholeNumber("--lesion-free", 0),
    )
    .option(
      "--sequence <names>",
      "for scans with label maps: a part of the name of the sequence to read, or two or three names with commas for sequences as channels, for example t1ce,flair; default: T1 after contrast agent",
      sequenceNames,
    )
    .option(
      "--labels <pairs>",
      "for scans with label maps: classes and their values, for example tumor=1+4,edema=2",
      labelValues,
    )
    .option(
      "--label-map <text>",
      "for scans with label maps: a part of the names of the label maps; default: words such as seg",
      plainText("--label-map"),
    )
    .option(
      "--min-area <number>",
      "for masks, figshare and scans with label maps: pixels of the smallest region that is a box; default: 1, in label maps 10",
      wholeNumber("--min-area", 1),
    );
}

/** Parses `flair`, or `t1ce,flair`. */
function sequenceNames(text: string): string | string[] {
  const names = nameList("--sequence")(text);
  const { least, most } = SEQUENCE_COUNTS;
  if (names.length < least) return names[0];
  if (names.length <= most) return names;
  throw new Error(`--sequence must have at most ${most} names, not ${names.length}`);
}

/**
 * The options with the sequences that a configuration names as channels, unless the command line
 * names a sequence.
 */
export function withSequences<T extends LabelMapOptions>(options: T, { data }: Config): T {
  return { ...options, sequence: options.sequence ?? sequencesOf(data.channels) ?? undefined };
}

/** Parses `tumor=1+4,edema=2`. */
function labelValues(text: string): Record<string, number[]> {
  const pairs = Object.entries(namePairs("--labels")(text));
  return Object.fromEntries(
    pairs.map(([name, values]) => {
      const numbers = values.split("+").map(Number);
      if (numbers.every((value) => Number.isInteger(value) && value > 0)) return [name, numbers];
      throw new Error(
        `--labels must have whole numbers from 1 with + between them, not '${values}' for ${name}`,
      );
    }),
  );
}
