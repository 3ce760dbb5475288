/** Slices of a scan as pictures, with the window of the scan. */
import type { Box, DecodeOptions, GreyImage, ImageBox } from "../../../types";
import { ENLARGING_SHIFT } from "../../sample";
import type { Plane } from "../../volumes/geometry";
import type { GreyWindow } from "../../volumes/grey-window";
import { openVolume } from "../../volumes/open-volumes";
import { slicePicture } from "../../volumes/volume";
import type { VoxelSlice, VoxelVolume } from "../../volumes/voxel-volume";

/** The slices of a scan in one plane. Nothing is read before it is needed. */
export class ScanSlices {
  /** By their percentiles: the windows that detection in the same file uses. */
  private readonly windows = new Map<string, Promise<GreyWindow>>();

  /** @param source where the scan is stored, and the plane of the slices */
  constructor(
    readonly scan: VoxelVolume,
    private readonly source: {
      readonly path: string;
      readonly timePoint?: number;
      readonly plane: Plane;
    },
  ) {}

  /**
   * The window of the scan's grey values.
   * @param percentiles in percent; by default those of detection
   * @throws when the scan cannot be read
   */
  window(percentiles?: DecodeOptions["percentiles"]): Promise<GreyWindow> {
    const key = String(percentiles);
    const { path } = this.source;
    const known = this.windows.get(key);
    if (known) return known;
    const found = openVolume(path, { ...this.source, percentiles }).then(
      ({ slices }) => slices[0].window,
    );
    this.windows.set(key, found);
    return found;
  }

  /**
   * The picture of a slice, with square pixels.
   * @param options.percentiles as for `window`
   * @param options.shape size and spacing of the slice, if another scan decides them
   * @throws when it cannot be read; the message names the file
   */
  async picture(
    index: number,
    {
      percentiles,
      shape = this.scan.slice(this.source.plane, index),
    }: {
      readonly percentiles?: DecodeOptions["percentiles"];
      readonly shape?: VoxelSlice;
    } = {},
  ): Promise<GreyImage> {
    const { path, plane } = this.source;
    const { pixels, width, height } = await slicePicture(
      { read: () => this.scan.readVoxels(plane, index) },
      {
        ...shape,
        index,
        file: path,
        window: await this.window(percentiles),
        inverted: false,
      },
    );
    return { pixels, width, height };
  }

  /**
   * The box of voxels in the picture of their slice.
   * @param box in voxels of the slice
   * @param picture size of the picture in pixels
   */
  toPicture(box: Box, picture: { readonly width: number; readonly height: number }): ImageBox {
    const { width, height } = this.scan.slice(this.source.plane, 0);
    const [across, down] = [picture.width / width, picture.height / height];
    const shift = across === 1 && down === 1 ? 0 : ENLARGING_SHIFT;
    const inside = (value: number, side: number) => Math.min(side, Math.max(0, value));
    return [
      inside(box[0] * across + shift, picture.width),
      inside(box[1] * down + shift, picture.height),
      inside(box[2] * across + shift, picture.width),
      inside(box[3] * down + shift, picture.height),
    ];
  }
}
