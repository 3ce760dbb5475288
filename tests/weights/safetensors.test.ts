import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import {
  parseSafetensors,
  readSafetensors,
  safetensorsMetadata,
  writeSafetensors,
} from "../../src/weights/safetensors";
import type { WeightMap } from "../../src/weights/weight-map";
import { assertExpectedWeights, reference } from "./reference";
import { refusal } from "./refusal";

const folder = mkdtempSync(join(tmpdir(), "safetensors-test-"));
after(() => rmSync(folder, { recursive: true }));

/** A file with the given header, followed by `dataBytes` zeros. */
function file(header: unknown, dataBytes: number, headerBytes?: number | bigint): Buffer {
  const text = Buffer.isBuffer(header)
    ? header
    : Buffer.from(typeof header === "string" ? header : JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(headerBytes ?? text.length));
  return Buffer.concat([length, text, Buffer.alloc(dataBytes)]);
}

const tensor = (shape: unknown, data_offsets: unknown, dtype = "F32") => ({
  dtype,
  shape,
  data_offsets,
});

test("all number formats are read as the official library wrote them", async () => {
  assertExpectedWeights(await readSafetensors(reference("sound.safetensors")));
});

test("written weights are read again with their metadata, and no unfinished file remains", async () => {
  const weights: WeightMap = new Map([
    ["a/kernel", { shape: [2, 3], data: Float32Array.from([1, -2, 3.5, 1e-30, Infinity, 0]) }],
    ["empty", { shape: [0], data: new Float32Array(0) }],
    // A view of a larger array: only the view is written.
    ["view", { shape: [2], data: Float32Array.from([9, 8, 7, 6]).subarray(1, 3) }],
  ]);
  const path = join(folder, "written.safetensors");
  await writeSafetensors(path, weights, { config: '{"seed":1}', größe: "ä" });
  assert.deepEqual(await readSafetensors(path), weights);
  assert.deepEqual(safetensorsMetadata(readFileSync(path), path), {
    config: '{"seed":1}',
    größe: "ä",
  });
  assert.deepEqual(readdirSync(folder), ["written.safetensors"]);
  assert.equal(Number(readFileSync(path).readBigUInt64LE(0)) % 8, 0, "numbers are aligned");
});

test("a tensor with a side of 0 is empty, for any size of the other sides", () => {
  const shape = [...Array<number>(40).fill(2 ** 52), 0];
  const found = parseSafetensors(file({ w: tensor(shape, [0, 0]) }, 0), "x");
  assert.deepEqual(found.get("w"), { shape, data: new Float32Array(0) });
});

test("a name with a meaning in JavaScript is read and written like any other", async () => {
  const bytes = file('{"__proto__":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}', 4);
  assert.deepEqual([...parseSafetensors(bytes, "x").keys()], ["__proto__"]);
  const weights: WeightMap = new Map([["__proto__", { shape: [1], data: Float32Array.from([7]) }]]);
  const path = join(folder, "proto.safetensors");
  await writeSafetensors(path, weights);
  assert.deepEqual(await readSafetensors(path), weights);
  rmSync(path);
});

const nested = (depth: number) => `{"w":${"[".repeat(depth)}${"]".repeat(depth)}}`;
const TWICE =
  '{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"\\u0061":{"dtype":"F32","shape":[1,2],"data_offsets":[0,8]}}';

