/** The strict types of cells: scripts/cell-types.ts. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import test from "node:test";
import { cellTypeFaults } from "../../scripts/cell-types";
import { temporaryFolder } from "../data/files";
import { ROOT } from "./run-command";

/** Writes a notebook and a module beside it that its cells can import. */
function notebook(...cells: readonly (readonly [type: string, source: string])[]): string {
  const folder = temporaryFolder();
  const file = join(folder, "mine.ipynb");
  const written = cells.map(([cell_type, source]) => ({
    cell_type,
    source: source.split(/(?<=\n)/),
  }));
  writeFileSync(file, JSON.stringify({ cells: written }));
  writeFileSync(
    join(folder, "library.ts"),
    "export const find = (): { value: number } | undefined => undefined;",
  );
  return file;
}

test("a value that can be null is a fault, with notebook, cell and line", () => {
  const file = notebook(
    ["markdown", "# A title\n\ntext"],
    ["code", 'import { find } from "./library";\n\nconst found = find();'],
    ["code", "// A comment.\n\nfunction read() {\n  return found.value;\n}\nconsole.log(read());"],
    ["code", "console.log(1);\nfind().value;"],
  );
  const name = relative(ROOT, file);
  assert.deepEqual(cellTypeFaults([file]), [
    `${name}: cell 2, line 4: 'found' is possibly 'undefined'.`,
    `${name}: cell 3, line 2: Object is possibly 'undefined'.`,
  ]);
});

test("a missing export is a fault at its import", () => {
  const file = notebook([
    "code",
    'import { find } from "./library";\nimport { lost } from "./library";\n[find, lost];',
  ]);
  assert.match(
    cellTypeFaults([file]).join(),
    /^[^,]*: cell 1, line 2: Module '"\.\/library"' has no exported member 'lost'\.$/,
  );
});

test("what the kernel accepts and is safe is no fault", () => {
  const file = notebook(
    ["code", 'import { find } from "./library";\nconst value = find()?.value ?? 0;\nvalue'],
    ["code", "const other: number = await Promise.resolve(value);\n(other + 1).toFixed(1)"],
    [
      "code",
      'import { strict as assert } from "assert";\nconst found = find();\nassert.ok(found !== undefined);',
    ],
    ["code", "console.log(found.value);"],
    ["code", "for await (const x of [Promise.resolve(7)]) console.log(x);"],
  );
  assert.deepEqual(cellTypeFaults([file]), []);
});
