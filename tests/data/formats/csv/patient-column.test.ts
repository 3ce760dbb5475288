import assert from "node:assert/strict";
import { test } from "node:test";
import { openDataset } from "../../../../src/data/dataset";
import { picture, temporaryFolder, writeFiles } from "../../files";

test("--patients names a column of a table; a pattern is still a pattern", async () => {
  const root = temporaryFolder();
  const rows = ["Ann", "Ann", "Bob", "Bob"].map(
    (name, i) => `p${i}_1.png,4,6,14,26,ring,${name}\n`,
  );
  writeFiles(root, { "boxes.csv": `file,x1,y1,x2,y2,class,case_owner\n${rows.join("")}` });
  for (let i = 0; i < 4; i++) writeFiles(root, { [`p${i}_1.png`]: await picture(i) });
  const byColumn = await openDataset(root, { patients: "case_owner" });
  assert.deepEqual(byColumn.patients, ["Ann", "Bob"]);
  assert.ok(
    byColumn.notes.includes("Patients: 2 of 4 images, from the column 'case_owner'."),
    byColumn.notes.join("\n"),
  );
  const byPattern = await openDataset(root, { patients: "p\\d" });
  assert.deepEqual(byPattern.patients, ["p0", "p1", "p2", "p3"]);
});

test("a patient's number with and without .0 is one patient", async () => {
  const root = temporaryFolder();
  const header = "file,x1,y1,x2,y2,class,patient_id\n";
  writeFiles(root, {
    "train.csv": `${header}1.png,4,6,14,26,ring,7\n2.png,4,6,14,26,ring,8\n`,
    "test.csv": `${header}3.png,4,6,14,26,ring,7.0\n4.png,4,6,14,26,ring,\n`,
  });
  for (let i = 1; i <= 4; i++) writeFiles(root, { [`${i}.png`]: await picture(i) });
  const { images, problems } = await openDataset(root);
  const patients = Object.fromEntries(images.map(({ id, patient }) => [id, patient]));
  assert.deepEqual(patients, { "1.png": "7", "2.png": "8", "3.png": "7", "4.png": null });
  assert.match(problems.map(({ message }) => message).join("\n"), /patient 7 is in the splits/);
});

test("--patients may name the column that also names the files, or another one beside it", async () => {
  const root = temporaryFolder();
  writeFiles(root, {
    "labels.csv":
      "patientId,x,y,width,height,Target,person\na,4,6,10,20,1,Ann\nb,4,6,10,20,1,Ann\n",
  });
  for (const [i, name] of ["a", "b"].entries())
    writeFiles(root, { [`${name}.png`]: await picture(i) });
  const patientsBy = async (patients: string) => (await openDataset(root, { patients })).patients;
  assert.deepEqual(await patientsBy("patientId"), ["a", "b"]);
  assert.deepEqual(await patientsBy("person"), ["Ann"]);
});