const REFUSED: readonly [string, Buffer, RegExp][] = [
  ["too short for a length", Buffer.alloc(5), /it has 5 bytes/],
  ["a header longer than the file", file({}, 0, 1000), /header claims 1000 bytes of a file of 10/],
  ["a header of 2^52 bytes", file({}, 0, 2 ** 52), /header claims/],
  [
    "a header of 2^63 bytes",
    file({}, 0, 2n ** 63n),
    /header claims 9223372036854775808 bytes of a file of 10/,
  ],
  [
    "a header of -1 bytes",
    file({}, 0, 2n ** 64n - 1n),
    /header claims 18446744073709551615 bytes of a file of 10/,
  ],
  [
    "a header that is not UTF-8",
    file(Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x7d]), 0),
    /header is not UTF-8/,
  ],
  ["a byte order mark before the header", file("\ufeff{}", 0), /header is not JSON/],
  ["a truncated header", file({ w: tensor([1], [0, 4]) }, 0, 20), /header is not JSON/],
  [
    "a million nested lists instead of a tensor",
    file(nested(1e6), 0),
    /'w' has the type undefined/,
  ],
  [
    "a million nested lists instead of a type",
    file(nested(1e6).replace('"w":', '"w":{"dtype":').replace(/\}$/, "}}"), 0),
    /'w' has the type object/,
  ],
  [
    "an object with toString instead of a type",
    file({ w: tensor([1], [0, 4], { toString: 1 } as never) }, 4),
    /'w' has the type object/,
  ],
  [
    "a name that occurs twice, once with an escape",
    file(TWICE, 8),
    /header has the name 'a' twice/,
  ],
  [
    "a side that is not an integer",
    file({ w: tensor([0.5, 2], [0, 4]) }, 4),
    /'w' has no valid shape/,
  ],
  ["a side that is a text", file({ w: tensor(["1"], [0, 4]) }, 4), /'w' has no valid shape/],
  [
    "sides whose product overflows",
    file({ w: tensor([2 ** 52, 2 ** 52, 2 ** 52], [0, 4]) }, 4),
    /'w' has 4 bytes, and its shape needs 3\.6\d*e\+47/,
  ],
  [
    "sides whose product is 2^64",
    file({ w: tensor([2 ** 32, 2 ** 32], [0, 0]) }, 0),
    /'w' has 0 bytes, and its shape needs 7\.3\d*e\+19|73786976294838210000/,
  ],
  [
    "sides whose product is infinite",
    file({ w: tensor(Array<number>(40).fill(2 ** 52), [0, 0]) }, 0),
    /'w' has 0 bytes, and its shape needs Infinity/,
  ],
  ["negative offsets", file({ w: tensor([1], [-4, 0]) }, 4), /'w' has no valid position/],
  [
    "offsets beyond the file",
    file({ w: tensor([1], [2 ** 52, 2 ** 52 + 4]) }, 4),
    /'w' has the bytes 4503599627370496/,
  ],
  [
    "offsets that are not numbers",
    file({ w: tensor([1], ["0", "4"]) }, 4),
    /'w' has no valid position/,
  ],
  [
    "metadata that are not texts",
    file({ __metadata__: { config: 1 } }, 0),
    /'__metadata__' is not an object of texts/,
  ],
  [
    "two tensors at the same position",
    file({ a: tensor([1], [0, 4]), b: tensor([1], [0, 4]) }, 4),
    /'a' and 'b' overlap/,
  ],
  ["a header that is not JSON", file("{not json", 0), /header is not JSON/],
  ["a header that is a list", file([], 0), /not a JSON object/],
  ["an unknown type", file({ w: tensor([1], [0, 4], "C64") }, 4), /'w' has the type C64/],
  ["a negative side", file({ w: tensor([-1], [0, 4]) }, 4), /'w' has no valid shape/],
  ["a null entry", file({ w: null }, 4), /'w' has the type undefined/],
  ["one offset", file({ w: tensor([1], [0]) }, 4), /'w' has no valid position/],
  ["falling offsets", file({ w: tensor([1], [4, 0]) }, 4), /'w' has the bytes 4 to 0 of 4/],
  [
    "missing numbers at the end",
    file({ w: tensor([2], [0, 8]) }, 4),
    /0 to 8 of 4: the file is truncated/,
  ],
  [
    "a shape with another number of elements",
    file({ w: tensor([3], [0, 8]) }, 8),
    /'w' has 8 bytes, and its shape needs 12/,
  ],
  [
    "overlapping tensors",
    file({ a: tensor([2], [0, 8]), b: tensor([2], [4, 12]) }, 12),
    /'a' and 'b' overlap/,
  ],
  [
    "bytes between two tensors",
    file({ a: tensor([1], [0, 4]), b: tensor([1], [8, 12]) }, 12),
    /4 bytes between 'a' and 'b' belong to no tensor/,
  ],
  [
    "bytes after the last tensor",
    file({ a: tensor([1], [0, 4]) }, 6),
    /2 bytes at its end belong to no tensor/,
  ],
];

for (const [what, bytes, message] of REFUSED) {
  test(`${what}: refused with the file's name`, async () => {
    const reason = await refusal(() => parseSafetensors(bytes, "some.safetensors"));
    assert.match(reason, message);
    assert.match(
      reason,
      /^some\.safetensors is not a valid safetensors file: .*\. Get the file again\.$/s,
    );
  });
}
