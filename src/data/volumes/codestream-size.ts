/**
 * The size that compressed pixels claim, read from their first bytes: a decoder asks for that much
 * memory before it looks any further.
 */

export interface CodestreamSize {
  readonly width: number;
  readonly height: number;
}

const MARKER = 0xff;
/**
 * JPEG and JPEG-LS: start of frame, in the kinds that give the size (ITU-T T.81 table B.1; T.87).
 */
const FRAME_STARTS = new Set([
  0xc0, 0xc1, 0xc2, 0xc3, 0xc5, 0xc6, 0xc7, 0xc9, 0xca, 0xcb, 0xcd, 0xce, 0xcf, 0xf7,
]);
/** JPEG 2000: image and tile size (ITU-T T.800 A.5.1). */
const SIZ = 0x51;
/** Markers without a length. */
const isAlone = (marker: number) =>
  marker === 0x01 || (marker >= 0xd0 && marker <= 0xd8) || marker === 0x4f;

/** Size of a JPEG, JPEG-LS or JPEG 2000 codestream. Throws when there is none before the pixels. */
export function codestreamSize(code: Uint8Array): CodestreamSize {
  const view = new DataView(code.buffer, code.byteOffset, code.byteLength);
  try {
    for (let at = 0; view.getUint8(at) === MARKER;) {
      const marker = view.getUint8(at + 1);
      if (marker === SIZ) {
        const [right, bottom, left, top] = [6, 10, 14, 18].map((offset) =>
          view.getUint32(at + offset),
        );
        return { width: right - left, height: bottom - top };
      }
      if (FRAME_STARTS.has(marker))
        return { width: view.getUint16(at + 7), height: view.getUint16(at + 5) };
      // A second 0xff is only fill.
      at += marker === MARKER ? 1 : isAlone(marker) ? 2 : 2 + view.getUint16(at + 2);
    }
  } catch {
    throw new Error("its compressed pixels end before they say their size");
  }
  throw new Error("its compressed pixels do not say their size");
}

/** Bytes of the RLE header: the number of segments and fifteen offsets (PS3.5 G.5). */
const RLE_HEADER = 64;
const RLE_MOST_SEGMENTS = 15;
/**
 * The length byte that means nothing; smaller ones announce literal bytes, larger ones a repeated
 * byte (PS3.5 G.3.1).
 */
const RLE_NOTHING = 128;
const RLE_RUN = 257;

/**
 * How many bytes each segment of a run-length frame unpacks to. Throws when a segment reaches
 * beyond the frame.
 */
export function rleSegmentLengths(code: Uint8Array): number[] {
  const view = new DataView(code.buffer, code.byteOffset, code.byteLength);
  const count = code.length >= RLE_HEADER ? view.getUint32(0, true) : 0;
  if (count < 1 || count > RLE_MOST_SEGMENTS)
    throw new Error(`its run-length pixels claim ${count} segments`);
  const offsets = Array.from({ length: count }, (_, i) => view.getUint32(4 * (i + 1), true));
  return offsets.map((start, i) => {
    const end = offsets[i + 1] ?? code.length;
    if (start < RLE_HEADER || end > code.length || end < start)
      throw new Error(`its run-length segment ${i + 1} lies outside its pixels`);
    let unpacked = 0;
    for (let at = start; at < end;) {
      const head = code[at];
      const isLiteral = head < RLE_NOTHING;
      if (head !== RLE_NOTHING) unpacked += isLiteral ? head + 1 : RLE_RUN - head;
      at += head === RLE_NOTHING ? 1 : isLiteral ? head + 2 : 2;
    }
    return unpacked;
  });
}
