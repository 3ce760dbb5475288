/** DICOM series: which files are one volume, in which order, and what sets volumes apart. */
import assert from "node:assert/strict";
import { copyFileSync, mkdirSync } from "fs";
import { basename, join } from "path";
import { test } from "node:test";
import { openVolume, openVolumes, scansIn } from "../../../src/data/volumes/open-volumes";
import type { Volume, VolumeOptions } from "../../../src/data/volumes/volume";
import { temporaryFolder } from "../files";
import { scan, scans } from "./scans";

async function open(name: string, options?: VolumeOptions) {
  const path = scan(name);
  return openVolumes(name.endsWith(".dcm") ? [path] : await scansIn(path), options);
}

/** The first value of each slice, and the height of the slice. */
async function contents(volume: Volume): Promise<[number, number | null][]> {
  const found: [number, number | null][] = [];
  for (const slice of volume.slices) {
    const [value] = await volume.read(slice);
    found.push([value, slice.grid ? slice.grid.origin[2] : null]);
  }
  return found;
}

for (const [name, { parts, several }] of Object.entries(scans.series)) {
  const expected = parts.map(({ first, heights }) => first.map((value, i) => [value, heights[i]]));
  const isParted = parts.length > 1 && !several;

  test(`${name}: ${parts.length} volumes, with their slices in order`, async () => {
    const { volumes, failed } = await open(name, { timePoint: "all" });
    assert.deepEqual(failed, []);
    assert.deepEqual(await Promise.all(volumes.map(contents)), expected);
    for (const { slices } of volumes)
      assert.deepEqual(
        slices.map(({ index }) => index),
        slices.map((_, i) => i),
      );
    const names = volumes.map((volume) => volume.name);
    assert.equal(new Set(names).size, names.length, "every volume has a name of its own");
    if (!isParted) return;
    volumes.forEach((volume, i) => {
      assert.equal(volume.name, `${scan(name)} (time point ${i})`);
      assert.equal(
        volume.notes[0],
        `this is time point ${i} of ${parts.length}, counted from 0: ${parts[i].label}`,
      );
    });
  });

  if (isParted)
    test(`${name}: without a time point, the message lists them`, async () => {
      const { volumes, failed } = await open(name);
      assert.deepEqual(volumes, []);
      const labels = parts.map(({ label }) => label).join("; ");
      assert.equal(
        failed.map(({ message }) => message).join(),
        `${scan(name)}: it has ${parts.length} volumes at the same positions (${labels}): choose one by its time point, from 0 to ${parts.length - 1}, or all of them`,
      );
      const last = await openVolume(scan(name), { timePoint: parts.length - 1 });
      assert.deepEqual(await contents(last), expected.at(-1));
      assert.equal(last.name, scan(name));
      await assert.rejects(
        openVolume(scan(name), { timePoint: parts.length }),
        new RegExp(`time point ${parts.length} is not one of 0 to ${parts.length - 1}`),
      );
    });
  else
    test(`${name}: nothing has to be chosen`, async () => {
      const { volumes, failed } = await open(name);
      assert.deepEqual(failed, []);
      assert.deepEqual(await Promise.all(volumes.map(contents)), expected);
    });
}

test("remarks on a series say what is unusual about it", async () => {
  const cases: Record<string, RegExp> = {
    copies: /1 of its files are copies of others and are left out/,
    "repeated-slice": /1 of its slices have the position of another slice/,
    gaps: /the distance from slice to slice is unequal, 5 to 10 mm: slices may be missing/,
    "names-only": /does not say where the slices are/,
    "orientation-zero-series": /not two unit vectors at a right angle/,
  };
  for (const [name, pattern] of Object.entries(cases))
    assert.match((await openVolume(scan(name))).notes.join("\n"), pattern, name);
  for (const name of ["own-times", "gantry-tilt", "no-series-uid", "rescale-per-slice"])
    assert.match(
      (await openVolume(scan(name))).notes.join("\n"),
      /^the header has no window: [^\n]*$/,
      name,
    );
});

test("a remark on some slices has their number", async () => {
  const folder = temporaryFolder();
  mkdirSync(folder, { recursive: true });
  for (const name of ["IM0", "IM1", "IM2"])
    copyFileSync(scan(join("no-series-uid", name)), join(folder, name));
  copyFileSync(scan("frames-0.dcm"), join(folder, "other.dcm"));
  const { volumes } = await openVolumes(await scansIn(folder));
  assert.deepEqual(
    volumes.map(({ name }) => basename(name)),
    [basename(folder), "other.dcm"],
  );
});

test("the directions of a file's frames are volumes of their own", async () => {
  const { volumes } = await open("enhanced-scouts.dcm");
  assert.deepEqual(
    volumes.map(({ plane, name }) => [plane, basename(name)]),
    [
      ["axial", "enhanced-scouts.dcm (direction 1)"],
      ["coronal", "enhanced-scouts.dcm (direction 2)"],
    ],
  );
});
