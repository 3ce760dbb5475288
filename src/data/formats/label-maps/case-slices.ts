/** Slices of a patient's scans as images: of one sequence, or with several sequences as channels. */
import type { DecodeOptions, GreyImage, Raster } from "../../../types";
import { joinChannels } from "../../channels";
import type { Plane } from "../../volumes/geometry";
import { gridDifference, openVoxels } from "../../volumes/voxel-volume";
import type { Sequence } from "./cases";
import { findSequences } from "./label-names";
import { ScanSlices } from "./scan-slices";

/** The slices of a patient's scans in one plane. Scans are opened when they are needed. */
export class CaseSlices {
  private readonly opened = new Map<string, Promise<ScanSlices>>();

  /**
   * @param options.sequences all sequences of the patient
   * @param options.shown the slices of the sequence that grey images show
   */
  constructor(
    private readonly options: {
      readonly sequences: readonly Sequence[];
      readonly shown: ScanSlices;
      readonly plane: Plane;
    },
  ) {}

  /**
   * The image of a slice.
   * @returns grey, or with the sequences of the options as three channels
   * @throws when the patient lacks a sequence, a sequence has other voxels, or a file cannot be read
   */
  async image(index: number, options: DecodeOptions = {}): Promise<GreyImage | Raster> {
    const { sequences, percentiles } = options;
    const { shown, plane } = this.options;
    if (!sequences) return shown.picture(index, { percentiles });
    const shape = shown.scan.slice(plane, index);
    const pictures: GreyImage[] = [];
    // One after the other: the voxels of a scan need much memory.
    for (const slices of await this.slicesOf(sequences))
      pictures.push(await slices.picture(index, { percentiles, shape }));
    return joinChannels(pictures);
  }

  /**
   * Reads all voxels of sequences once, so that damaged files are found.
   * @param names of the sequences
   * @throws as `image` does
   */
  async check(names: readonly string[]): Promise<void> {
    for (const slices of await this.slicesOf(names)) await slices.window();
  }

  private async slicesOf(wanted: readonly string[]): Promise<ScanSlices[]> {
    const { sequences } = this.options;
    const choice = findSequences(
      sequences.map(({ name }) => name),
      wanted,
    );
    if ("message" in choice) throw new Error(choice.message);
    const opened: ScanSlices[] = [];
    for (const index of choice.indices) opened.push(await this.open(sequences[index]));
    return opened;
  }

  private open(sequence: Sequence): Promise<ScanSlices> {
    const known = this.opened.get(sequence.name);
    if (known) return known;
    const slices = this.openNow(sequence);
    this.opened.set(sequence.name, slices);
    return slices;
  }

  private async openNow({ name, path, timePoint, volumes }: Sequence): Promise<ScanSlices> {
    const { shown, plane } = this.options;
    const scan = await openVoxels(path, { timePoint, volumes });
    const difference = gridDifference(shown.scan, scan);
    if (difference)
      throw new Error(`${difference}: the sequence ${name} must have the voxels of the others`);
    return new ScanSlices(scan, { path, timePoint, plane });
  }
}
