/** Fuzzing of the reader of pickles: changed old files, and random opcodes. */
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { parsePyTorch } from "../../src/weights/pytorch";
import { mutatedBytes } from "../weights/mutated-bytes";
import {
  bytesOf,
  dictionary,
  int,
  legacyFile,
  named,
  pickle,
  tensor,
  text,
  tuple,
  type Opcodes,
} from "../weights/pickle";
import { assertReadOrRefused } from "../weights/read-or-refused";
import { reference } from "../weights/reference";

const VALID = ["legacy.pth", "harmful-legacy.pth"].map((name) => readFileSync(reference(name)));
const REFUSAL = /^cannot read the PyTorch weights fuzzed: .+/s;

const number = fc.oneof(
  fc.nat({ max: 4 }),
  fc.integer({ min: -3, max: 3 }),
  fc.constantFrom(2 ** 31, 2 ** 40, 2 ** 53, -(2 ** 31)),
);
const sides = fc.array(number, { maxLength: 3 });
const plan = fc.record(
  {
    key: fc.constantFrom("0", "1", "../x", "__proto__"),
    length: number,
    type: fc.constantFrom("FloatStorage", "ByteStorage", "DoubleStorage", "NoStorage"),
    offset: number,
    shape: sides,
    strides: sides,
  },
  { requiredKeys: [] },
);
const NAMES = [
  ["torch._utils", "_rebuild_tensor_v2"],
  ["torch._utils", "_rebuild_parameter"],
  ["collections", "OrderedDict"],
  ["torch", "FloatStorage"],
  ["os", "system"],
  ["builtins", "eval"],
] as const;
const key = fc.constantFrom(
  "shape",
  "offset",
  "strides",
  "storage",
  "length",
  "type",
  "key",
  "__proto__",
  "__setstate__",
  "__dict__",
  "set",
  "then",
);

/** One opcode with its argument, or several that belong together. */
const step: fc.Arbitrary<Opcodes> = fc.oneof(
  fc.nat({ max: 255 }).map((opcode) => String.fromCharCode(opcode)),
  fc.constantFrom(..."()]}.0125RbtlduesaoQN\x81\x85\x86\x87\x88\x8f\x90\x91\x92\x93\x94"),
  number.map(int),
  fc.oneof(key, fc.string({ maxLength: 5 })).map(text),
  fc.constantFrom(...NAMES).map(([module, name]) => named(module, name)),
  fc.nat({ max: 5 }).map((index) => `q${bytesOf(index, 1)}`),
  fc.nat({ max: 5 }).map((index) => `h${bytesOf(index, 1)}`),
  fc
    .tuple(fc.constantFrom(..."BTXGJ\x8a\x8b\x8d\x8e\x95\x96"), number, fc.constantFrom(1, 4, 8))
    .map(([opcode, value, length]) => opcode + bytesOf(value, length)),
  plan.map(tensor),
  fc
    .tuple(
      key,
      fc.oneof(
        number.map(int),
        plan.map(tensor),
        sides.map((values) => tuple(...values.map(int))),
      ),
    )
    .map(([name, value]) => `${dictionary({ [name]: value })}b`),
);

const program = fc.array(step, { maxLength: 30 }).map((steps) => steps.join(""));
const programs = fc.oneof(
  // In a dictionary, after a valid tensor.
  program.map((opcodes) =>
    legacyFile(dictionary({ good: tensor(), other: opcodes }), { 0: [3, 4], 1: [5] }),
  ),
  program.map((opcodes) => legacyFile(opcodes, { 0: [3, 4] })),
  fc
    .dictionary(fc.string({ maxLength: 3 }), plan.map(tensor), { maxKeys: 3 })
    .map((tensors) => legacyFile(dictionary(tensors), { 0: [3, 4] })),
  program.map((opcodes) => Buffer.concat([VALID[0].subarray(0, 15), pickle(opcodes)])),
);

/**
 * Checks that any bytes are read or refused with the file's name, and no code is run.
 * @param runs number of files
 */
export async function pickles(runs: number): Promise<void> {
  const property = fc.asyncProperty(fc.oneof(mutatedBytes(VALID), programs), (bytes) =>
    assertReadOrRefused(() => parsePyTorch(bytes, "fuzzed"), REFUSAL),
  );
  await fc.assert(property, { numRuns: runs });
}
