/**
 * A scan of one more synthetic patient, as the NIfTI file that a converter in a hospital writes.
 */
import { gzipSync } from "zlib";
import { Random } from "../../util/random";
import { drawPatient } from "./patient";
import { EXACT_READER } from "./reader";
import { type PhantomBox, renderSlice } from "./slice";

/** A patient who is not in the data set of `renderCohort`. */
const PATIENT = "031";
/** Half the width of a head in millimeters: the unit of the phantom's lengths. */
const HALF_HEAD = 75;
/** Millimeters between two slices. */
const SLICE_DISTANCE = 6;
/** Height of the lowest slice, in half head widths above the middle of the brain. */
const LOWEST = -0.2;
const SLICES = 14;

/** Values of the NIfTI-1 header (`nifti1.h`). Fields that are not written are 0. */
const HEADER_BYTES = 352;
const UINT8 = 2;
const MILLIMETERS = 2;
const SCANNER_SPACE = 1;

/** Offsets of the header's fields in bytes, by their names in `nifti1.h`. */
const OFFSET = {
  sizeof_hdr: 0,
  dim: 40,
  datatype: 70,
  bitpix: 72,
  pixdim: 76,
  vox_offset: 108,
  scl_slope: 112,
  xyzt_units: 123,
  descrip: 148,
  sform_code: 254,
  srow_x: 280,
  magic: 344,
};
/** Bytes of a row of the affine matrix. */
const ROW_BYTES = 16;

/** A rendered scan. */
export interface PhantomScan {
  /** A gzipped NIfTI-1 file. */
  readonly file: Buffer;
  readonly patient: string;
  /** The tumors of each slice, from the lowest slice upward. */
  readonly boxes: readonly (readonly PhantomBox[])[];
}

/** Renders the scan of a patient with two tumors. The same seed gives the same bytes. */
export function renderScan(seed: string): PhantomScan {
  const patient = drawPatient(
    {
      id: PATIENT,
      reader: EXACT_READER,
      plan: { arrangement: "two", kind: 0, look: "clear" },
    },
    new Random(`${seed}/scan`),
  );
  const step = SLICE_DISTANCE / HALF_HEAD;
  const slices = Array.from({ length: SLICES }, (_, i) =>
    renderSlice(patient, LOWEST + i * step, seed),
  );
  const spacing = HALF_HEAD / patient.scale;
  const header = niftiHeader(
    [patient.width, patient.height, SLICES],
    [spacing, spacing, SLICE_DISTANCE],
  );
  const file = gzipSync(Buffer.concat([header, ...slices.map(({ pixels }) => pixels)]), {
    level: 9,
  });
  return { file, patient: PATIENT, boxes: slices.map(({ boxes }) => boxes) };
}

/**
 * The header of a NIfTI-1 file. Pixels of a row go to the patient's left, rows to the back, and
 * slices upward. The origin is in the middle of the scan.
 * @param size `[width, height, slices]` in pixels
 * @param spacing millimeters between pixels, rows and slices
 */
function niftiHeader(
  size: readonly [number, number, number],
  spacing: readonly [number, number, number],
): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeInt32LE(HEADER_BYTES - 4, OFFSET.sizeof_hdr);
  [3, ...size, 1, 1, 1, 1].forEach((value, i) => header.writeInt16LE(value, OFFSET.dim + 2 * i));
  header.writeInt16LE(UINT8, OFFSET.datatype);
  header.writeInt16LE(8, OFFSET.bitpix);
  [1, ...spacing].forEach((value, i) => header.writeFloatLE(value, OFFSET.pixdim + 4 * i));
  header.writeFloatLE(HEADER_BYTES, OFFSET.vox_offset);
  header.writeFloatLE(1, OFFSET.scl_slope);
  header.writeUInt8(MILLIMETERS, OFFSET.xyzt_units);
  header.write("synthetic: no patient", OFFSET.descrip, "ascii");
  header.writeInt16LE(SCANNER_SPACE, OFFSET.sform_code);
  // The affine matrix: spacing on its diagonal, and the position of the first pixel.
  const signs = [-1, -1, 1];
  spacing.forEach((value, axis) => {
    const row = OFFSET.srow_x + ROW_BYTES * axis;
    header.writeFloatLE(signs[axis] * value, row + 4 * axis);
    header.writeFloatLE((-signs[axis] * value * (size[axis] - 1)) / 2, row + 12);
  });
  header.write("n+1\0", OFFSET.magic, "ascii");
  return header;
}
