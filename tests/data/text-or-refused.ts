/** Decodes the bytes of a text file as the fuzzers expect it. */
import assert from "node:assert/strict";
import { UnreadableFile, decodeText } from "../../src/data/read-file";

/** The text; null if the bytes are refused as unreadable. Fails if anything else is thrown. */
export function textOrRefused(bytes: Uint8Array): string | null {
  try {
    return decodeText(bytes);
  } catch (error) {
    assert.ok(error instanceof UnreadableFile, String(error));
    return null;
  }
}
