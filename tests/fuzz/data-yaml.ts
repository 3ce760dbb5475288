/**
 * Fuzzing of `data.yaml` files: each gives valid names and folders, or problems, in limited time.
 */
import assert from "node:assert/strict";
import fc from "fast-check";
import { parseDataYaml } from "../../src/data/formats/yolo/data-yaml";
import { textOrRefused } from "../data/text-or-refused";

const VALID =
  'path: .\ntrain: images/train\nval: [images/val, more/val]\nnc: 2\nnames:\n  0: ring\n  1: "solid"\n';
/** Milliseconds for one small file; it usually takes a thousandth. */
const MAX_TIME = 5000;

const key = fc.constantFrom(
  "path",
  "train",
  "val",
  "test",
  "names",
  "nc",
  "other",
  "__proto__",
  "0",
);
const value = fc.oneof(
  fc.constantFrom(
    "images/train",
    "../..",
    "[a, b]",
    "{0: a, 1: b}",
    "{1: a}",
    "[]",
    "2",
    "-1",
    "1e400",
    "~",
    '""',
  ),
  fc.constantFrom(
    "*a",
    "&a [*a]",
    "&a {x: *a}",
    "!tag [a]",
    "!!set {a, b}",
    "!!binary x",
    "? a",
    "- a",
    "|",
    "[[a], {b: c}]",
  ),
  fc.constantFrom(
    "[a, a]",
    "[a, '']",
    "[a, ~]",
    "[' ', b]",
    "{0: a, 1: a}",
    "{0: a, 1: }",
    "{0: a, '0': b}",
    "[[a], [b]]",
  ),
  fc.json(),
  fc.string({ unit: "binary", maxLength: 30 }),
);
const entries = fc
  .array(fc.tuple(key, value), { maxLength: 8 })
  .map((pairs) => pairs.map(([name, content]) => `${name}: ${content}\n`).join(""));

/** A valid file with pieces of YAML inserted. */
const damaged = fc
  .array(
    fc.tuple(
      fc.nat(VALID.length),
      fc.constantFrom(
        "[",
        "]",
        "{",
        "}",
        ": ",
        "- ",
        "? ",
        "&a ",
        "*a",
        "!t ",
        "\t",
        "\n",
        "'",
        '"',
        "#",
        "---\n",
      ),
    ),
    { maxLength: 12 },
  )
  .map((pieces) =>
    pieces.reduce((text, [at, piece]) => text.slice(0, at) + piece + text.slice(at), VALID),
  );

const file = fc.oneof(
  fc.uint8Array({ maxLength: 300 }),
  fc
    .oneof(entries, damaged, fc.string({ unit: "binary", maxLength: 200 }))
    .map((text) => Buffer.from(text)),
  // One piece many times.
  fc
    .tuple(
      fc.string({ minLength: 1, maxLength: 4, unit: fc.constantFrom(..."a[{:?-& *\n'") }),
      fc.nat(2000),
    )
    .map(([piece, count]) => Buffer.from(piece.repeat(count))),
);

/** Checks the requirements for every file. */
function isRead(bytes: Uint8Array): void {
  const content = textOrRefused(bytes);
  if (content === null) return;
  const start = performance.now();
  const { path, places, classNames, problems } = parseDataYaml(content);
  assert.ok(performance.now() - start < MAX_TIME, `it took ${performance.now() - start} ms`);
  assert.ok(path === null || typeof path === "string");
  for (const { split, place } of places)
    assert.ok(typeof split === "string" && place.trim().length > 0);
  for (const { message, line = 1 } of problems)
    assert.ok(message.length < 300 && line >= 1, message);
  if (problems.some(({ severity }) => severity === "error")) return;
  // Without an error, all of it must be usable.
  if (classNames === null) return;
  assert.ok(classNames.length >= 1 && classNames.length <= 1000);
  assert.ok(classNames.every((name) => typeof name === "string" && name.trim().length > 0));
  assert.equal(new Set(classNames).size, classNames.length);
}

/**
 * Tries random files. Throws with the smallest file that breaks a requirement.
 * @param runs number of files
 */
export function dataYamls(runs: number): void {
  fc.assert(fc.property(file, isRead), { numRuns: runs });
}
