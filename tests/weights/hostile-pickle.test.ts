/**
 * Pickles that would run code, use much memory or give wrong tensors: each is refused soon, with a
 * message that names the file, and without using the memory.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { parsePyTorch } from "../../src/weights/pytorch";
import { refusal } from "./refusal";
import {
  BUILD,
  bytesOf,
  dictionary,
  EMPTY_TUPLE,
  int,
  legacyFile,
  MARK,
  named,
  REDUCE,
  tensor,
  text,
  tuple,
} from "./pickle";

/** A file with one entry, which these opcodes make. */
const entry = (opcodes: string) => legacyFile(dictionary({ weight: opcodes }), { 0: [3, 4] });

test("the file that the following cases change is valid", async () => {
  const weights = await parsePyTorch(entry(tensor()), "valid.pth");
  assert.deepEqual([...weights], [["weight", { shape: [2], data: Float32Array.from([3, 4]) }]]);
});

const COMMAND = text("touch weights-file-ran-code");
const stackNamed = (module: string, name: string) => `${text(module)}${text(name)}\x93`;

const CODE: readonly [string, string, RegExp][] = [
  ["os.system by REDUCE", named("os", "system") + tuple(COMMAND) + REDUCE, /uses 'os\.system'/],
  [
    "eval in nested lists",
    `](${"](".repeat(50)}${named("builtins", "eval")}${tuple(COMMAND)}R${"e".repeat(50)}e`,
    /uses 'builtins\.eval'/,
  ],
  [
    "subprocess by STACK_GLOBAL",
    stackNamed("subprocess", "Popen") + tuple(COMMAND) + REDUCE,
    /uses 'subprocess\.Popen'/,
  ],
  ["os.system by INST", `${MARK}${COMMAND}ios\nsystem\n`, /uses 'os\.system'/],
  ["os.system by OBJ", `${MARK}${named("os", "system")}${COMMAND}o`, /uses 'os\.system'/],
  ["os.system by NEWOBJ", `${named("os", "system")}${tuple(COMMAND)}\x81`, /uses 'os\.system'/],
  ["os.system by NEWOBJ_EX", `${named("os", "system")}${tuple(COMMAND)}}\x92`, /uses 'os\.system'/],
  [
    "a state for an object by BUILD",
    named("os", "environ") + dictionary({ x: int(1) }) + BUILD,
    /uses 'os\.environ'/,
  ],
  ["EXT1", "\x82\x07", /uses extension 7/],
  ["EXT2", "\x83\x01\x02", /uses extension 513/],
  ["EXT4", "\x84\x01\x00\x00\x01", /uses extension 16777217/],
  [
    "an attribute of an allowed name",
    stackNamed("torch._utils", "_rebuild_tensor_v2.__globals__"),
    /uses 'torch\._utils\._rebuild_tensor_v2\.__globals__'/,
  ],
  ["a name that JavaScript objects have", stackNamed("", "constructor"), /uses '\.constructor'/],
  [
    "an allowed name as a class",
    `${named("collections", "OrderedDict")}${EMPTY_TUPLE}\x81`,
    /pickle is damaged \(.*not a constructor/,
  ],
  [
    "a text that is called like a function",
    text("os.system") + tuple(COMMAND) + REDUCE,
    /pickle is damaged \(.*not a function/,
  ],
  [
    "a storage whose id is a text",
    "Pstorage\n",
    /storage in the file is not described as PyTorch does/,
  ],
  ["an out-of-band buffer", "\x97", /pickle is damaged \(.*out-of-band/],
];

const MANY = 20_000;
/** A list of many pairs, with the memo index 1, and a dictionary that is made of it many times. */
const sameList = `]${MARK}${Array.from({ length: MANY }, (_, i) => `${int(i)}N\x86`).join("")}e\x85q\x010`;
const again = `${named("collections", "OrderedDict")}q\x02${"h\x02h\x01R".repeat(MANY)}`;

const BOMBS: readonly [string, string, RegExp][] = [
  ["a negative length, which would be read without end", `B${bytesOf(-5, 4)}`, /value of -5 bytes/],
  [
    "a LONG of a megabyte",
    `\x8b${bytesOf(2 ** 20, 4)}${"\x7f".repeat(2 ** 20)}`,
    /value of 1048576 bytes, and the pickles of weights have at most 4096/,
  ],
  ["a text of 4 GB", `X${bytesOf(2 ** 32 - 1, 4)}`, /value of 4294967295 bytes/],
  ["a text of an exabyte", `\x8d${bytesOf(2n ** 60n, 8)}`, /value of 1152921504606847000 bytes/],
  ["bytes of 2^63", `\x8e${bytesOf(2n ** 63n, 8)}`, /value of 9223372036854776000 bytes/],
  [
    "a byte array of 2^64 - 1",
    `\x96${bytesOf(2n ** 64n - 1n, 8)}`,
    /value of 18446744073709552000 bytes/,
  ],
  ["a LONG1 of 255 bytes", `\x8a\xff${"\x7f".repeat(255)}`, /pickle is damaged \(Value too large/],
  ["a number of 2^53", `\x8a\x08${bytesOf(2n ** 53n, 8)}`, /number that is 2\^53 or more/],
  ["one list used many times", sameList + again, /uses the same lists again and again/],
  ["two million dictionaries", "}".repeat(2 ** 21), /longer than 1048576 bytes/],
  [
    "a hundred thousand nested lists",
    `${"](".repeat(1e5)}${"e".repeat(1e5)}`,
    /entry 'weight' is not a tensor/,
  ],
  [
    "lists of the same lists, 2^60 in total",
    `]${"q\x00(h\x00h\x00l".repeat(60)}`,
    /entry 'weight' is not a tensor/,
  ],
  [
    "half a million arguments of one call",
    `${named("collections", "OrderedDict")}${MARK}${"N".repeat(5e5)}tR`,
    /pickle is damaged|again and again/,
  ],
  ["a pickle without an end", "N".repeat(100), /is not a tensor|damaged/],
];

const rebuild = named("torch._utils", "_rebuild_tensor_v2");
const storage = `${tuple(text("storage"), named("torch", "FloatStorage"), text("0"), text("cpu"), int(2))}Q`;
/** A tensor whose shape is a list, with the memo index 3. */
const listedShape = `${rebuild}${MARK}${storage}${int(0)}]q\x03${int(2)}a${tuple(int(1))}tR`;

const TENSORS: readonly [string, string, RegExp][] = [
  [
    "a negative stride",
    tensor({ offset: 1, strides: [-1] }),
    /tensor in the file is not described/,
  ],
  ["a negative offset", tensor({ offset: -1 }), /tensor in the file is not described/],
  ["a negative side", tensor({ shape: [-2] }), /tensor in the file is not described/],
  [
    "a side that is not a number",
    rebuild + tuple(storage, int(0), tuple(text("2")), tuple(int(1))) + REDUCE,
    /tensor in the file is not described/,
  ],
  [
    "more axes than the limit",
    tensor({ shape: Array<number>(9).fill(1), strides: Array<number>(9).fill(1) }),
    /tensor in the file is not described/,
  ],
  ["a shape without strides", tensor({ strides: [] }), /tensor in the file is not described/],
  [
    "sides whose product overflows",
    tensor({ shape: [2 ** 52, 2 ** 52, 2 ** 52], strides: [0, 0, 0] }),
    /'weight' \[4503599627370496,.*\] reaches beyond its storage of 2 numbers/,
  ],
  [
    "more numbers than its storage",
    tensor({ shape: [3] }),
    /'weight' \[3\] reaches beyond its storage of 2 numbers/,
  ],
  [
    "a stride beyond its storage",
    tensor({ strides: [2] }),
    /'weight' \[2\] reaches beyond its storage of 2 numbers/,
  ],
  [
    "an offset beyond its storage",
    tensor({ offset: 2 ** 40 }),
    /'weight' \[2\] reaches beyond its storage/,
  ],
  [
    "a storage of 2^52 numbers",
    tensor({ length: 2 ** 52 }),
    /its storages are larger than the file/,
  ],
  [
    "a storage shorter than its tensor says",
    tensor({ length: 3, shape: [3] }),
    /ends within the storage '0'/,
  ],
  [
    "a storage of complex numbers",
    tensor({ type: "ComplexFloatStorage" }),
    /uses 'torch\.ComplexFloatStorage'/,
  ],
  [
    "a storage that is a tensor",
    rebuild + tuple(tensor(), int(0), tuple(int(2)), tuple(int(1))) + REDUCE,
    /tensor in the file is not described/,
  ],
  [
    "a shape that is changed later",
    tensor() + dictionary({ shape: tuple(int(-1)) }) + BUILD,
    /pickle is damaged \(.*read only/,
  ],
  [
    "a list with the fields of a tensor",
    `]${dictionary({ offset: int(-9), shape: tuple(int(2)), strides: tuple(int(1)), storage, ["__proto__"]: tensor() })}${BUILD}`,
    /entry 'weight' is not a tensor/,
  ],
  [
    "a list with the fields of a storage",
    rebuild +
      tuple(
        `]${dictionary({ key: text("0"), type: text("float32") })}${BUILD}`,
        int(0),
        tuple(int(2)),
        tuple(int(1)),
      ) +
      REDUCE,
    /tensor in the file is not described/,
  ],
];

for (const [what, opcodes, message] of [...CODE, ...BOMBS, ...TENSORS]) {
  test(`${what}: refused`, async () => {
    const reason = await refusal(() => parsePyTorch(entry(opcodes), "some.pth"));
    assert.match(reason, /^cannot read the PyTorch weights some\.pth: .*\. Get the file again/s);
    assert.match(reason, message);
  });
}

test("a list that is changed later does not change the shape of a tensor", async () => {
  const weights = await parsePyTorch(entry(`${listedShape}h\x03${int(1e6)}a0`), "valid.pth");
  assert.deepEqual(weights.get("weight"), { shape: [2], data: Float32Array.from([3, 4]) });
});

test("one storage with two descriptions: refused", async () => {
  const both = dictionary({ a: tensor(), b: tensor({ length: 3 }) });
  const reason = await refusal(() => parsePyTorch(legacyFile(both, { 0: [3, 4] }), "some.pth"));
  assert.match(reason, /storage '0' has two different descriptions/);
});
