/** Slices of a scan as pictures, with the window of the scan. */
import type { Box, GreyImage, ImageBox } from "../../../types";
import { ENLARGING_SHIFT } from "../../sample";
import type { Plane } from "../../volumes/geometry";
import type { GreyWindow } from "../../volumes/grey-window";
import { openVolume } from "../../volumes/open-volumes";
import { slicePicture } from "../../volumes/volume";
import type { VoxelVolume } from "../../volumes/voxel-volume";

/** The slices of a scan in one plane. Nothing is read before it is needed. */
export class ScanSlices {
  /** The window that detection in the same file uses. */
  private window?: Promise<GreyWindow>;

  /** @param source where the scan is stored, and the plane of the slices */
  constructor(
    private readonly scan: VoxelVolume,
    private readonly source: {
      readonly path: string;
      readonly timePoint?: number;
      readonly plane: Plane;
    },
  ) {}

  /**
   * The picture of a slice, with square pixels.
   * @throws when it cannot be read; the message names the file
   */
  async picture(index: number): Promise<GreyImage> {
    const { path, plane } = this.source;
    this.window ??= openVolume(path, this.source).then(({ slices }) => slices[0].window);
    const { pixels, width, height } = await slicePicture(
      { read: () => this.scan.readVoxels(plane, index) },
      {
        ...this.scan.slice(plane, index),
        index,
        file: path,
        window: await this.window,
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
