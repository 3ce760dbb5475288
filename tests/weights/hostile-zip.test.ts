/**
 * PyTorch's zip archives with a false value in their directory: each is refused with a message that
 * names the file, and nothing is written to the disk.
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

/** The same with one more entry. */
const withPart = (part: ArchivePart) => archive([...parts(), part]);

test("the archive that the following cases change is valid", async () => {
  const weights = await parsePyTorch(archive(parts()), "valid.pth");
  assert.deepEqual([...weights], [["weight", { shape: [2], data: Float32Array.from([3, 4]) }]]);
});

const GIGABYTE = 2 ** 30;
const ZEROS = deflateRawSync(Buffer.alloc(2 ** 24));
const DEFLATED = 8;
const KEYS = Array.from({ length: 200 }, (_, key) => String(key));
const SHARED = Buffer.alloc(100_000);
/**
 * 200 storages of 100 kB at the same position of a file that is not much larger than one of them.
 */
const overlapping = archive([
  { name: "archive/data/0", data: SHARED },
  ...KEYS.slice(1).map((key) => ({
    name: `archive/data/${key}`,
    data: Buffer.alloc(0),
    size: SHARED.length,
    packedSize: SHARED.length,
    offset: 0,
  })),
  {
    name: "archive/data.pkl",
    data: pickle(
      dictionary(
        Object.fromEntries(
          KEYS.map((key) => [
            `w${key}`,
            tensor({ key, type: "ByteStorage", length: SHARED.length, shape: [1] }),
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
    "a path that leads out of the archive in its middle",
    withPart({ name: "archive/../../evil", data: NUMBERS }),
    /invalid relative path/,
  ],
  [
    "an absolute path",
    withPart({ name: "/etc/cron.d/evil", data: NUMBERS }),
    /absolute path: \/etc\/cron\.d/,
  ],
  [
    "an absolute path on Windows",
    withPart({ name: "C:\\evil", data: NUMBERS }),
    /absolute path: C:/,
  ],
  [
    "a path out of the archive with backslashes",
    withPart({ name: "archive\\..\\..\\evil", data: NUMBERS }),
    /invalid relative path/,
  ],
  [
    "a storage whose key is a path",
    archive(parts({ key: "../../../../etc/passwd" })),
    /storage '\.\.\/\.\.\/\.\.\/\.\.\/etc\/passwd' is missing from the archive/,
  ],
  [
    "an encrypted entry",
    archive(parts({}, { flags: ENCRYPTED, data: Buffer.alloc(20), size: 8 })),
    /entry 'archive\/data\/0' is encrypted/,
  ],
  [
    "a compressed entry that expands to a gigabyte",
    archive(parts({ length: GIGABYTE / 4 }, { data: ZEROS, method: DEFLATED, size: GIGABYTE })),
    /entry 'archive\/data\/0' is compressed/,
  ],
  [
    "an uncompressed entry that claims to expand",
    archive(parts({}, { size: GIGABYTE })),
    /size mismatch for stored file/,
  ],
  [
    "an entry that claims to be larger than the file",
    archive(parts({ length: GIGABYTE / 4 }, { size: GIGABYTE, packedSize: GIGABYTE })),
    /storages are larger than the file/,
  ],
  [
    "an entry that claims to be a little longer",
    archive(parts({ length: 200 }, { size: 800, packedSize: 800 })),
    /storages are larger than the file|file data overflows/,
  ],
  [
    "an entry beyond the end of the file",
    archive(parts({}, { offset: 2 ** 31 })),
    /cannot read the PyTorch weights/,
  ],
  [
    "an entry that begins within another",
    archive(parts({}, { offset: 7 })),
    /invalid local file header signature/,
  ],
  ["entries that overlap", overlapping, /storages are larger than the file/],
  ["two entries of the same name", withPart(parts()[1]), /two entries 'archive\/data\/0'/],
  ["no data.pkl", archive([parts()[1]]), /has no data\.pkl/],
  [
    "data.pkl in a folder of a folder",
    archive([{ ...parts()[0], name: "a/b/data.pkl" }]),
    /has no data\.pkl/,
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
  ["fewer entries than the archive claims", archive(parts(), 3), /cannot read the PyTorch weights/],
  [
    "another byte order",
    withPart({ name: "archive/byteorder", data: Buffer.from("big") }),
    /big-endian/,
  ],
];

for (const [what, bytes, message] of CASES) {
  test(`${what}: refused`, async () => {
    const reason = await refusal(() => parsePyTorch(bytes, "some.pth"));
    assert.match(reason, /^cannot read the PyTorch weights some\.pth: .*\. Get the file again/s);
    assert.match(reason, message);
  });
}
