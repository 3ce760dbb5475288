import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "fs";
import { join } from "path";
import { test } from "node:test";
import { OutputFolder } from "../../src/util/output-folder";
import { temporaryFolder } from "../data/files";

const textOf = (folder: string, name: string) => readFileSync(join(folder, name), "utf8");

test("a command replaces its own files, also in a later call, and makes the folder with the first file", async () => {
  const folder = join(temporaryFolder(), "deep", "results");
  const first = await OutputFolder.open(folder, "detect");
  await first.requireReplaceable(["a.json"]);
  assert.ok(!existsSync(folder));
  await first.writeJson("a.json", { value: 1 });
  await first.write("a.json", "second");
  const later = await OutputFolder.open(folder, "detect");
  await later.requireReplaceable(["a.json"]);
  await later.write("a.json", "third");
  await later.write(join("below", "b.txt"), "b");
  assert.equal(textOf(folder, "a.json"), "third");
  assert.equal(textOf(folder, join("below", "b.txt")), "b");
  assert.deepEqual(readdirSync(folder).sort(), [".detect.sha256", "a.json", "below"]);
});

test("a file of the user, of another command, or one that was changed is not replaced", async () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, "mine.txt"), "mine");
  mkdirSync(join(folder, "folder.txt"));
  symlinkSync(join(folder, "nowhere"), join(folder, "link.txt"));
  await (await OutputFolder.open(folder, "evaluate")).write("other.txt", "other");
  const output = await OutputFolder.open(folder, "detect");
  await output.write("changed.txt", "before");
  writeFileSync(join(folder, "changed.txt"), "by hand");
  for (const name of ["mine.txt", "other.txt", "changed.txt", "folder.txt", "link.txt"]) {
    const message = new RegExp(
      `holds files that 'detect' did not write.*: ${name}\\. Choose another`,
    );
    await assert.rejects(output.requireReplaceable(["new.txt", name]), message);
    await assert.rejects(output.write(name, "replaced"), message);
    await assert.rejects(output.remove(name), message);
  }
  assert.equal(textOf(folder, "mine.txt"), "mine");
  assert.equal(textOf(folder, "other.txt"), "other");
  assert.equal(textOf(folder, "changed.txt"), "by hand");
  await assert.rejects(
    output.requireReplaceable(["mine.txt", "other.txt", "changed.txt", "folder.txt", "link.txt"]),
    /: mine\.txt, other\.txt, changed\.txt and 2 more\. Choose/,
  );
});

test("a file that has the content already stays, and does not become the command's", async () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, "same.txt"), "same");
  const output = await OutputFolder.open(folder, "sample");
  await output.requireWritable(new Map([["same.txt", "same"]]));
  await output.write("same.txt", "same");
  assert.deepEqual(readdirSync(folder), ["same.txt"]);
  await assert.rejects(output.requireWritable(new Map([["same.txt", "other"]])), /did not write/);
});

test("an unfinished file gets its name, unless that would replace a file of the user", async () => {
  const folder = temporaryFolder();
  const output = await OutputFolder.open(folder, "detect");
  writeFileSync(join(folder, "rows.csv.part"), "1");
  await output.adopt("rows.csv");
  assert.equal(textOf(folder, "rows.csv"), "1");
  writeFileSync(join(folder, "rows.csv.part"), "2");
  await output.adopt("rows.csv");
  assert.equal(textOf(folder, "rows.csv"), "2");
  writeFileSync(join(folder, "rows.csv"), "by hand");
  writeFileSync(join(folder, "rows.csv.part"), "3");
  await assert.rejects(output.adopt("rows.csv"), /did not write/);
  assert.equal(textOf(folder, "rows.csv"), "by hand");
  assert.equal(textOf(folder, "rows.csv.part"), "3");
});

test("a file is moved into the folder, unless that would replace a file of the user", async () => {
  const [source, folder] = [temporaryFolder(), temporaryFolder()];
  const output = await OutputFolder.open(folder, "detect");
  writeFileSync(join(source, "0.png"), "picture");
  await output.take(join(source, "0.png"), "a.png");
  assert.deepEqual(readdirSync(source), []);
  assert.equal(textOf(folder, "a.png"), "picture");
  writeFileSync(join(folder, "mine.png"), "mine");
  writeFileSync(join(source, "1.png"), "other");
  await assert.rejects(output.take(join(source, "1.png"), "mine.png"), /did not write/);
  assert.equal(textOf(folder, "mine.png"), "mine");
  await output.take(join(source, "1.png"), "a.png");
  assert.equal(textOf(folder, "a.png"), "other");
});

test("files that other code wrote for the command can be noted, also with a line break in their name", async () => {
  const folder = temporaryFolder();
  const name = "two\nlines.txt";
  writeFileSync(join(folder, name), "weights");
  await (await OutputFolder.open(folder, "notebooks")).note([name, "missing"]);
  const output = await OutputFolder.open(folder, "notebooks");
  await output.write(name, "new weights");
  await output.remove(name);
  assert.ok(!existsSync(join(folder, name)));
});
