import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import sharp, { type Sharp } from "sharp";
import { Dataset } from "../../../src/data/dataset";
import { decodeImage } from "../../../src/data/image";
import { MAX_PAIRS, nearDuplicates } from "../../../src/data/health/near-duplicates";
import { HASH_BITS, perceptualHash } from "../../../src/data/health/perceptual-hash";
import { hammingDistance } from "../hamming-distance";
import type { ImageRecord } from "../../../src/types";
import { temporaryFolder } from "../files";

const SIDE = 160;

/** A round head with smooth waves. Each seed gives another one. */
function slice(seed: number) {
  const pixels = Uint8Array.from({ length: SIDE * SIDE }, (_, i) => {
    const [x, y] = [(i % SIDE) - SIDE / 2, Math.floor(i / SIDE) - SIDE / 2];
    if (Math.hypot(x, y) > SIDE * 0.4) return 0;
    return Math.round(
      120 +
        35 * Math.sin(x / (7 + seed)) +
        35 * Math.cos(y / (5 + 2 * seed) + seed) +
        20 * Math.sin((x + y) / (9 + seed)),
    );
  });
  return sharp(pixels, { raw: { width: SIDE, height: SIDE, channels: 1 } });
}

function record(path: string, split: string, patient: string): ImageRecord {
  const id = `images/${split}/${path.slice(path.lastIndexOf("/") + 1)}`;
  return { id, path, labelPath: null, split, patient, width: SIDE, height: SIDE, annotations: [] };
}

test("a slice that is saved smaller, brighter, at low quality or in a wider frame has nearly the same hash; another slice has not", async () => {
  const hashOf = async (picture: Sharp) =>
    perceptualHash(await decodeImage(await picture.toBuffer()));
  const original = await hashOf(slice(1).png());
  assert.equal(original.length * 4, HASH_BITS);
  const copies = {
    jpeg: slice(1).jpeg({ quality: 60 }),
    smaller: slice(1).resize(120, 120).png(),
    brighter: slice(1).linear(1.1, 0).png(),
    framed: slice(1).extend({ left: 40, bottom: 9, background: "black" }).png(),
  };
  for (const [name, copy] of Object.entries(copies)) {
    const distance = hammingDistance(original, await hashOf(copy));
    assert.ok(distance <= 24, `${name}: ${distance} bits`);
  }
  assert.ok(hammingDistance(original, await hashOf(slice(4).png())) > 50);
});

test("the distance is the number of different bits", () => {
  assert.equal(hammingDistance("0f", "0f"), 0);
  assert.equal(hammingDistance("00", "f1"), 5);
  assert.throws(() => hammingDistance("0", "00"), /cannot be compared/);
});

test("pairs across splits come first, then those across patients; the text has their numbers", async () => {
  const folder = temporaryFolder();
  const files = { "a_1.png": 1, "a_2.png": 1, "b_1.png": 1, "c_1.png": 4, "d_1.png": 4 };
  for (const [name, seed] of Object.entries(files))
    await slice(seed).png().toFile(join(folder, name));
  const at = (name: string, split: string) => record(join(folder, name), split, name[0]);
  const images = [
    at("a_1.png", "train"),
    at("a_2.png", "train"),
    at("b_1.png", "train"),
    at("c_1.png", "train"),
    at("d_1.png", "test"),
  ];
  const found = await nearDuplicates(new Dataset({ root: folder, classNames: ["tumor"], images }));
  const listed = found.pairs.map(({ first, second, distance, crossesSplit, crossesPatient }) => [
    `${first.patient}${second.patient}`,
    distance,
    crossesSplit,
    crossesPatient,
  ]);
  assert.deepEqual(listed, [
    ["cd", 0, true, true],
    ["ab", 0, false, true],
    ["ab", 0, false, true],
    ["aa", 0, false, false],
  ]);
  assert.match(
    found.text,
    /^4 pairs of 5 slices .* 1 cross splits, 3 cross patients\. .*remove one image of each pair/,
  );
  const alone = await nearDuplicates(
    new Dataset({ root: folder, classNames: ["tumor"], images: images.slice(2, 4) }),
  );
  assert.match(alone.text, /No two of 2 slices/);
  await assert.rejects(
    nearDuplicates(new Dataset({ root: folder, classNames: [], images }), { maxDistance: 0.5 }),
    /whole number of bits/,
  );
});

test("the list of pairs is limited to the most serious ones, the numbers are not", async () => {
  const folder = temporaryFolder();
  const path = join(folder, "a.png");
  await slice(1).png().toFile(path);
  // 400 equal images of 4 patients, the last 2 of them in another split.
  const images = Array.from({ length: 400 }, (_, i) => ({
    ...record(path, i < 398 ? "train" : "test", `p${i % 4}`),
    id: String(i),
  }));
  const dataset = new Dataset({ root: folder, classNames: ["tumor"], images });
  const found = await nearDuplicates(dataset);
  assert.equal(found.pairCount, (400 * 399) / 2);
  assert.equal(found.pairs.length, MAX_PAIRS);
  assert.ok(found.pairs.slice(0, 2 * 398).every(({ crossesSplit }) => crossesSplit));
  assert.match(
    found.text,
    /^79800 pairs of 400 .* 796 cross splits, .* Only the 10000 most serious/,
  );
  const all = await nearDuplicates(dataset, { maxPairs: 1e6 });
  assert.equal(all.pairs.length, all.pairCount);
  assert.doesNotMatch(all.text, /Only/);
  assert.deepEqual(found.pairs, all.pairs.slice(0, MAX_PAIRS));
  await assert.rejects(nearDuplicates(dataset, { maxPairs: 0 }), /maxPairs is 0/);
});
