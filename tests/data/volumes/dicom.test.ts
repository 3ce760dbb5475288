import assert from "node:assert/strict";
import { copyFileSync, writeFileSync } from "fs";
import { basename, join } from "path";
import { test } from "node:test";
import { toMillimeters } from "../../../src/data/volumes/geometry";
import { toGrey } from "../../../src/data/volumes/grey-window";
import { openVolume, openVolumes, scansIn } from "../../../src/data/volumes/open-volumes";
import { slicePicture, type VolumeSlice } from "../../../src/data/volumes/volume";
import { assertClose } from "../../assertions";
import { temporaryFolder } from "../files";
import { changedCopy, fixture, openFixture, reference } from "./reference";

/** Millimeters of the centers of pixels. */
function places({ grid }: VolumeSlice, pixels: readonly [number, number][]): number[][] {
  return pixels.map(([x, y]) => [...toMillimeters(grid!, x + 0.5, y + 0.5)]);
}

for (const [name, expectedFile] of Object.entries(reference.dicom)) {
  test(`${name}: the values are those of pydicom`, async () => {
    const volume = await openFixture(name);
    assert.equal(volume.slices.length, 1);
    const [slice] = volume.slices;
    assert.deepEqual(
      [slice.width, slice.height, slice.index],
      [expectedFile.columns, expectedFile.rows, 0],
    );
    const values = await volume.read(slice);
    const expected = expectedFile.values.flat();
    // Decoders of lossy JPEG may round differently.
    const tolerance = name === "jpeg-baseline.dcm" ? 1 : 1e-2;
    const isPadding = expectedFile.padding?.flat() ?? [];
    values.forEach((value, i) => {
      if (isPadding[i]) assert.ok(Number.isNaN(value), `pixel ${i} is padding`);
      else
        assert.ok(
          Math.abs(value - expected[i]) <= tolerance,
          `pixel ${i}: ${value}, expected ${expected[i]}`,
        );
    });
  });
}

for (const name of ["mono2.dcm", "mono1-signed.dcm", "oblique.dcm"]) {
  test(`${name}: the millimeters are those of nibabel`, async () => {
    const volume = await openFixture(name);
    assert.equal(volume.space, "LPS");
    const { pixels, millimeters } = reference.dicom[name];
    assertClose(places(volume.slices[0], pixels), millimeters, 1e-4);
  });
}

test("an oblique slice has the plane that it is closest to, and its picture has square pixels", async () => {
  const volume = await openFixture("oblique.dcm");
  assert.equal(volume.plane, "coronal");
  const [slice] = volume.slices;
  assert.deepEqual(slice.spacing, [0.5, 0.8]);
  const picture = await slicePicture(volume, slice);
  assert.deepEqual([picture.width, picture.height], [32, Math.round((24 * 0.8) / 0.5)]);
  assert.equal(
    await slicePicture(await openFixture("mono2.dcm"), slice).catch(String),
    `Error: slice 0 of oblique.dcm does not belong to ${fixture("mono2.dcm")}`,
  );
});

for (const [name, shape] of [
  ["mono2.dcm", "dicom"],
  ["window-sigmoid.dcm", "sigmoid"],
  ["window-linear-exact.dcm", "linear"],
]) {
  test(`${name}: the grey values are those of pydicom's window`, async () => {
    const volume = await openFixture(name);
    const { window } = volume.slices[0];
    assert.deepEqual([window.shape, window.source], [shape, "header"]);
    const { pixels } = await slicePicture(volume, volume.slices[0]);
    // The grey values are rounded.
    const expected = reference.dicom[name].grey!.flat();
    pixels.forEach((grey, i) =>
      assert.ok(Math.abs(grey - expected[i]) <= 0.51, `${i}: ${grey}, expected ${expected[i]}`),
    );
    assert.ok(new Set(pixels).size > 20, "the window leaves different grey values");
  });
}

test("without a window, grey values are from percentiles of the values that are not padding; MONOCHROME1 is inverted", async () => {
  const volume = await openFixture("mono1-signed.dcm");
  const [slice] = volume.slices;
  const { percentiles, values, padding } = reference.dicom["mono1-signed.dcm"];
  const [low, high] = percentiles!;
  assertClose([slice.window.level, slice.window.width], [(low + high) / 2, high - low], 1e-5);
  assert.equal(slice.window.source, "percentiles 0.5 and 99.5");
  assert.match(volume.notes.join(), /no window/);
  assert.equal(slice.inverted, true);
  const { pixels } = await slicePicture(volume, slice);
  const expected = values
    .flat()
    .map((value, i) =>
      padding!.flat()[i] ? 0 : 255 - 255 * Math.min(1, Math.max(0, (value - low) / (high - low))),
    );
  pixels.forEach((grey, i) =>
    assert.ok(Math.abs(grey - expected[i]) <= 0.51, `${i}: ${grey}, expected ${expected[i]}`),
  );
});

test("the window of the options replaces the header's", async () => {
  const volume = await openFixture("mono2.dcm", { window: { width: 1000, level: 2000 } });
  const { window } = volume.slices[0];
  assert.deepEqual(window, { width: 1000, level: 2000, shape: "linear", source: "given" });
  assert.deepEqual(
    [...toGrey(Float32Array.of(1000, 1500, 2000, 2250, 2500, 9000, NaN), window)],
    [0, 0, 128, 191, 255, 255, 0],
  );
  assert.deepEqual([...toGrey(Float32Array.of(1500, 2500, NaN), window, true)], [255, 0, 0]);
  for (const wrong of [
    { window: { width: 0, level: 1 } },
    { window: { width: NaN, level: 1 } },
    { percentiles: [9, 9] as const },
  ])
    await assert.rejects(openFixture("mono2.dcm", wrong), /width|percentiles/);
});

