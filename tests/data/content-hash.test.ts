import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { contentHash } from "../../src/data/content-hash";
import { smallDataset } from "../plots/cases";
import { temporaryFolder } from "./files";

test("the hash does not depend on the order of the images; it depends on each image, label and name", async () => {
  const { images } = await smallDataset();
  const hash = await contentHash(images);
  assert.match(hash, /^[0-9a-f]{64}$/);
  assert.equal(await contentHash([...images].reverse()), hash);
  assert.notEqual(await contentHash(images.slice(1)), hash);
  assert.notEqual(await contentHash([{ ...images[0], id: "other" }, ...images.slice(1)]), hash);
  const labelPath = join(temporaryFolder(), "label.txt");
  const labelled = async (text: string) => {
    writeFileSync(labelPath, text);
    return contentHash([{ ...images[0], labelPath }, ...images.slice(1)]);
  };
  const all = [hash, await labelled("0 0.5 0.5 0.1 0.1"), await labelled("1 0.5 0.5 0.1 0.1")];
  assert.equal(new Set(all).size, 3);
});

test("the error for a missing file names it", async () => {
  const { images } = await smallDataset();
  await assert.rejects(contentHash([{ ...images[0], path: "/gone.png" }]), /gone\.png/);
});
