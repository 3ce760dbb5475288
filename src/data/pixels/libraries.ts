/** The libraries for seldom kinds of images. They are loaded when the first such image is read. */
import { inflateSync } from "zlib";
import { once } from "../../util/once";
import { MAX_SIDE } from "./max-side";

/* eslint-disable @typescript-eslint/no-require-imports -- an import would load them with this file */

/** Bytes: the largest image of 64-bit numbers. */
const MAX_INFLATED = 8 * MAX_SIDE ** 2;

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

/** The numbers of a TIFF file for compression with zlib, today's and an old one. */
export const TIFF_DEFLATE = [8, 32946];

/** Reads TIFF files with numbers of any kind. */
export const tiffReader = once((): typeof import("geotiff") => {
  const library = require("geotiff") as typeof import("geotiff");
  // Node's zlib has a limit, which the library's own does not: damaged bytes would fill the memory.
  class Inflate extends library.BaseDecoder {
    decodeBlock(block: ArrayBufferLike): ArrayBufferLike {
      return new Uint8Array(inflateSync(new Uint8Array(block), { maxOutputLength: MAX_INFLATED }))
        .buffer;
    }
  }
  library.addDecoder(TIFF_DEFLATE, () => Promise.resolve(Inflate));
  return library;
});
