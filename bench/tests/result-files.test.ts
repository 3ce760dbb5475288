import assert from "node:assert/strict";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { temporaryFolder } from "../../tests/data/files";
import { ResultFiles } from "../result-files";

interface Results {
  readonly machine: string;
  readonly cases: readonly number[];
}

const filesOf = (folder: string) =>
  new ResultFiles<Results>(folder, "results", ["machine", "cases"]);

test("results are written, read back and replaced", async () => {
  const folder = join(temporaryFolder(), "out");
  const files = filesOf(folder);
  assert.equal(await files.read(), null);
  await files.write({ machine: "a", cases: [1] }, "# first", "<svg/>");
  assert.deepEqual(await files.read(), { machine: "a", cases: [1] });
  await files.write({ machine: "b", cases: [2] }, "# second");
  assert.deepEqual(await files.read(), { machine: "b", cases: [2] });
  assert.equal(readFileSync(join(folder, "results.md"), "utf8"), "# second");
  assert.deepEqual(readdirSync(folder).sort(), ["results.json", "results.md", "results.svg"]);
});

test("files of the user with these names are refused", async () => {
  const contents = { "results.json": '{ "mine": 1 }', "results.md": "mine", "results.svg": "mine" };
  for (const [name, content] of Object.entries(contents)) {
    const folder = temporaryFolder();
    writeFileSync(join(folder, name), content);
    const message = new RegExp(`${name} was not written by this command.*name another --out`);
    await assert.rejects(filesOf(folder).read(), message);
  }
});
