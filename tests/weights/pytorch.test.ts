import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import fc from "fast-check";
import { readPyTorch } from "../../src/weights/pytorch";
import { reference, assertExpectedWeights } from "./reference";

const folder = mkdtempSync(join(tmpdir(), "pytorch-test-"));
after(() => rmSync(folder, { recursive: true }));

function changed(name: string, change: (bytes: Buffer) => Buffer): string {
  const path = join(folder, `changed-${name}`);
  writeFileSync(path, change(readFileSync(reference(name))));
  return path;
}

for (const name of ["legacy.pth", "zip.pth"]) {
  test(`${name}: all number formats, and transposed, sliced and shared tensors, are read as PyTorch saved them`, async () => {
    assertExpectedWeights(await readPyTorch(reference(name)));
  });

  test(`${name}: a truncated file is refused`, async () => {
    const { length } = readFileSync(reference(name));
    for (const part of [0, 0.1, 0.5, 0.9, 0.99]) {
      const path = changed(name, (bytes) => bytes.subarray(0, Math.floor(part * length)));
      await assert.rejects(readPyTorch(path), /cannot read the PyTorch weights .*changed-/);
    }
  });
}

for (const name of ["legacy.pth", "zip.pth"]) {
  test(`${name}: with any bytes changed, it is read or refused with its name`, async () => {
    const { length } = readFileSync(reference(name));
    const change = fc.tuple(fc.nat({ max: length - 1 }), fc.nat({ max: 255 }));
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 4 }), async (changes) => {
        const path = changed(name, (bytes) => {
          for (const [position, value] of changes) bytes[position] = value;
          return bytes;
        });
        const outcome = await readPyTorch(path).then(
          () => "read",
          (error: Error) => error.message,
        );
        assert.match(outcome, /^read$|^cannot read the PyTorch weights .*changed-/);
      }),
      { numRuns: 300 },
    );
  });
}

for (const name of ["harmful-legacy.pth", "harmful-zip.pth"]) {
  test(`${name}: a call of os.system is refused and not made`, async () => {
    await assert.rejects(readPyTorch(reference(name)), /uses '(posix|nt)\.system'/);
    assert.ok(!existsSync("weights-file-ran-code"));
  });
}

test("a complete model, which needs its classes, is refused with their name", async () => {
  await assert.rejects(
    readPyTorch(reference("whole-model.pth")),
    /uses 'torch\.nn\.modules\.linear\.Linear'/,
  );
});

test("a checkpoint with other entries than tensors is refused with their name", async () => {
  await assert.rejects(readPyTorch(reference("checkpoint.pth")), /entry 'epoch' is not a tensor/);
});

test("a tensor larger than its storage is refused before memory is allocated", async () => {
  await assert.rejects(
    readPyTorch(reference("expanded.pth")),
    /'weight' \[1000,1000\] reaches beyond its storage of 1 numbers/,
  );
});

test("big-endian, compressed and short archives are refused", async () => {
  await assert.rejects(readPyTorch(reference("big-endian.pth")), /big-endian/);
  await assert.rejects(readPyTorch(reference("compressed.pth")), /compressed/);
  await assert.rejects(
    readPyTorch(reference("short-storage.pth")),
    /storage '0' has 4 bytes instead of 8/,
  );
});

test("a big-endian file of the old kind is refused", async () => {
  // In the description of the machine, `little_endian` is followed by memo opcodes and True (0x88).
  const path = changed("legacy.pth", (bytes) => {
    const at = bytes.indexOf(0x88, bytes.indexOf("little_endian"));
    bytes[at] = 0x89;
    return bytes;
  });
  await assert.rejects(readPyTorch(path), /big-endian/);
});

test("a storage with two different lengths is refused", async () => {
  const path = changed("legacy.pth", (bytes) => {
    // The file ends with a storage of two float32 numbers after its 8-byte length.
    bytes.writeBigInt64LE(3n, bytes.length - 16);
    return bytes;
  });
  await assert.rejects(readPyTorch(path), /numbers instead of/);
});

test("a file of another kind is refused", async () => {
  const path = changed("legacy.pth", () => Buffer.from("<html>404 Not Found</html>"));
  await assert.rejects(readPyTorch(path), /does not begin like a PyTorch file/);
});
