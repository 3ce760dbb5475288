/** The table of patients in the folder of a data set. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { formatProblem } from "../../../src/data/checks";
import { openDataset } from "../../../src/data/dataset";
import { readPatients } from "../../../src/data/patients-file";
import { picture, soundSet, temporaryFolder, writeFiles } from "../files";

const IMAGES = ["images/train/01_1.png", "images/train/02_1.png", "images/val/03_1.png"];

async function openWith(rows: readonly string[]) {
  const root = temporaryFolder();
  writeFiles(root, { ...(await soundSet()), "patients.csv": `file,patient\n${rows.join("\n")}\n` });
  const { images, problems } = await openDataset(root);
  return {
    patients: IMAGES.map((id) => images.find((image) => image.id === id)!.patient),
    problems: problems.map(formatProblem),
  };
}

for (const [title, pathOf] of [
  ["as they are", (id: string) => id],
  ["with backslashes", (id: string) => id.replaceAll("/", "\\")],
  ["from the folder itself", (id: string) => `./${id}`],
] as const)
  test(`paths ${title} name the images`, async () => {
    const { patients, problems } = await openWith(IMAGES.map((id, i) => `${pathOf(id)},P${i}`));
    assert.deepEqual(patients, ["P0", "P1", "P2"]);
    assert.deepEqual(problems, []);
  });

test("an image with two patients has none, so that no patient is known", async () => {
  const rows = IMAGES.map((id, i) => `${id},P${i}`);
  const { patients, problems } = await openWith([...rows, `${IMAGES[2]},P0`]);
  assert.deepEqual(patients, ["P0", "P1", null]);
  assert.deepEqual(problems, [
    "warning patients.csv: images/val/03_1.png has 2 different patients: its patient is unknown",
  ]);
});

test("rows of images that the data set does not have are counted", async () => {
  const { problems } = await openWith(IMAGES.map((id, i) => `${id.slice(7)},P${i}`));
  assert.deepEqual(problems, [
    "warning patients.csv: images that the data set does not have: 3 of 3 (train/01_1.png); write their paths below the data set's folder",
  ]);
});

test("a patient's number with and without .0 is one patient", async () => {
  const { patients } = await openWith([`${IMAGES[0]},7.0`, `${IMAGES[1]},7`, `${IMAGES[2]},8.0`]);
  assert.deepEqual(patients, ["7", "7", "8"]);
});

test("a table that contradicts the patients in the files gives a warning, and is not used", async () => {
  const root = temporaryFolder();
  writeFiles(root, {
    "1.png": await picture(1),
    "2.png": await picture(2),
    "boxes.csv": "file,x1,y1,x2,y2,class,patient\n1.png,4,6,14,26,ring,A\n2.png,4,6,14,26,ring,B\n",
    "patients.csv": "file,patient\n1.png,A\n2.png,A\n",
  });
  const { images, problems } = await openDataset(root);
  assert.deepEqual(
    images.map(({ patient }) => patient),
    ["A", "B"],
  );
  assert.deepEqual(problems.map(formatProblem), [
    "warning patients.csv: it has other patients than the files of the data set for 1 images (2.png), and those of the files are used: correct the table, or choose the patients with --patients",
  ]);
});

test("the path of a scan names the patient of its slices", async () => {
  const root = temporaryFolder();
  const slice = "scans/1.nii.gz#axial-03";
  writeFiles(root, { "patients.csv": "file,patient\nscans/1.nii.gz,A\n" });
  const table = (await readPatients(root))!;
  assert.equal(table.patientOf(slice), "A");
  assert.deepEqual(table.problemsFor([{ id: slice }]), []);
  assert.equal(table.problemsFor([{ id: slice, patient: "B" }]).length, 1);
});
