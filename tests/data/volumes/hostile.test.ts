/**
 * Broken and hostile files: reading each must end soon with an error that names the file, and
 * without allocating the memory that the file claims.
 */
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "fs";
import { basename, join } from "path";
import { test } from "node:test";
import { gunzipSync, gzipSync } from "zlib";
import { openVolume } from "../../../src/data/volumes/open-volumes";
import { slicePicture } from "../../../src/data/volumes/volume";
import { Random } from "../../../src/util/random";
import { temporaryFolder } from "../files";
import { changedCopy, fixture } from "./reference";

/** Bytes; much more than these small files need, and much less than they claim. */
const MEMORY = 200 * 2 ** 20;

/** Reads all slices of a scan. */
async function readAll(file: string): Promise<number> {
  const volume = await openVolume(file, { timePoint: 0 });
  for (const slice of volume.slices) await slicePicture(volume, slice);
  return volume.slices.length;
}

/** Checks that reading throws an error that names the file, and uses little memory. */
async function assertRefused(file: string, message?: RegExp): Promise<void> {
  const before = process.memoryUsage().rss;
  await assert.rejects(readAll(file), (error: Error) => {
    assert.ok(
      error.message.includes(basename(file)),
      `${error.message} does not name ${basename(file)}`,
    );
    if (message) assert.match(error.message, message);
    return true;
  });
  assert.ok(process.memoryUsage().rss - before < MEMORY, `${basename(file)} took memory`);
}

/** Position of the value of an element in a DICOM file with explicit types, in bytes. */
function valueAt(bytes: Buffer, group: number, element: number): number {
  const tag = Buffer.alloc(4);
  tag.writeUInt16LE(group);
  tag.writeUInt16LE(element, 2);
  return bytes.indexOf(tag, 132) + 8;
}

/**
 * A changed copy of a NIfTI file. A gzipped one is unpacked before the change and packed after it.
 */
function changedNifti(name: string, change: (bytes: Buffer) => Buffer | void): string {
  const isPacked = name.endsWith(".gz");
  return changedCopy(name, (bytes) => {
    const plain = isPacked ? gunzipSync(bytes) : bytes;
    const changed = change(plain) ?? plain;
    return isPacked ? gzipSync(changed) : changed;
  });
}

const CUT = [
  "mono2.dcm",
  "big-endian.dcm",
  "multi-frame.dcm",
  "rle.dcm",
  "jpeg2000.dcm",
  "jpeg-ls.dcm",
  "jpeg-lossless.dcm",
  "flipped.nii",
  "nifti2.nii.gz",
];

for (const name of CUT) {
  test(`${name} is refused when it is cut short at any place`, async () => {
    const complete = readFileSync(fixture(name));
    const folder = temporaryFolder();
    for (let part = 0; part < 24; part++) {
      const file = join(folder, `cut-${part}-${name}`);
      writeFileSync(file, complete.subarray(0, Math.floor((complete.length * part) / 24)));
      await assertRefused(file);
    }
  });
}

test("a JPEG whose pixels are cut short is refused although its frame is complete", async () => {
  await assertRefused(
    changedCopy("jpeg-baseline.dcm", (bytes) => bytes.subarray(0, bytes.length - 600)),
  );
});

for (const name of [
  "mono2.dcm",
  "multi-frame.dcm",
  "deflated.dcm",
  "rle.dcm",
  "jpeg2000.dcm",
  "jpeg-ls.dcm",
  "jpeg-lossless.dcm",
  "flipped.nii",
  "qform-only.nii.gz",
  "nifti2.nii.gz",
]) {
  test(`${name} with wrong bytes is read, or refused with its name`, async () => {
    const random = new Random(`hostile ${name}`);
    const folder = temporaryFolder();
    const isPacked = name.endsWith(".gz");
    const raw = readFileSync(fixture(name));
    const unpacked = isPacked ? gunzipSync(raw) : raw;
    let refused = 0;
    for (let i = 0; i < 60; i++) {
      const bytes = Buffer.from(unpacked);
      // Mostly in the header, where a wrong byte has an effect.
      const reach = random.chance(0.8) ? Math.min(700, bytes.length) : bytes.length;
      for (let n = 1 + random.integer(4); n > 0; n--)
        bytes[random.integer(reach)] = random.integer(256);
      const file = join(folder, `wrong-${i}-${name}`);
      writeFileSync(file, isPacked ? gzipSync(bytes) : bytes);
      try {
        await readAll(file);
      } catch (error) {
        refused++;
        assert.ok(
          (error as Error).message.includes(basename(file)),
          `${(error as Error).message} does not name the file`,
        );
      }
    }
    assert.ok(refused > 0, "no changed file was refused, so the test proves nothing");
  });
}

