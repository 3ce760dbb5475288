/** A short fingerprint of what a slice shows: copies keep it nearly, other slices do not. */
import { bmvbhash } from "blockhash-core";
import { loadNetworkImage } from "../sample";

/**
 * Pixels a side of the square that is hashed: a multiple of the blocks, so that every block has as
 * many.
 */
const SIDE = 256;
/** Blocks a side: one bit each. */
const BLOCKS = 16;
/**
 * The square in the middle of the head, well inside it: blocks of the black around the head and of
 * its outline are the same in every slice. On real slices this parts patients, where the whole
 * head's square does not.
 */
const MIDDLE_OF_HEAD = { threshold: 20, margin: 0.68 };

/** Bits of a hash. */
export const HASH_BITS = BLOCKS * BLOCKS;

/**
 * A bit a block: whether it is brighter than the median block of its horizontal quarter of the
 * picture (Yang, Gu and Niu 2006, 'Block mean value based image perceptual hashing', as in the
 * library blockhash-core), for the middle of the head.
 * @param file path or bytes of an image
 * @returns 64 hexadecimal digits: 256 bits
 * @throws naming the file, when it cannot be decoded
 */
export async function perceptualHash(file: string | Buffer): Promise<string> {
  const { pixels } = await loadNetworkImage(file, { imageSize: SIDE, cropToHead: MIDDLE_OF_HEAD });
  const rgba = new Uint8ClampedArray(4 * pixels.length).fill(255);
  for (let i = 0; i < pixels.length; i++) rgba.fill(pixels[i], 4 * i, 4 * i + 3);
  return bmvbhash({ width: SIDE, height: SIDE, data: rgba }, BLOCKS);
}
