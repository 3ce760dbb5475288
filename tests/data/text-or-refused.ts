/** What may become of the bytes of a text file, for the fuzzers. */
import assert from "node:assert/strict";
import { UnreadableFile, decodeText } from "../../src/data/read-file";

/**
 * The text in them; null where they are refused as unreadable. Anything else that is thrown fails.
 */
export function textOrRefused(bytes: Uint8Array): string | null {
  try {
    return decodeText(bytes);
  } catch (error) {
    assert.ok(error instanceof UnreadableFile, String(error));
    return null;
  }
}
