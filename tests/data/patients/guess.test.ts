/** The guess which patient an image shows, and when it is dropped. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { assignPatients } from "../../../src/data/patients/assign-patients";
import type { NamedImage } from "../../../src/data/patients/candidates";
import { guessPatients } from "../../../src/data/patients/guess";

/** Eight hexadecimal digits that differ for each number. */
const prefix = (i: number) => (0xa1b2c3d4 + i * 0x01234567).toString(16).slice(-8);

/** `count` images of `patients` patients, named by a function. */
function named(
  patients: number,
  slices: number,
  name: (patient: number, slice: number) => string,
): NamedImage[] {
  return Array.from({ length: patients * slices }, (_, i) => ({
    split: "train",
    path: name(Math.floor(i / slices) + 1, (i % slices) + 1),
  }));
}

const patientsOf = (images: readonly NamedImage[]) => {
  const { patients, evidence } = guessPatients(images);
  return { count: patients && new Set(patients).size, evidence };
};

test("names that begin with the patient", () => {
  const { count, evidence } = patientsOf(named(6, 4, (p, s) => `00${p}_${s}`));
  assert.equal(count, 6);
  assert.equal(
    evidence,
    "6 patients of 24 images, from the text before the first _ in the file names",
  );
});

test("a slice or a date at the beginning is no patient", () => {
  for (const name of [
    (p: number, s: number) => `slice00${s}_P${p}`,
    (p: number, s: number) => `2023-0${s}-01_P${p}_1`,
    (p: number, s: number) => `20230${s}01_P${p}_${p}`,
  ]) {
    const { count, evidence } = patientsOf(named(6, 4, name));
    assert.equal(count, null);
    assert.match(evidence, /a patient, which begins with a slice or a date$/);
  }
});

test("the random prefix of Label Studio and the ending of Roboflow are not part of the patient", () => {
  let i = 0;
  const studio = patientsOf(named(5, 3, (p, s) => `${prefix(i++)}-00${p}_${s}`));
  assert.equal(studio.count, 5);
  assert.match(studio.evidence, /without what Label Studio added/);
  const hash = "0123456789abcdef0123456789abcdef";
  const roboflow = patientsOf(named(5, 3, (p, s) => `00${p}_${s}_jpg.rf.${hash}`));
  assert.equal(roboflow.count, 5);
  assert.match(roboflow.evidence, /without what Roboflow added/);
});

test("names of public data sets, whose text before the first _ is the same for everyone", () => {
  const cases: [string, (p: number, s: number) => string][] = [
    ["TCGA", (p, s) => `TCGA_CS_494${p}_19960909_${s}`],
    ["BraTS 2021", (p, s) => `BraTS2021_0000${p}_t1ce_${s}`],
    ["BraTS 2020", (p, s) => `BraTS20_Training_00${p}_slice_${s}`],
    ["BIDS", (p, s) => `sub-0${p}_T1w_${s}`],
    ["volume", (p, s) => `volume_${p}_slice_${s}`],
    ["the text before the last _", (p, s) => `scan_of_p${p}_${s}`],
  ];
  for (const [name, naming] of cases) assert.equal(patientsOf(named(6, 4, naming)).count, 6, name);
});

test("a folder for each patient is recognized, below a split or not", () => {
  const folders = patientsOf(named(6, 4, (p, s) => `patient00${p}/slice${s}`));
  assert.deepEqual(
    [folders.count, folders.evidence],
    [6, "6 patients of 24 images, from the folders that the images are in"],
  );
  const deeper = patientsOf(named(6, 4, (p, s) => `site${p % 2}/p${p}/slice${s}`));
  assert.equal(deeper.count, 6);
});

test("folders of several examinations of a patient are one patient", () => {
  const cases: [string, (p: number, s: number) => string][] = [
    ["TCGA with dates", (p, s) => `TCGA_CS_494${p}_199${s % 2}0909/${s}`],
    ["BraTS 2024", (p, s) => `BraTS-GLI-0000${p}-10${s % 2}/slice_${s}`],
    ["BIDS", (p, s) => `sub-0${p}_ses-0${s % 2}/${s}`],
    ["words for a time", (p, s) => `P0${p}_visit${s % 2}/${s}`],
    ["dates in file names", (p, s) => `P0${p}-201${s % 2}-03-01-${s}`],
  ];
  for (const [name, naming] of cases) assert.equal(patientsOf(named(6, 4, naming)).count, 6, name);
});

test("a date in a unique identifier of DICOM is no examination", () => {
  const images = named(6, 4, (p, s) => `1.2.276.0.723.${p}.20190301.12${p}_${s}`);
  assert.equal(patientsOf(images).count, 6);
});

test("folders of examinations are not patients", () => {
  const images = named(6, 8, (p, s) => `month${6 * (s % 4)}/P0${p}/${s}`);
  assert.equal(patientsOf(images).count, 6);
  // The user decides otherwise.
  const folders = named(6, 4, (p, s) => `P0${p}_visit${s % 2}/${s}`);
  const { patients } = assignPatients(
    folders.map((image) => ({ ...image, id: image.path })),
    { choice: "folder" },
  );
  assert.equal(new Set(patients).size, 12);
});

