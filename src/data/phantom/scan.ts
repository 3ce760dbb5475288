/**
 * A whole scan of one more synthetic patient, as the NIfTI file a hospital's converter would
 * write.
 */
import { gzipSync } from "zlib";
import { Random } from "../../util/random";
import type { Box } from "../../types";
import { drawPatient } from "./patient";
import { renderSlice } from "./slice";

/** Not among the patients of the sample's cohort. */
const PATIENT = "031";
/** Half the width of a head in millimeters, which the phantom's lengths are in units of. */
const HALF_HEAD = 75;
/** Between two slices. */
const SLICE_MILLIMETERS = 6;
const LOWEST = -0.2;
const SLICES = 14;

/** The header's fields that matter here; the rest is 0 (the NIfTI-1 standard, `nifti1.h`). */
const HEADER_BYTES = 352;
const UINT8 = 2;
const MILLIMETERS = 2;
const SCANNER_SPACE = 1;

export interface PhantomScan {
  /** A gzipped NIfTI-1 file. */
  readonly file: Buffer;
  readonly patient: string;
  /** The tumors of each slice, from the lowest up, in pixels. */
  readonly boxes: readonly (readonly { readonly classId: number; readonly box: Box }[])[];
}

/** Renders the scan: a patient with two tumors, who is in no split; the same for the same seed. */
export function renderScan(seed: string): PhantomScan {
  const patient = drawPatient(PATIENT, 2, 0, new Random(`${seed}/scan`));
  const step = SLICE_MILLIMETERS / HALF_HEAD;
  const slices = Array.from({ length: SLICES }, (_, i) =>
    renderSlice(patient, LOWEST + i * step, seed),
  );
  const spacing = HALF_HEAD / patient.scale;
  const header = niftiHeader(
    [patient.width, patient.height, SLICES],
    [spacing, spacing, SLICE_MILLIMETERS],
  );
  const file = gzipSync(Buffer.concat([header, ...slices.map(({ pixels }) => pixels)]), {
    level: 9,
  });
  return { file, patient: PATIENT, boxes: slices.map(({ boxes }) => boxes) };
}

/**
 * Rows go to the patient's left and columns to the back, as a reader of slices expects; heights
 * upward. The middle is the origin.
 */
function niftiHeader(
  size: readonly [number, number, number],
  spacing: readonly [number, number, number],
): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeInt32LE(HEADER_BYTES - 4, 0); // sizeof_hdr
  [3, ...size, 1, 1, 1, 1].forEach((value, i) => header.writeInt16LE(value, 40 + 2 * i)); // dim
  header.writeInt16LE(UINT8, 70); // datatype
  header.writeInt16LE(8, 72); // bitpix
  [1, ...spacing].forEach((value, i) => header.writeFloatLE(value, 76 + 4 * i)); // pixdim
  header.writeFloatLE(HEADER_BYTES, 108); // vox_offset
  header.writeFloatLE(1, 112); // scl_slope
  header.writeUInt8(MILLIMETERS, 123); // xyzt_units
  header.write("synthetic: no patient", 148, "ascii"); // descrip
  header.writeInt16LE(SCANNER_SPACE, 254); // sform_code
  const signs = [-1, -1, 1];
  spacing.forEach((value, axis) => {
    const row = 280 + 16 * axis;
    header.writeFloatLE(signs[axis] * value, row + 4 * axis); // srow_x, srow_y, srow_z
    header.writeFloatLE((-signs[axis] * value * (size[axis] - 1)) / 2, row + 12);
  });
  header.write("n+1\0", 344, "ascii"); // magic
  return header;
}
