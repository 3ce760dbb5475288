/** Pipes, devices, sockets and folders that cannot be listed: reported at once, and never read. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { basename, join } from "node:path";
import { test, type TestContext } from "node:test";
import { openVolume, openVolumes, scanKind, scansIn } from "../../../src/data/volumes/open-volumes";
import { openVoxels } from "../../../src/data/volumes/voxel-volume";
import { forbid, withoutPrivileges } from "../bad-input";
import { temporaryFolder } from "../files";
import { scan } from "./scans";

/** Milliseconds; a pipe that is read never ends. */
const AT_ONCE = 5000;

const NAMES = ["scan.nii", "scan.nii.gz", "scan.dcm", "IM0001", "scan.hdr", "scan.ima", "a.b.c"];

/** Opens files that are no regular files, in every way in which a scan can be opened. */
async function assertRefused(paths: readonly string[]): Promise<void> {
  const { volumes, failed } = await openVolumes(paths);
  assert.deepEqual(volumes, []);
  assert.equal(failed.length, paths.length);
  for (const path of paths) {
    const reason = /(it is a device or a pipe, not a file|no such device or address)/;
    const { message } = failed.find(({ file }) => file === path)!;
    assert.match(message, reason);
    assert.ok(message.startsWith(path));
    await assert.rejects(openVolume(path), reason);
    await assert.rejects(openVoxels(path));
    await scanKind(path);
  }
}

test("pipes are refused at once, named or in a folder", { timeout: AT_ONCE }, async () => {
  const folder = temporaryFolder();
  const pipes = NAMES.map((name) => join(folder, name));
  execFileSync("mkfifo", pipes);
  await assertRefused(pipes);
  assert.deepEqual(await scansIn(folder), []);
});

test("devices are refused at once", { timeout: AT_ONCE }, async () => {
  const devices = ["/dev/zero", "/dev/null", "/dev/random"].filter((path) => existsSync(path));
  await assertRefused(devices);
  const folder = temporaryFolder();
  devices.forEach((device, i) => symlinkSync(device, join(folder, `${i}.nii`)));
  await assertRefused(devices.map((_, i) => join(folder, `${i}.nii`)));
  assert.deepEqual(await scansIn(folder), []);
});

test("sockets are refused at once", { timeout: AT_ONCE }, async (context: TestContext) => {
  const folder = temporaryFolder();
  const socket = join(folder, "socket.dcm");
  const server = createServer().listen(socket);
  await new Promise((resolve) => server.once("listening", resolve));
  context.after(() => server.close());
  await assertRefused([socket]);
  assert.deepEqual(await scansIn(folder), []);
});

test("a pair whose voxels are a pipe is refused at once", { timeout: AT_ONCE }, async () => {
  const folder = temporaryFolder();
  copyFileSync(scan("pair.hdr"), join(folder, "a.hdr"));
  execFileSync("mkfifo", [join(folder, "a.img")]);
  await assert.rejects(openVolume(join(folder, "a.hdr")), /a\.hdr: it is a device or a pipe/);
  await assert.rejects(openVoxels(join(folder, "a.hdr")).then((v) => v.readVoxels("axial", 0)));
  copyFileSync(scan("pair.hdr"), join(folder, "b.hdr"));
  mkdirSync(join(folder, "b.img"));
  await assert.rejects(openVolume(join(folder, "b.hdr")), /b\.hdr: it is a folder, not a file/);
});

test("a folder with the name of a scan is a folder", async () => {
  const folder = temporaryFolder();
  mkdirSync(join(folder, "a.dcm"));
  mkdirSync(join(folder, "b.nii.gz"));
  copyFileSync(scan("frames-0.dcm"), join(folder, "a.dcm", "IM1"));
  copyFileSync(scan("sform-zero.nii"), join(folder, "b.nii.gz", "c.nii"));
  const found = await scansIn(folder);
  assert.deepEqual(
    found.map((path) => basename(path)),
    ["IM1", "c.nii"],
  );
  const { failed } = await openVolumes([join(folder, "a.dcm")]);
  assert.match(failed[0].message, /a\.dcm: it is a folder, not a file/);
});

test("a folder that cannot be listed is reported, and the others are searched", async () => {
  const folder = temporaryFolder();
  for (const name of ["closed", "open"]) {
    mkdirSync(join(folder, name));
    copyFileSync(scan("frames-0.dcm"), join(folder, name, "IM1"));
  }
  forbid(join(folder, "closed"));
  await withoutPrivileges(folder, async () => {
    await assert.rejects(scansIn(folder), /closed: the folder cannot be listed/);
    const reports: string[] = [];
    const found = await scansIn(folder, (_, path, message) => reports.push(`${path}: ${message}`));
    assert.deepEqual(found, [join(folder, "open", "IM1")]);
    assert.equal(reports.length, 1);
    assert.match(reports[0], /closed: the folder cannot be listed \(there is no permission/);
  });
});

test("a file that may not be read is listed if it can be a scan, and opening reports it", async () => {
  const folder = temporaryFolder();
  for (const name of ["IM1", "scan.nii", "notes.txt"]) {
    copyFileSync(scan("frames-0.dcm"), join(folder, name));
    forbid(join(folder, name));
  }
  await withoutPrivileges(folder, async () => {
    const found = await scansIn(folder);
    assert.deepEqual(
      found.map((path) => basename(path)),
      ["IM1", "scan.nii"],
    );
    const { volumes, failed } = await openVolumes(found);
    assert.deepEqual(volumes, []);
    assert.equal(failed.length, 2);
    for (const { message } of failed) assert.match(message, /permission/);
  });
});

test("links in a circle and files that disappear do not end a search", async () => {
  const folder = temporaryFolder();
  symlinkSync("b", join(folder, "a"));
  symlinkSync("a", join(folder, "b"));
  symlinkSync(".", join(folder, "here"));
  copyFileSync(scan("frames-0.dcm"), join(folder, "IM1"));
  writeFileSync(join(folder, "empty"), "");
  writeFileSync(join(folder, "empty.dcm"), "");
  const found = await scansIn(folder);
  assert.deepEqual(
    found.map((path) => basename(path)),
    ["IM1", "empty.dcm"],
  );
  const { volumes, failed } = await openVolumes([...found, join(folder, "gone")]);
  assert.equal(volumes.length, 1);
  assert.match(
    failed.map(({ message }) => message).join("\n"),
    /empty\.dcm: it is not a DICOM file/,
  );
  assert.match(failed.map(({ message }) => message).join("\n"), /gone: .*no such file/);
});
