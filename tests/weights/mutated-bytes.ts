/** Files for fuzzing: changed valid files, and random bytes. */
import fc from "fast-check";

/** Numbers that readers may handle wrongly. */
const NUMBERS = [
  0n,
  1n,
  4n,
  8n,
  2n ** 7n,
  2n ** 15n,
  2n ** 31n - 1n,
  2n ** 31n,
  2n ** 32n - 1n,
  2n ** 53n,
  2n ** 63n,
  2n ** 64n - 1n,
];

/** A change to a file. */
type Change = (bytes: Buffer) => Buffer;

/** A position in a file, as a fraction of its length. */
const place = fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true });

const at = (bytes: Buffer, where: number) => Math.floor(where * bytes.length);

const oneByte: fc.Arbitrary<Change> = fc
  .tuple(place, fc.nat({ max: 255 }))
  .map(([where, value]) => (bytes) => {
    const copy = Buffer.from(bytes);
    if (copy.length) copy[at(copy, where)] = value;
    return copy;
  });

const oneNumber: fc.Arbitrary<Change> = fc
  .tuple(place, fc.constantFrom(...NUMBERS), fc.constantFrom(1, 2, 4, 8))
  .map(([where, value, length]) => (bytes) => {
    const copy = Buffer.from(bytes);
    const start = at(copy, where);
    for (let i = 0; i < length && start + i < copy.length; i++)
      copy[start + i] = Number((value >> BigInt(8 * i)) & 255n);
    return copy;
  });

const cut: fc.Arbitrary<Change> = fc.tuple(place, place).map(([from, to]) => (bytes) => {
  const [start, end] = [at(bytes, from), at(bytes, to)].sort((a, b) => a - b);
  return Buffer.concat([bytes.subarray(0, start), bytes.subarray(end)]);
});

const truncated: fc.Arbitrary<Change> = place.map(
  (where) => (bytes) => bytes.subarray(0, at(bytes, where)),
);

const inserted: fc.Arbitrary<Change> = fc.tuple(place, fc.uint8Array({ maxLength: 40 })).map(
  ([where, more]) =>
    (bytes) =>
      Buffer.concat([bytes.subarray(0, at(bytes, where)), more, bytes.subarray(at(bytes, where))]),
);

const repeated: fc.Arbitrary<Change> = fc
  .tuple(place, place, fc.integer({ min: 2, max: 50 }))
  .map(([from, to, times]) => (bytes) => {
    const [start, end] = [at(bytes, from), at(bytes, to)].sort((a, b) => a - b);
    const part = bytes.subarray(start, Math.min(end, start + 100));
    return Buffer.concat([
      bytes.subarray(0, start),
      ...Array<Buffer>(times).fill(part),
      bytes.subarray(start),
    ]);
  });

/** The beginning of one file and the end of another. */
function spliced(files: readonly Buffer[]): fc.Arbitrary<Buffer> {
  const file = fc.constantFrom(...files);
  return fc
    .tuple(file, file, place, place)
    .map(([a, b, end, start]) =>
      Buffer.concat([a.subarray(0, at(a, end)), b.subarray(at(b, start))]),
    );
}

/**
 * Valid files with one to six changes, combinations of two valid files, and random bytes after a
 * valid beginning.
 */
export function mutatedBytes(files: readonly Buffer[]): fc.Arbitrary<Buffer> {
  const BEGINNING = 15;
  const changes = fc.array(fc.oneof(oneByte, oneNumber, cut, truncated, inserted, repeated), {
    minLength: 1,
    maxLength: 6,
  });
  const file = fc.constantFrom(...files);
  const changed = fc
    .tuple(fc.oneof(file, spliced(files)), changes)
    .map(([bytes, list]) => list.reduce((now, change) => change(now), bytes));
  const random = fc
    .tuple(file, fc.nat({ max: BEGINNING }), fc.uint8Array({ maxLength: 300 }))
    .map(([bytes, length, more]) => Buffer.concat([bytes.subarray(0, length), more]));
  return fc.oneof({ weight: 6, arbitrary: changed }, spliced(files), random);
}
