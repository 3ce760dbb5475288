/**
 * Reads headers of ANALYZE 7.5, the format before NIfTI, as NIfTI headers. Both have the same size
 * and the same fields for sizes, types and spacing; ANALYZE does not have the position.
 */
import type { Affine, Vector } from "../geometry";

/** Bytes of the header, which are also its first field. */
const SIZE = 348;
/** Positions of fields, in bytes. */
const FIELDS = {
  intent: 56,
  dims: 40,
  type: 70,
  bits: 72,
  intercept: 116,
  sliceEnd: 120,
  calibrationMax: 124,
  orient: 252,
  magic: 344,
} as const;
/** Bits of a voxel, by the code of the type. */
const BITS: Readonly<Record<number, number>> = { 2: 8, 4: 16, 8: 32, 16: 32, 64: 64, 128: 24 };
const MAX_RANK = 7;

/** How slices are stored: the direction of each axis, as a signed axis of space. */
type Directions = readonly [number, number, number];
const [LEFT, FRONT, HEAD] = [-1, 2, 3];
/**
 * The directions of the axes by the field `orient`: axial, coronal and sagittal slices, and the
 * same with the rows in the other direction.
 */
const ORIENTATIONS: readonly Directions[] = [
  [LEFT, FRONT, HEAD],
  [LEFT, HEAD, FRONT],
  [FRONT, HEAD, LEFT],
  [LEFT, -FRONT, HEAD],
  [LEFT, -HEAD, FRONT],
  [FRONT, -HEAD, LEFT],
];

/** A remark for results of ANALYZE files. */
export const ANALYZE_NOTE =
  "the format ANALYZE 7.5 does not have the position: the patient's left is assumed to be at the end of the rows, and there are no positions in millimeters";

/** The byte order of an ANALYZE header; null if the bytes are no such header. */
export function analyzeByteOrder(head: Buffer): "little" | "big" | null {
  if (head.length < SIZE || /^n[i+][12]/.test(head.toString("latin1", FIELDS.magic, SIZE)))
    return null;
  const isHeader = (order: "little" | "big") => {
    const int16 = (at: number) =>
      order === "little" ? head.readInt16LE(at) : head.readInt16BE(at);
    const size = order === "little" ? head.readInt32LE(0) : head.readInt32BE(0);
    const rank = int16(FIELDS.dims);
    return (
      size === SIZE &&
      rank >= 1 &&
      rank <= MAX_RANK &&
      BITS[int16(FIELDS.type)] === int16(FIELDS.bits)
    );
  };
  return (["little", "big"] as const).find(isHeader) ?? null;
}

/** An ANALYZE header as a header of a NIfTI pair without a position. */
export function analyzeAsNifti(head: Buffer): Buffer {
  const bytes = Buffer.from(head.subarray(0, SIZE));
  // These fields have another meaning in NIfTI. The slope stays: SPM writes it there.
  bytes.fill(0, FIELDS.intent, FIELDS.type);
  bytes.fill(0, FIELDS.intercept, FIELDS.calibrationMax);
  bytes.fill(0, FIELDS.orient, FIELDS.magic);
  bytes.write("ni1\0", FIELDS.magic, "latin1");
  return bytes;
}

/**
 * The directions of the axes of an ANALYZE file, as a matrix without a position.
 * @param spacing in millimeters along each axis
 */
export function analyzeDirections(head: Buffer, spacing: Vector): Affine {
  const directions = ORIENTATIONS[head[FIELDS.orient]] ?? ORIENTATIONS[0];
  const value = (space: number, axis: number) =>
    Math.abs(directions[axis]) - 1 === space ? Math.sign(directions[axis]) * spacing[axis] : 0;
  return [0, 1, 2].map((space) => [value(space, 0), value(space, 1), value(space, 2), 0] as const);
}