test("DICOM: sizes that do not fit the pixels are refused", async () => {
  const setUint16 = (name: string, element: number, value: number) =>
    changedCopy(name, (bytes) => void bytes.writeUInt16LE(value, valueAt(bytes, 0x0028, element)));
  await assertRefused(
    setUint16("mono2.dcm", 0x0010, 65535),
    /claims 1 frames of 32 x 65535 pixels/,
  );
  await assertRefused(setUint16("mono2.dcm", 0x0010, 0), /claims 32 x 0 pixels/);
  await assertRefused(
    setUint16("mono2.dcm", 0x0010, 25),
    /claims 1 frames of 32 x 25 pixels, and its data have 1536 bytes/,
  );
  await assertRefused(setUint16("mono2.dcm", 0x0100, 12), /12 bits a pixel are not read/);
  await assertRefused(setUint16("mono2.dcm", 0x0101, 17), /17 bits up to bit 11 of 16/);
  for (const name of [
    "rle.dcm",
    "jpeg2000.dcm",
    "jpeg-ls.dcm",
    "jpeg-lossless.dcm",
    "jpeg-baseline.dcm",
  ]) {
    await assertRefused(setUint16(name, 0x0010, 60000));
    await assertRefused(setUint16(name, 0x0011, 65));
  }
});

test("compressed pixels of another size than in the header are refused", async () => {
  const huge = (name: string, marker: number, offset: number, bytes: number) =>
    changedCopy(name, (file) => {
      const at = file.indexOf(Buffer.of(0xff, marker), 300);
      file.writeUIntBE(60000, at + offset, bytes);
    });
  await assertRefused(
    huge("jpeg2000.dcm", 0x51, 6, 4),
    /64 x 48 pixels, and its compressed image 60000 x 48/,
  );
  await assertRefused(
    huge("jpeg-ls.dcm", 0xf7, 7, 2),
    /64 x 48 pixels, and its compressed image 60000 x 48/,
  );
  await assertRefused(
    huge("jpeg-lossless.dcm", 0xc3, 5, 2),
    /64 x 48 pixels, and its compressed image 64 x 60000/,
  );
});

test("NIfTI: sizes that do not fit the voxels are refused", async () => {
  const size = (axis: number, value: number) =>
    changedNifti("flipped.nii", (bytes) => void bytes.writeInt16LE(value, 40 + 2 * axis));
  await assertRefused(
    size(1, 32767),
    /cut short: its header claims 32767 x 10 x 8 voxels of 2 bytes/,
  );
  await assertRefused(size(1, -12), /claims -12 x 10 x 8 voxels/);
  await assertRefused(size(3, 0), /claims 12 x 10 x 0 voxels/);
  await assertRefused(size(0, 9), /NIfTI|9 dimensions/);
  const all = changedNifti("qform-only.nii.gz", (bytes) => {
    for (const axis of [1, 2, 3]) bytes.writeInt16LE(32767, 40 + 2 * axis);
  });
  await assertRefused(all, /more than 1073741824 bytes a volume/);
  const far = changedNifti("flipped.nii", (bytes) => void bytes.writeFloatLE(1e9, 108));
  await assertRefused(far, /cut short/);
  const second = changedNifti(
    "nifti2.nii.gz",
    (bytes) => void bytes.writeBigInt64LE(2n ** 60n, 24),
  );
  await assertRefused(second, /claims/);
});

test("of a gzipped file with 300 MB after its voxels, only the voxels are unpacked", async () => {
  const folder = temporaryFolder();
  const file = join(folder, "bomb.nii.gz");
  // A valid file with 300 MB of zeros after its voxels.
  writeFileSync(
    file,
    gzipSync(Buffer.concat([readFileSync(fixture("flipped.nii")), Buffer.alloc(3e8)]), {
      level: 1,
    }),
  );
  const before = process.memoryUsage().rss;
  assert.equal(await readAll(file), 8);
  assert.ok(process.memoryUsage().rss - before < MEMORY);
});

test("a header without voxels is refused", async () => {
  const pair = changedNifti("flipped.nii", (bytes) => void bytes.write("ni1", 344));
  await assertRefused(pair, /its voxels are in another file/);
  const none = join(temporaryFolder(), "empty.nii");
  writeFileSync(none, "");
  await assertRefused(none, /not a NIfTI file/);
});