test("each frame of a multi-frame file has its own position, rescaling and window", async () => {
  const volume = await openFixture("multi-frame.dcm");
  const { frames, windows, pixels, millimeters } = reference.frames["multi-frame.dcm"];
  assert.deepEqual(
    volume.slices.map(({ index }) => index),
    [0, 1, 2],
  );
  for (const slice of volume.slices) {
    assertClose(await volume.read(slice), frames[slice.index], 1e-5);
    assertClose([slice.window.level, slice.window.width], windows[slice.index]);
    assertClose(places(slice, pixels), millimeters[slice.index], 1e-4);
  }
  const chosen = await openFixture("multi-frame.dcm", { slices: [1, 2] });
  assert.deepEqual(
    chosen.slices.map(({ index }) => index),
    [1, 2],
  );
  await assert.rejects(
    openFixture("multi-frame.dcm", { slices: [3, 9] }),
    /multi-frame\.dcm: has slices 0 to 2; none is in 3 to 9/,
  );
});

test("frames without a position have no millimeters, and a note says so", async () => {
  const volume = await openFixture("multi-frame-plain.dcm");
  assert.deepEqual([volume.space, volume.plane, volume.slices[1].grid], [null, null, null]);
  assert.match(volume.notes.join(), /no millimeters/);
  assertClose(
    await volume.read(volume.slices[1]),
    reference.frames["multi-frame-plain.dcm"].frames[1],
  );
});

test("the files of a series are sorted by height, not by name; a scout in another plane is a volume of its own", async () => {
  const { volumes, failed } = await openVolumes(await scansIn(fixture("series")));
  assert.deepEqual(failed, []);
  assert.equal(volumes.length, 2);
  const [series, scout] = volumes;
  assert.deepEqual(
    [series.name, series.plane, scout.plane],
    [fixture("series"), "axial", "coronal"],
  );
  assert.deepEqual(
    series.slices.map(({ file }) => basename(file)),
    reference.series.names,
  );
  assert.deepEqual(
    series.slices.map(({ grid }) => grid!.origin[2]),
    reference.series.heights,
  );
  await assert.rejects(openVolume(fixture("series")), /contains 2 scans/);
  const coronal = await openVolumes(await scansIn(fixture("series")), { plane: "coronal" });
  assert.deepEqual(
    coronal.volumes.map(({ name }) => basename(name)),
    ["scout.dcm"],
  );
  assert.match(
    coronal.failed[0].message,
    /series: its slices are axial; coronal slices are only available of NIfTI volumes/,
  );
});

test("a slice that cannot be read does not prevent reading the others of its series", async () => {
  const folder = temporaryFolder();
  for (const name of ["a.dcm", "b"])
    copyFileSync(fixture(join("series", name)), join(folder, name));
  const cut = changedCopy("series/c.dcm", (bytes) => bytes.subarray(0, bytes.length - 100));
  copyFileSync(cut, join(folder, "c.dcm"));
  const { volumes, failed } = await openVolumes(await scansIn(folder));
  assert.equal(volumes.length, 1);
  const readable = volumes[0].slices.filter(({ file }) => basename(file) !== "c.dcm");
  assert.equal(readable.length, 2);
  for (const slice of readable) assert.equal((await volumes[0].read(slice)).length, 16 * 12);
  const messages = failed.map(({ message }) => message);
  const unreadable = volumes[0].slices.find(({ file }) => basename(file) === "c.dcm");
  if (unreadable) messages.push(await volumes[0].read(unreadable).then(() => "", String));
  assert.match(messages.join(), /c\.dcm: it is (damaged or )?cut short/);
});

test("the error for a file that is not read says why and names the file", async () => {
  const cases: [string, RegExp][] = [
    [
      "mpeg2.dcm",
      /mpeg2\.dcm: its transfer syntax, MPEG2 Main Profile \/ Main Level \(1\.2\.840\.10008\.1\.2\.4\.100\), is not read; convert it/,
    ],
    [
      "private-syntax.dcm",
      /private-syntax\.dcm: its transfer syntax, unknown \(1\.2\.826\.0\.1\.3680043\.8\.498\.99\)/,
    ],
    [
      "htj2k.dcm",
      /htj2k\.dcm: its transfer syntax, High-Throughput JPEG 2000 Lossless \(1\.2\.840\.10008\.1\.2\.4\.201\)/,
    ],
    ["color.dcm", /color\.dcm: its pixels are RGB; only MONOCHROME1 and MONOCHROME2/],
    ["no-pixels.dcm", /no-pixels\.dcm: it has no image/],
  ];
  for (const [name, message] of cases) await assert.rejects(openFixture(name), message);
  const text = join(temporaryFolder(), "notes.dcm");
  writeFileSync(text, "not a scan");
  await assert.rejects(
    openVolume(text),
    /notes\.dcm: it is not a DICOM file: 'DICM' is missing at byte 128/,
  );
  await assert.rejects(openVolume("nowhere.dcm"), /nowhere\.dcm: there is no such file/);
});
