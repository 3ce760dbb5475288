/** Fuzzing of the reader of safetensors: changed files, and JSON headers with random values. */
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { parseSafetensors } from "../../src/weights/safetensors";
import { mutatedBytes } from "../weights/mutated-bytes";
import { assertReadOrRefused } from "../weights/read-or-refused";
import { reference } from "../weights/reference";

const VALID = [readFileSync(reference("sound.safetensors"))];

const side = fc.oneof(
  fc.nat({ max: 4 }),
  fc.constantFrom(-1, 0.5, 2 ** 31, 2 ** 52, 2 ** 60, 1e308),
  fc.jsonValue(),
);
const tensor = fc.record(
  {
    dtype: fc.oneof(
      fc.constantFrom("F64", "F32", "F16", "BF16", "I64", "I8", "U8", "BOOL", "C64"),
      fc.jsonValue(),
    ),
    shape: fc.oneof(fc.array(side, { maxLength: 4 }), fc.jsonValue()),
    data_offsets: fc.oneof(
      fc.tuple(fc.nat({ max: 20 }), fc.nat({ max: 20 })),
      fc.array(side),
      fc.jsonValue(),
    ),
  },
  { requiredKeys: [] },
);
const name = fc.oneof(
  fc.constantFrom("w", "__proto__", "constructor", "__metadata__"),
  fc.string(),
);

const described = fc
  .tuple(
    fc.dictionary(name, fc.oneof(tensor, fc.jsonValue()), { maxKeys: 3 }),
    fc.uint8Array({ maxLength: 20 }),
  )
  .map(([header, data]) => {
    const text = Buffer.from(JSON.stringify(header));
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(text.length));
    return Buffer.concat([length, text, data]);
  });

/**
 * Checks that any bytes are read or refused with the file's name.
 * @param runs number of files
 */
export async function safetensors(runs: number): Promise<void> {
  const property = fc.asyncProperty(fc.oneof(mutatedBytes(VALID), described), (bytes) =>
    assertReadOrRefused(
      () => parseSafetensors(bytes, "fuzzed"),
      /^fuzzed is not a valid safetensors file: .+\. Get the file again\.$/s,
    ),
  );
  await fc.assert(property, { numRuns: runs });
}
