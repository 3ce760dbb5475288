/** Recognizes TIFF files whose pixels are compressed as JPEG, which changes their values. */

/** The version of BigTIFF, in which sizes and offsets have eight bytes. */
const BIG_TIFF = 43;
/** The tag of the compression, and its values for JPEG: the old and the new form. */
const COMPRESSION = 259;
const JPEG = [6, 7];

/**
 * Whether the first image of a TIFF file is compressed as JPEG.
 * @param bytes of a TIFF file
 */
export function isJpegTiff(bytes: Buffer): boolean {
  const isLittle = bytes.toString("latin1", 0, 2) === "II";
  // Of a field, the four or two bytes that are not 0 unless the file is larger than is read.
  const long = (at: number, size: number) =>
    isLittle ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at + size - 4);
  const short = (at: number, size: number) =>
    isLittle ? bytes.readUInt16LE(at) : bytes.readUInt16BE(at + size - 2);
  const isBig = short(2, 2) === BIG_TIFF;
  const [start, countSize, entrySize, valueAt] = isBig
    ? [long(8, 8), 8, 20, 12]
    : [long(4, 4), 2, 12, 8];
  if (start + countSize > bytes.length) return false;
  const count = short(start, countSize);
  for (let i = 0; i < count; i++) {
    const entry = start + countSize + i * entrySize;
    if (entry + entrySize > bytes.length) return false;
    if (short(entry, 2) === COMPRESSION) return JPEG.includes(short(entry + valueAt, 2));
  }
  return false;
}
