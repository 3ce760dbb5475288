/**
 * The size and the bits that compressed pixels claim, read from their first bytes. The size is
 * checked first, because a decoder allocates as much memory as the pixels claim.
 */

/** Size of a compressed image in pixels, and the bits of a pixel. */
export interface CodestreamSize {
  readonly width: number;
  readonly height: number;
  readonly bits: number;
  /** Whether the numbers have a sign; only JPEG 2000 says so. */
  readonly signed: boolean;
}

const MARKER = 0xff;
/** JPEG and JPEG-LS: the markers of frames, which contain the size (ITU-T T.81 table B.1; T.87). */
const FRAME_STARTS = new Set([
  0xc0, 0xc1, 0xc2, 0xc3, 0xc5, 0xc6, 0xc7, 0xc9, 0xca, 0xcb, 0xcd, 0xce, 0xcf, 0xf7,
]);
/** JPEG 2000: the marker of image and tile size (ITU-T T.800 A.5.1). */
const SIZ = 0x51;
/** Whether a marker has no length. */
const isAlone = (marker: number) =>
  marker === 0x01 || (marker >= 0xd0 && marker <= 0xd8) || marker === 0x4f;

/**
 * Size and bits of a JPEG, JPEG-LS or JPEG 2000 codestream.
 * @throws when there is none before the pixels
 */
export function codestreamSize(code: Uint8Array): CodestreamSize {
  const view = new DataView(code.buffer, code.byteOffset, code.byteLength);
  try {
    for (let at = 0; view.getUint8(at) === MARKER;) {
      const marker = view.getUint8(at + 1);
      if (marker === SIZ) {
        const [right, bottom, left, top] = [6, 10, 14, 18].map((offset) =>
          view.getUint32(at + offset),
        );
        const component = view.getUint8(at + 40);
        const bits = (component & 0x7f) + 1;
        return { width: right - left, height: bottom - top, bits, signed: component > 0x7f };
      }
      if (FRAME_STARTS.has(marker))
        return {
          width: view.getUint16(at + 7),
          height: view.getUint16(at + 5),
          bits: view.getUint8(at + 4),
          signed: false,
        };
      // 0xff after 0xff is padding.
      at += marker === MARKER ? 1 : isAlone(marker) ? 2 : 2 + view.getUint16(at + 2);
    }
  } catch {
    throw new Error("its compressed pixels end before their size");
  }
  throw new Error("its compressed pixels have no size");
}

/** Bytes of the RLE header: the number of segments and fifteen offsets (PS3.5 G.5). */
const RLE_HEADER = 64;
const RLE_MAX_SEGMENTS = 15;
/**
 * The control byte without a meaning. A smaller one, n, is followed by n + 1 literal bytes; a
 * larger one by a byte that is repeated 257 - n times (PS3.5 G.3.1).
 */
const RLE_NO_OPERATION = 128;
const RLE_RUN = 257;

/**
 * Number of bytes that each segment of a run-length frame decodes to.
 * @throws when a segment reaches beyond the frame
 */
export function rleSegmentLengths(code: Uint8Array): number[] {
  const view = new DataView(code.buffer, code.byteOffset, code.byteLength);
  const count = code.length >= RLE_HEADER ? view.getUint32(0, true) : 0;
  if (count < 1 || count > RLE_MAX_SEGMENTS)
    throw new Error(`its run-length pixels claim ${count} segments`);
  const offsets = Array.from({ length: count }, (_, i) => view.getUint32(4 * (i + 1), true));
  return offsets.map((start, i) => {
    const end = offsets[i + 1] ?? code.length;
    if (start < RLE_HEADER || end > code.length || end < start)
      throw new Error(`its run-length segment ${i + 1} is outside its pixels`);
    let unpacked = 0;
    for (let at = start; at < end;) {
      const control = code[at];
      const isLiteral = control < RLE_NO_OPERATION;
      if (control !== RLE_NO_OPERATION) unpacked += isLiteral ? control + 1 : RLE_RUN - control;
      at += control === RLE_NO_OPERATION ? 1 : isLiteral ? control + 2 : 2;
    }
    return unpacked;
  });
}
