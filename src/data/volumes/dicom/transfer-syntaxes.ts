/**
 * The transfer syntaxes of DICOM (PS3.5 chapter 10 and annex A): which ones are read, and the names
 * of the others.
 */

import { shortened } from "../../checks";
import type { ElementEncoding } from "./encoding";

/** How the pixels of a DICOM file are encoded. */
export type PixelCoding = "native" | "rle" | "jpeg" | "jpeg-ls" | "jpeg2000";

/** How a DICOM file is encoded. */
interface TransferSyntax {
  readonly name: string;
  /** Null if it is not read. */
  readonly coding: PixelCoding | null;
  readonly bigEndian?: boolean;
}

/** The beginning of every UID below. */
const ROOT = "1.2.840.10008.1.2";

/**
 * The transfer syntaxes by their UID. High-Throughput JPEG 2000 is not read although the library
 * can decode it, because its decoder never ends on a damaged file.
 */
const SYNTAXES: Readonly<Record<string, TransferSyntax>> = {
  [ROOT]: { name: "Implicit VR Little Endian", coding: "native" },
  [`${ROOT}.1`]: { name: "Explicit VR Little Endian", coding: "native" },
  [`${ROOT}.1.98`]: { name: "Encapsulated Uncompressed Explicit VR Little Endian", coding: null },
  [`${ROOT}.1.99`]: { name: "Deflated Explicit VR Little Endian", coding: "native" },
  [`${ROOT}.2`]: { name: "Explicit VR Big Endian", coding: "native", bigEndian: true },
  [`${ROOT}.5`]: { name: "RLE Lossless", coding: "rle" },
  [`${ROOT}.4.50`]: { name: "JPEG Baseline (8 bits)", coding: "jpeg" },
  [`${ROOT}.4.51`]: { name: "JPEG Extended (12 bits)", coding: null },
  [`${ROOT}.4.57`]: { name: "JPEG Lossless", coding: "jpeg" },
  [`${ROOT}.4.70`]: { name: "JPEG Lossless, first-order prediction", coding: "jpeg" },
  [`${ROOT}.4.80`]: { name: "JPEG-LS Lossless", coding: "jpeg-ls" },
  [`${ROOT}.4.81`]: { name: "JPEG-LS Near-Lossless", coding: "jpeg-ls" },
  [`${ROOT}.4.90`]: { name: "JPEG 2000 Lossless", coding: "jpeg2000" },
  [`${ROOT}.4.91`]: { name: "JPEG 2000", coding: "jpeg2000" },
  [`${ROOT}.4.92`]: { name: "JPEG 2000 Part 2 Lossless", coding: null },
  [`${ROOT}.4.93`]: { name: "JPEG 2000 Part 2", coding: null },
  [`${ROOT}.4.100`]: { name: "MPEG2 Main Profile / Main Level", coding: null },
  [`${ROOT}.4.101`]: { name: "MPEG2 Main Profile / High Level", coding: null },
  [`${ROOT}.4.102`]: { name: "MPEG-4 AVC/H.264 High Profile", coding: null },
  [`${ROOT}.4.107`]: { name: "HEVC/H.265 Main Profile", coding: null },
  [`${ROOT}.4.110`]: { name: "JPEG XL Lossless", coding: null },
  [`${ROOT}.4.112`]: { name: "JPEG XL", coding: null },
  [`${ROOT}.4.201`]: { name: "High-Throughput JPEG 2000 Lossless", coding: null },
  [`${ROOT}.4.202`]: { name: "High-Throughput JPEG 2000 with RPCL Options Lossless", coding: null },
  [`${ROOT}.4.203`]: { name: "High-Throughput JPEG 2000", coding: null },
};

/**
 * The UID of the transfer syntax whose pixels are not compressed and whose elements are encoded so.
 */
export function uncompressedSyntax({ explicit, bigEndian }: ElementEncoding): string {
  return bigEndian ? `${ROOT}.2` : explicit ? `${ROOT}.1` : ROOT;
}

/**
 * How the pixels of a transfer syntax are encoded.
 * @throws when they are not read; the message has the syntax's name and how to convert the file
 */
export function requireReadable(uid: string): { coding: PixelCoding; bigEndian: boolean } {
  if (!uid)
    throw new Error(
      "its header names no transfer syntax (0002,0010), and no data set follows: it is cut short or damaged, so get it again",
    );
  const { name = "unknown", coding = null, bigEndian = false } = SYNTAXES[uid] ?? {};
  if (coding) return { coding, bigEndian };
  throw new Error(
    `its transfer syntax, ${name} (${shortened(uid)}), is not read; convert it to Explicit VR Little Endian, ` +
      "for example with gdcmconv --raw or dcmdjpeg",
  );
}
