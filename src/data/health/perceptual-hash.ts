/**
 * A fingerprint of what a slice shows. Copies of a slice have nearly the same fingerprint, other
 * slices do not.
 */
import { bmvbhash } from "blockhash-core";
import type { GreyImage } from "../../types";
import { toNetworkImage } from "../sample";

/** Side in pixels of the square that is hashed: a multiple of the blocks, so that all are equal. */
const SIDE = 256;
/** Blocks a side; each gives one bit. */
const BLOCKS = 16;
/**
 * A square in the middle of the head. Blocks outside the head and on its outline are the same in
 * every slice. On real slices this square separates patients; the square around the head does not.
 */
const MIDDLE_OF_HEAD = { threshold: 20, margin: 0.68 };

/** Bits of a hash. */
export const HASH_BITS = BLOCKS * BLOCKS;

/**
 * The block mean value hash of the middle of the head. Each bit says whether a block is brighter
 * than the median block of its horizontal quarter of the image (Yang, Gu and Niu 2006, 'Block mean
 * value based image perceptual hashing', as the library blockhash-core implements it).
 * @returns 64 hexadecimal digits: 256 bits
 */
export async function perceptualHash(image: GreyImage): Promise<string> {
  const { pixels } = await toNetworkImage(image, { imageSize: SIDE, cropToHead: MIDDLE_OF_HEAD });
  const rgba = new Uint8ClampedArray(4 * pixels.length).fill(255);
  for (let i = 0; i < pixels.length; i++) rgba.fill(pixels[i], 4 * i, 4 * i + 3);
  return bmvbhash({ width: SIDE, height: SIDE, data: rgba }, BLOCKS);
}
