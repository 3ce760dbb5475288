/** Recognizes images by their content: a hash of the pixels and a hash of what they look like. */
import { createHash } from "crypto";
import type { Fingerprint, GreyImage } from "../types";
import { lookHash } from "./look-hash";

/** Bytes of the pixels' hash that are kept: two images in 10^18 would share them by chance. */
const PIXEL_BYTES = 16;
const DIGITS_PER_BYTE = 2;

/**
 * The fingerprint of a decoded image.
 * @param content the numbers of the file, if they have more than 8 bits
 */
export function fingerprintOf(image: GreyImage, content: Uint8Array = image.pixels): Fingerprint {
  const { width, height } = image;
  const hash = createHash("sha256").update(`${width}x${height}\n`).update(content).digest();
  return { pixels: hash.subarray(0, PIXEL_BYTES).toString("hex"), look: lookHash(image) };
}

/** A fingerprint as one short text, for files: both hashes in base64url, one after the other. */
export function fingerprintText({ pixels, look }: Fingerprint): string {
  return Buffer.from(pixels + (look ?? ""), "hex").toString("base64url");
}

/** Whether a text has the form of those that `fingerprintText` writes. */
export function isFingerprintText(text: string): boolean {
  const { pixels } = parseFingerprint(text);
  return pixels.length === PIXEL_BYTES * DIGITS_PER_BYTE && /^[\w-]+$/.test(text);
}

/** The fingerprint that `fingerprintText` wrote. */
export function parseFingerprint(text: string): Fingerprint {
  const digits = Buffer.from(text, "base64url").toString("hex");
  const end = PIXEL_BYTES * DIGITS_PER_BYTE;
  return { pixels: digits.slice(0, end), look: digits.slice(end) || null };
}