test("folders of classes are not patients", () => {
  const images = named(4, 6, (p, s) => `${["Glioma", "Pituitary"][p % 2]}/${p}${s}`);
  assert.equal(guessPatients(images, ["glioma", "pituitary"]).patients, null);
});

test("folders and names of sequences, sites and parts of the set are not patients", () => {
  for (const folders of [
    ["T1", "T2", "FLAIR", "PD"],
    ["t1n", "t1ce", "t2w", "t2f"],
    ["fold_1", "fold_2", "fold_3", "fold_4"],
    ["site01", "site02", "site03", "site04"],
    ["2018", "2019", "2020", "2021"],
    ["1.5T", "3T", "7T", "0.5T"],
    ["128x128", "256x256", "64x64", "512x512"],
  ]) {
    const path = (p: number, s: number) => `${folders[s - 1]}/P${p}_7`;
    assert.equal(patientsOf(named(6, 4, path)).count, 6, folders.join());
    const numbers = patientsOf(named(6, 4, (p, s) => `${folders[s - 1]}/00${p}`));
    assert.equal(numbers.count, null, folders.join());
    assert.match(numbers.evidence, /which seems to be a sequence, a site or a part of the set/);
    const names = patientsOf(named(6, 4, (p, s) => `${folders[s - 1]}_00${p}`));
    assert.equal(names.count, null, folders.join());
  }
});

test("folders are not patients if the patients in the names are in several of them", () => {
  const crossing = (folder: (s: number) => string) =>
    patientsOf(named(6, 4, (p, s) => `${folder(s)}/P${p}_7`));
  assert.match(crossing((s) => `${s}`).evidence, /^images of 'P1' are in several of the patients/);
  assert.match(crossing((s) => `zone${s}`).evidence, /^6 patients .* in the file names$/);
  // Numbers of slices and of scans are in the folders of all patients.
  assert.equal(patientsOf(named(6, 4, (p, s) => `${p}/00${s}_7`)).count, 6);
  assert.equal(patientsOf(named(6, 4, (p, s) => `${p}/scan${s}_7`)).count, 6);
  assert.equal(patientsOf(named(6, 4, (p, s) => `P0${p}/case${s}_7`)).count, 6);
});

test("what says nothing about the patient is not a part of it, wherever it is in a name", () => {
  const kinds = ["t1", "T2w", "FLAIR", "DWI"];
  const variants = ["orig", "flip", "rot90", "aug3"];
  const cases: [string, (p: number, s: number) => string][] = [
    ["a sequence first", (p, s) => `${kinds[s - 1]}_P0${p}_7`],
    ["a sequence beside the patient", (p, s) => `ID00${p}-${kinds[s - 1]}_frame_7`],
    ["a sequence as folder", (p, s) => `${kinds[s - 1]}/ID00${p}_7`],
    ["a sequence in the folder of the patient", (p, s) => `Smith${p}_${kinds[s - 1]}/7`],
    ["a variant first", (p, s) => `${variants[s - 1]}_Anon0${p}_7`],
    ["a variant as folder", (p, s) => `${variants[s - 1]}/MR000${p}/7`],
    ["a site, and a slice behind a hyphen", (p, s) => `site${p % 2}/10${p}-${s}_0`],
    ["an examination and a slice", (p, s) => `P0${p}_scan${s % 2}_slice${s}`],
    ["a slice with two numbers", (p, s) => `P0${p}/IM-0001-000${s}`],
    ["sides and views", (p, s) => `Mass-Training_P_0${p}_${s % 2 ? "LEFT" : "RIGHT"}_CC`],
    ["a known form of names, and a number of nodules", (p, s) => `LIDC-IDRI-000${p}_nodule${s}_7`],
    ["a slice first, and a word for a patient", (p, s) => `s0${s}_case_00${p}_t1`],
  ];
  for (const [name, naming] of cases) {
    const images = named(9, 4, naming);
    const { patients } = guessPatients(images);
    const parts = named(9, 4, (p) => String(p)).map(({ path }, i) => [path, patients?.[i]]);
    assert.equal(new Set(parts.map(String)).size, 9, `${name}: ${images[5].path}`);
    assert.ok(patients, `${name}: ${images[5].path}`);
  }
});

test("classes in names are not patients", () => {
  const images = named(6, 4, (p, s) => `${["glioma", "menin"][p % 2]}-${p}-${s}`);
  const { patients } = guessPatients(images, ["glioma", "menin"]);
  assert.equal(new Set(patients).size, 6);
});

test("an accent as one character or as two is the same patient", () => {
  const images = named(6, 4, (p, s) => `é${p}_${s}`.normalize(s % 2 ? "NFC" : "NFD"));
  for (const choice of [undefined, /^(é\d)/, "^(é\\d)".normalize("NFD")]) {
    const { patients } = assignPatients(
      images.map((image) => ({ ...image, id: image.path })),
      { choice },
    );
    assert.equal(new Set(patients).size, 6, String(choice));
    assert.equal(patients[0], "é1".normalize("NFC"));
  }
  const stored = images.map((image, i) => ({
    ...image,
    id: image.path,
    patient: "é".normalize(i % 2 ? "NFC" : "NFD"),
  }));
  assert.equal(new Set(assignPatients(stored).patients).size, 1);
});

