/**
 * Fuzzing of the reader of PyTorch's archives: changed files, and directories with false values.
 */
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { parsePyTorch } from "../../src/weights/pytorch";
import { archive } from "../weights/archive";
import { mutatedBytes } from "../weights/mutated-bytes";
import { dictionary, pickle, tensor } from "../weights/pickle";
import { assertReadOrRefused } from "../weights/read-or-refused";
import { reference } from "../weights/reference";

const VALID = ["zip.pth", "compressed.pth", "harmful-zip.pth"].map((name) =>
  readFileSync(reference(name)),
);

const length = fc.nat({ max: 12 });
const PICKLE = pickle(dictionary({ a: tensor(), b: tensor({ key: "1", length: 1, shape: [1] }) }));
const size = fc.oneof(length, fc.constantFrom(0xffffffff, 0x7fffffff, 0xfffffffe));
const part = fc.record(
  {
    name: fc.oneof(
      fc.constantFrom(
        "x/data.pkl",
        "x/data/0",
        "x/data/1",
        "x/byteorder",
        "../x",
        "/x",
        "x\\..\\..\\y",
        "",
        "__proto__",
      ),
      fc.string({ unit: "binary-ascii", maxLength: 6 }),
    ),
    data: fc.oneof(
      fc.constant(PICKLE),
      length.map((bytes) => Buffer.alloc(bytes, 1)),
    ),
    size,
    packedSize: size,
    method: fc.constantFrom(0, 0, 8, 99),
    flags: fc.constantFrom(0, 0, 1, 8, 64, 2048),
    offset: fc.oneof(fc.nat({ max: 400 }), size),
  },
  { requiredKeys: ["name", "data"] },
);
const good = fc.constantFrom(
  { name: "x/data.pkl", data: PICKLE },
  { name: "x/data/0", data: Buffer.alloc(8) },
  { name: "x/data/1", data: Buffer.alloc(4) },
);
const archives = fc
  .tuple(
    fc.array(fc.oneof(part, good), { maxLength: 5 }),
    fc.option(fc.nat({ max: 70_000 }), { nil: undefined }),
  )
  .map(([parts, claimed]) =>
    archive(parts, claimed === undefined ? parts.length : claimed % 65_536),
  );

/**
 * Checks that any bytes are read or refused with the file's name, and no path in them is used.
 * @param runs number of files
 */
export async function zips(runs: number): Promise<void> {
  const property = fc.asyncProperty(fc.oneof(mutatedBytes(VALID), archives), (bytes) =>
    assertReadOrRefused(
      () => parsePyTorch(bytes, "fuzzed"),
      /^cannot read the PyTorch weights fuzzed: .+/s,
    ),
  );
  await fc.assert(property, { numRuns: runs });
}
