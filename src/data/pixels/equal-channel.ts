/** Finds out whether an image in three channels is grey, four pixels at a time. */

/** Bytes of a word. */
const WORD = 4;
const CHANNELS = 3;
const [BYTE, SECOND, THIRD, FOURTH] = [255, 8, 16, 24];

/**
 * One of the channels, if all three are equal.
 * @param values `[pixels, 3]` bytes
 * @returns `[pixels]`; null if the channels differ
 */
export function equalChannel(values: Uint8Array): Uint8Array | null {
  const grey = new Uint8Array(values.length / CHANNELS);
  // Four pixels are three words of four bytes: one comparison of words does the work of four.
  const isAligned = values.byteOffset % WORD === 0 && isLittleEndian;
  const blocks = isAligned ? Math.floor(grey.length / WORD) : 0;
  const words = isAligned
    ? new Int32Array(values.buffer, values.byteOffset, CHANNELS * blocks)
    : new Int32Array(0);
  const greyWords = new Int32Array(grey.buffer, 0, blocks);
  for (let block = 0, i = 0; block < blocks; block++, i += CHANNELS) {
    const [first, middle, last] = [words[i], words[i + 1], words[i + 2]];
    const a = first & BYTE;
    const b = first >>> FOURTH;
    const c = (middle >>> THIRD) & BYTE;
    const d = last >>> FOURTH;
    if (
      first !== (a | (a << SECOND) | (a << THIRD) | (b << FOURTH)) ||
      middle !== (b | (b << SECOND) | (c << THIRD) | (c << FOURTH)) ||
      last !== (c | (d << SECOND) | (d << THIRD) | (d << FOURTH))
    )
      return null;
    greyWords[block] = a | (b << SECOND) | (c << THIRD) | (d << FOURTH);
  }
  for (let pixel = WORD * blocks; pixel < grey.length; pixel++) {
    const i = CHANNELS * pixel;
    if (values[i] !== values[i + 1] || values[i] !== values[i + 2]) return null;
    grey[pixel] = values[i];
  }
  return grey;
}

const isLittleEndian = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;
