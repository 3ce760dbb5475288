/** Finds the images of a data set by their content, whatever their names are. */
import type { Fingerprint } from "../types";
import { PackedHashes } from "./close-hashes";
import { SAME_LOOK_BITS } from "./look-hash";
import { groupBy } from "../util/group-by";

/** Anything with the fingerprint of an image. */
interface Recognizable {
  readonly fingerprint?: Fingerprint;
}

/** An image that was found by its content. */
export interface FoundImage<T> {
  readonly image: T;
  /** Whether the pixels are equal. Otherwise the images look the same: one was saved again. */
  readonly isExact: boolean;
}

/** The images of a data set by their fingerprints. Images without one cannot be found. */
export class ImageIndex<T extends Recognizable> {
  private readonly byPixels: ReadonlyMap<string | undefined, readonly T[]>;
  private readonly looks: PackedHashes;
  private readonly withLooks: readonly T[];

  constructor(images: readonly T[]) {
    this.byPixels = groupBy(images, ({ fingerprint }) => fingerprint?.pixels);
    this.withLooks = images.filter(({ fingerprint }) => fingerprint?.look);
    this.looks = new PackedHashes(this.withLooks.map(({ fingerprint }) => fingerprint!.look!));
  }

  /** All images with the same pixels. */
  equal({ pixels }: Fingerprint): readonly T[] {
    return this.byPixels.get(pixels) ?? [];
  }

  /** An image with the same pixels, or else the one that looks most like it; null if none does. */
  find(fingerprint: Fingerprint | undefined): FoundImage<T> | null {
    if (!fingerprint) return null;
    const [equal] = this.equal(fingerprint);
    if (equal) return { image: equal, isExact: true };
    const closest = fingerprint.look && this.looks.closest(fingerprint.look, SAME_LOOK_BITS);
    return closest ? { image: this.withLooks[closest.index], isExact: false } : null;
  }
}