test("a guess that contradicts itself is dropped, and the reason is told", () => {
  const cases: [string, NamedImage[], RegExp][] = [
    [
      "as many patients as images",
      named(20, 1, (p) => `${p}_1`),
      /would make 20 patients of 20 images/,
    ],
    [
      "one patient with more than a third of the images",
      [...named(1, 9, (_, s) => `1_${s}`), ...named(5, 3, (p, s) => `1${p}_${s}`)],
      /would make '1' a patient with 9 of 24 images/,
    ],
    [
      "one patient in two splits",
      named(6, 4, (p, s) => `00${p}_${s}`).map((image, i) => ({
        ...image,
        split: i === 5 ? "val" : "train",
      })),
      /would make '002' a patient in the splits train and val/,
    ],
    [
      "few names have the separator",
      [...named(5, 2, (p, s) => `${p}_${s}`), ...named(10, 1, (p) => `image${p}`)],
      /only 10 of 20 names have the text before the first _/,
    ],
    ["no names that fit", named(20, 1, (p) => `${p}`), /only 0 of 20 names have/],
  ];
  for (const [name, images, reason] of cases) {
    const { count, evidence } = patientsOf(images);
    assert.equal(count, null, name);
    assert.match(evidence, reason, name);
  }
});

test("where the guess is dropped, the variants of one upload stay together", () => {
  const images = named(20, 2, (p, s) => `scan${p}_jpg.rf.${"ab".repeat(15)}${10 + s}`);
  const { patients, hints } = guessPatients(images);
  assert.equal(patients, null);
  assert.equal(new Set(hints).size, 20);
});

test("a given pattern is matched against the path, then against the name", () => {
  const images = named(3, 2, (p, s) => `patient${p}/slice${s}`).map((image) => ({
    ...image,
    id: image.path,
  }));
  const inPath = assignPatients(images, { choice: "patient(\\d+)/" });
  assert.deepEqual(Array.from(new Set(inPath.patients)), ["1", "2", "3"]);
  const inName = assignPatients(images, { choice: /^slice\d/ });
  assert.deepEqual(Array.from(new Set(inName.patients)), ["slice1", "slice2"]);
  const folder = assignPatients(images, { choice: "folder" });
  assert.deepEqual(Array.from(new Set(folder.patients)), ["patient1", "patient2", "patient3"]);
  const none = assignPatients(images, { choice: "none" });
  assert.ok(none.patients.every((patient) => patient === null));
  assert.match(none.evidence, /^Patients unknown: the option --patients none says so\./);
  const unmatched = assignPatients(images, { choice: /^p(\d)x/ });
  assert.equal(unmatched.problems.length, 6);
  assert.equal(unmatched.problems[0].severity, "error");
});

test("patients that the format stores come before names; one missing makes them unknown", () => {
  const stored = named(4, 2, (p, s) => `${p}_${s}`).map((image, i) => ({
    ...image,
    id: image.path,
    patient: i < 4 ? "Ann" : "Bob",
  }));
  const all = assignPatients(stored, { storedIn: "the column 'pid'" });
  assert.match(all.evidence, /^Patients: 2 of 8 images, from the column 'pid'/);
  const { patient: _, ...first } = stored[0];
  const some = assignPatients([first, ...stored.slice(1)]);
  assert.match(some.evidence, /^Patients unknown: 1 of 8 images have no patient/);
});

test("a pattern that would take for ever is stopped, with a sentence", () => {
  const images = [{ id: "a", split: "train", path: `${"a".repeat(60)}!` }];
  const start = performance.now();
  assert.throws(
    () => assignPatients(images, { choice: "^(a+)+$" }),
    /the patient pattern .* takes longer than 5 seconds on 1 names: write it without a repetition/,
  );
  assert.ok(performance.now() - start < 20_000);
});

test("a pattern with groups gives the first group that takes part, and never its whole text", () => {
  const images = ["pat1_0", "pat1_1", "sub2-0", "sub2-1", "x3"].map((path) => ({
    id: path,
    split: "train",
    path,
  }));
  const { patients, problems } = assignPatients(images, { choice: "pat(\\d)_|sub(\\d)-|x(y)?" });
  assert.deepEqual(patients, ["1", "1", "2", "2", null]);
  assert.deepEqual(
    problems.map(({ severity, file }) => [severity, file]),
    [["error", "x3"]],
  );
});

test("a pattern that finds an empty text does not match", () => {
  const images = ["p1_a", "p1_b", "q_a"].map((path) => ({ id: path, split: "train", path }));
  const { patients, problems } = assignPatients(images, { choice: "^(?:p(\\d))?" });
  assert.deepEqual(patients, ["1", "1", null]);
  assert.deepEqual(
    problems.map(({ severity, file }) => [severity, file]),
    [["error", "q_a"]],
  );
});
