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

/** A file with that header and that many bytes of numbers. */
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

test("every number format is read as the official writer wrote it", async () => {
  assertExpectedWeights(await readSafetensors(reference("sound.safetensors")));
});

test("what is written is read again, with its metadata, and no unfinished file stays", async () => {
  const weights: WeightMap = new Map([
    ["a/kernel", { shape: [2, 3], data: Float32Array.from([1, -2, 3.5, 1e-30, Infinity, 0]) }],
    ["empty", { shape: [0], data: new Float32Array(0) }],
    // A view into a larger array has to be written alone.
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

test("a side of 0 makes a tensor empty, however large the others are", () => {
  const shape = [...Array<number>(40).fill(2 ** 52), 0];
  const found = parseSafetensors(file({ w: tensor(shape, [0, 0]) }, 0), "x");
  assert.deepEqual(found.get("w"), { shape, data: new Float32Array(0) });
});

test("a name that means something to JavaScript is a name, read and written", async () => {
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
  ["a header of absurd length", file({}, 0, 2 ** 52), /header claims/],
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
  ["a mark of UTF-8 before the header", file("\ufeff{}", 0), /header is not JSON/],
  ["a header without its end", file({ w: tensor([1], [0, 4]) }, 0, 20), /header is not JSON/],
  ["lists a million deep for a tensor", file(nested(1e6), 0), /'w' is of type undefined/],
  [
    "lists a million deep for a type",
    file(nested(1e6).replace('"w":', '"w":{"dtype":').replace(/\}$/, "}}"), 0),
    /'w' is of type object/,
  ],
  [
    "a type with a text of its own",
    file({ w: tensor([1], [0, 4], { toString: 1 } as never) }, 4),
    /'w' is of type object/,
  ],
  ["a name that stands twice, once in code", file(TWICE, 8), /header names 'a' twice/],
  ["a side that is not whole", file({ w: tensor([0.5, 2], [0, 4]) }, 4), /'w' has no proper shape/],
  ["a side that is a text", file({ w: tensor(["1"], [0, 4]) }, 4), /'w' has no proper shape/],
  [
    "sides whose product overflows",
    file({ w: tensor([2 ** 52, 2 ** 52, 2 ** 52], [0, 4]) }, 4),
    /'w' has 4 bytes where its shape wants 3\.6\d*e\+47/,
  ],
  [
    "sides whose product is 2^64",
    file({ w: tensor([2 ** 32, 2 ** 32], [0, 0]) }, 0),
    /'w' has 0 bytes where its shape wants 7\.3\d*e\+19|73786976294838210000/,
  ],
  [
    "so many sides that no number holds it",
    file({ w: tensor(Array<number>(40).fill(2 ** 52), [0, 0]) }, 0),
    /'w' has 0 bytes where its shape wants Infinity/,
  ],
  ["offsets below zero", file({ w: tensor([1], [-4, 0]) }, 4), /'w' has no proper place/],
  [
    "offsets beyond any file",
    file({ w: tensor([1], [2 ** 52, 2 ** 52 + 4]) }, 4),
    /'w' lies at bytes 4503599627370496/,
  ],
  [
    "offsets that are no numbers",
    file({ w: tensor([1], ["0", "4"]) }, 4),
    /'w' has no proper place/,
  ],
  [
    "texts beside the tensors that are none",
    file({ __metadata__: { config: 1 } }, 0),
    /'__metadata__' is no object of texts/,
  ],
  [
    "two tensors in one place",
    file({ a: tensor([1], [0, 4]), b: tensor([1], [0, 4]) }, 4),
    /'a' and 'b' overlap/,
  ],
  ["a header that is not JSON", file("{not json", 0), /header is not JSON/],
  ["a header that is a list", file([], 0), /no JSON object/],
  ["an unknown type", file({ w: tensor([1], [0, 4], "C64") }, 4), /'w' is of type C64/],
  ["a negative side", file({ w: tensor([-1], [0, 4]) }, 4), /'w' has no proper shape/],
  ["a null entry", file({ w: null }, 4), /'w' is of type undefined/],
  ["one offset", file({ w: tensor([1], [0]) }, 4), /'w' has no proper place/],
  ["offsets backwards", file({ w: tensor([1], [4, 0]) }, 4), /'w' lies at bytes 4 to 0 of 4/],
  [
    "numbers missing at the end",
    file({ w: tensor([2], [0, 8]) }, 4),
    /0 to 8 of 4: the file is truncated/,
  ],
  [
    "a shape of another size",
    file({ w: tensor([3], [0, 8]) }, 8),
    /'w' has 8 bytes where its shape wants 12/,
  ],
  [
    "overlapping tensors",
    file({ a: tensor([2], [0, 8]), b: tensor([2], [4, 12]) }, 12),
    /'a' and 'b' overlap/,
  ],
  [
    "a hole",
    file({ a: tensor([1], [0, 4]), b: tensor([1], [8, 12]) }, 12),
    /4 bytes between 'a' and 'b' belong to no tensor/,
  ],
  [
    "bytes left over",
    file({ a: tensor([1], [0, 4]) }, 6),
    /2 bytes at its end belong to no tensor/,
  ],
];

for (const [what, bytes, message] of REFUSED) {
  test(`${what}: refused with the file's name`, async () => {
    const said = await refusal(() => parseSafetensors(bytes, "some.safetensors"));
    assert.match(said, message);
    assert.match(
      said,
      /^some\.safetensors is no sound safetensors file: .*\. Get the file anew\.$/s,
    );
  });
}
