/** The libraries for seldom kinds of images. They are loaded when the first such image is read. */
/* eslint-disable @typescript-eslint/no-require-imports -- an import would load them with this file */

/**
 * Calls a library for the contents of a file.
 * @throws when the library throws anything: the contents are damaged
 */
export async function decodeWith<T>(decode: () => T | Promise<T>): Promise<T> {
  try {
    return await decode();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`it is damaged or cut short: ${reason.trim().split("\n")[0]}`, {
      cause: error,
    });
  }
}

/** Decodes BMP. */
export function bmpDecoder(): typeof import("bmp-ts") {
  return require("bmp-ts") as typeof import("bmp-ts");
}

/** Reads TIFF files with numbers of any kind. */
export function tiffReader(): typeof import("geotiff") {
  return require("geotiff") as typeof import("geotiff");
}
