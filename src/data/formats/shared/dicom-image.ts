/** A DICOM file with one image, as an image of a data set. */
import type { DecodeOptions, GreyImage } from "../../../types";
import { openVolume } from "../../volumes/open-volumes";
import { slicePicture } from "../../volumes/volume";
import type { Size } from "./described-image";

/** A DICOM file that is decoded to a grey picture with square pixels. */
export class DicomImage {
  /** Size in stored pixels, to which annotations refer; null until the file was decoded. */
  storedSize: Size | null = null;

  /** @param path of the file */
  constructor(private readonly path: string) {}

  /**
   * Decodes the file.
   * @throws when it cannot be read, or has several frames
   */
  readonly decode = async ({ percentiles }: DecodeOptions = {}): Promise<GreyImage> => {
    const volume = await openVolume(this.path, { percentiles });
    if (volume.slices.length !== 1)
      throw new Error(
        `it has ${volume.slices.length} frames, and annotations do not say which one they are of: save each frame as a file`,
      );
    const [slice] = volume.slices;
    this.storedSize = { width: slice.width, height: slice.height };
    const { pixels, width, height } = await slicePicture(volume, slice);
    return { pixels, width, height };
  };
}
