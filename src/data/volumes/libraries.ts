/**
 * The libraries that read DICOM and NIfTI. They are loaded when the first such file is opened, so
 * that other notebooks do not wait for them.
 */
/* eslint-disable @typescript-eslint/no-require-imports -- an import would load them with this file */

/** Parses DICOM files. */
export function dicomParser(): typeof import("dicom-parser") {
  return require("dicom-parser") as typeof import("dicom-parser");
}

/** Parses the headers of NIfTI files. */
export function niftiReader(): typeof import("nifti-reader-js") {
  return require("nifti-reader-js") as typeof import("nifti-reader-js");
}

/** Decodes JPEG, JPEG-LS, JPEG 2000 and run lengths, in WebAssembly. */
export async function dicomCodecs(): Promise<typeof import("dcmjs-codecs")> {
  const library = require("dcmjs-codecs") as typeof import("dcmjs-codecs");
  if (!library.NativeCodecs.isInitialized()) await library.NativeCodecs.initializeAsync();
  return library;
}
