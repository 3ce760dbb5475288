/**
 * PyTorch's zip archives with a lie in their directory: each is refused by a sentence that names
 * the file, and nothing is written anywhere.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { deflateRawSync } from "node:zlib";
import { parsePyTorch } from "../../src/weights/pytorch";
import { archive, ENCRYPTED, type ArchivePart } from "./archive";
import { dictionary, pickle, tensor, type TensorPlan } from "./pickle";
import { refusal } from "./refusal";

const NUMBERS = Buffer.from(Float32Array.from([3, 4]).buffer);

/** `archive/data.pkl` with one tensor, and the numbers of storage 0. */
function parts(plan: TensorPlan = {}, storage: Partial<ArchivePart> = {}): ArchivePart[] {
  return [
    { name: "archive/data.pkl", data: pickle(dictionary({ weight: tensor(plan) })) },
    { name: "archive/data/0", data: NUMBERS, ...storage },
  ];
}

/** The same, and one part more. */
const withPart = (part: ArchivePart) => archive([...parts(), part]);

test("the archive that the cases below change is sound", async () => {
  const weights = await parsePyTorch(archive(parts()), "sound.pth");
  assert.deepEqual([...weights], [["weight", { shape: [2], data: Float32Array.from([3, 4]) }]]);
});

const GIGABYTE = 2 ** 30;
const ZEROS = deflateRawSync(Buffer.alloc(2 ** 24));
const DEFLATED = 8;
const KEYS = Array.from({ length: 200 }, (_, key) => String(key));
const LAID_OVER = Buffer.alloc(100_000);
/**
 * 200 storages of 100 kB that all lie in the same place of a file not much larger than one of
 * them.
 */
const overlapping = archive([
  { name: "archive/data/0", data: LAID_OVER },
  ...KEYS.slice(1).map((key) => ({
    name: `archive/data/${key}`,
    data: Buffer.alloc(0),
    size: LAID_OVER.length,
    packedSize: LAID_OVER.length,
    offset: 0,
  })),
  {
    name: "archive/data.pkl",
    data: pickle(
      dictionary(
        Object.fromEntries(
          KEYS.map((key) => [
            `w${key}`,
            tensor({ key, type: "ByteStorage", length: LAID_OVER.length, shape: [1] }),
          ]),
        ),
      ),
    ),
  },
]);

const CASES: readonly [string, Buffer, RegExp][] = [
  [
    "a path out of the archive",
    withPart({ name: "../../home/user/.bashrc", data: NUMBERS }),
    /invalid relative path: \.\.\/\.\.\/home/,
  ],
  [
    "a path out of it in the middle",
    withPart({ name: "archive/../../evil", data: NUMBERS }),
    /invalid relative path/,
  ],
  [
    "a path from the root",
    withPart({ name: "/etc/cron.d/evil", data: NUMBERS }),
    /absolute path: \/etc\/cron\.d/,
  ],
  ["a path of Windows", withPart({ name: "C:\\evil", data: NUMBERS }), /absolute path: C:/],
  [
    "backslashes out of it",
    withPart({ name: "archive\\..\\..\\evil", data: NUMBERS }),
    /invalid relative path/,
  ],
  [
    "a storage named by a path",
    archive(parts({ key: "../../../../etc/passwd" })),
    /storage '\.\.\/\.\.\/\.\.\/\.\.\/etc\/passwd' is missing from the archive/,
  ],
  [
    "an encrypted part",
    archive(parts({}, { flags: ENCRYPTED, data: Buffer.alloc(20), size: 8 })),
    /part 'archive\/data\/0' is encrypted/,
  ],
  [
    "a compressed part that unfolds to a gigabyte",
    archive(parts({ length: GIGABYTE / 4 }, { data: ZEROS, method: DEFLATED, size: GIGABYTE })),
    /part 'archive\/data\/0' is compressed/,
  ],
  [
    "a stored part that says it unfolds",
    archive(parts({}, { size: GIGABYTE })),
    /size mismatch for stored file/,
  ],
  [
    "a part that says it is larger than the file",
    archive(parts({ length: GIGABYTE / 4 }, { size: GIGABYTE, packedSize: GIGABYTE })),
    /storages are larger than the file/,
  ],
  [
    "a part that says it is a little longer",
    archive(parts({ length: 200 }, { size: 800, packedSize: 800 })),
    /storages are larger than the file|file data overflows/,
  ],
  [
    "a part that lies beyond the file",
    archive(parts({}, { offset: 2 ** 31 })),
    /cannot read the PyTorch weights/,
  ],
  [
    "a part that begins within another",
    archive(parts({}, { offset: 7 })),
    /invalid local file header signature/,
  ],
  ["parts that lie over one another", overlapping, /storages are larger than the file/],
  ["two parts of one name", withPart(parts()[1]), /two parts 'archive\/data\/0'/],
  ["no data.pkl", archive([parts()[1]]), /holds no data\.pkl/],
  [
    "data.pkl below another folder",
    archive([{ ...parts()[0], name: "a/b/data.pkl" }]),
    /holds no data\.pkl/,
  ],
  ["no storage", archive(parts().slice(0, 1)), /storage '0' is missing from the archive/],
  [
    "a storage shorter than the tensor's",
    archive(parts({ length: 3, shape: [3] })),
    /storage '0' has 8 bytes instead of 12/,
  ],
  [
    "a storage longer than the tensor's",
    archive(parts({ length: 1, shape: [1] })),
    /storage '0' has 8 bytes instead of 4/,
  ],
  [
    "a pickle of two megabytes",
    archive([{ ...parts()[0], data: pickle("}".repeat(2 ** 21)) }, parts()[1]]),
    /longer than 1048576 bytes/,
  ],
  ["more parts promised than there are", archive(parts(), 3), /cannot read the PyTorch weights/],
  [
    "another machine's byte order",
    withPart({ name: "archive/byteorder", data: Buffer.from("big") }),
    /big-endian/,
  ],
];

for (const [what, bytes, message] of CASES) {
  test(`${what}: refused`, async () => {
    const said = await refusal(() => parsePyTorch(bytes, "some.pth"));
    assert.match(said, /^cannot read the PyTorch weights some\.pth: .*\. Get the file anew/s);
    assert.match(said, message);
  });
}
