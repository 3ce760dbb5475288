/** The README is short, and its example gives the output that it shows. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { page, ROOT } from "./markdown";

const { lines } = page("README.md");

/** How far a number of the output may be from the README's on another processor. */
const TOLERANCE = { whole: 2, decimal: 0.02 };

test("the README has 60 to 90 lines of at most 100 characters", () => {
  assert.ok(lines.length >= 60 && lines.length <= 90, `it has ${lines.length} lines`);
  const long = lines.filter(({ text }) => [...text].length > 100);
  assert.deepEqual(
    long.map(({ number, text }) => `line ${number}: ${[...text].length} characters`),
    [],
  );
});

test("the README says what a reader must know first", () => {
  const text = lines.map((line) => line.text).join("\n");
  for (const part of [
    "For research and teaching only. Not a medical device",
    "docs/pictures/detections.png",
    "npm run notebooks",
    "npm test",
    "LICENSE",
  ])
    assert.ok(text.includes(part), part);
});

test("the README's example has at most ten lines and gives the output below it", () => {
  const [code, output] = codeBlocks();
  const statements = code.filter((line) => line.trim());
  assert.ok(statements.length <= 10, `it has ${statements.length} lines`);
  const printed = runAsCell(code.join("\n")).trim().split("\n");
  assert.equal(printed.length, output.length, printed.join("\n"));
  for (const [i, line] of output.entries()) assertSameLine(printed[i], line);
});

/** The code of the example and the output that the README shows. */
function codeBlocks(): string[][] {
  const start = lines.findIndex(({ text }) => text === "## Example");
  const blocks: string[][] = [];
  let block: string[] | null = null;
  for (const { text } of lines.slice(start)) {
    if (text.startsWith("```")) {
      if (block) blocks.push(block);
      block = block ? null : [];
    } else block?.push(text);
  }
  return blocks;
}

/** What the code prints when it runs as a cell of a notebook would. */
function runAsCell(code: string): string {
  const imports = code.match(/^import .*$/gm) ?? [];
  const body = code.replace(/^import .*$/gm, "");
  const source = JSON.stringify(join(ROOT, "src", "index"));
  const text = `${imports.join("\n").replace('"./src/index"', source)}
(async () => {${body}})();`;
  const folder = mkdtempSync(join(tmpdir(), "readme-"));
  try {
    const file = join(folder, "example.ts");
    writeFileSync(file, text);
    const shim = join(ROOT, "jupyter", "node-shim.cjs");
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      ["--require", shim, "--import", "tsx", file],
      { cwd: join(ROOT, "notebooks"), encoding: "utf8" },
    );
    assert.equal(status, 0, stderr);
    return stdout;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Words must be equal. Numbers may differ a little: other processors round otherwise. */
function assertSameLine(actual: string, expected: string): void {
  const [words, expectedWords] = [actual.split(" "), expected.split(" ")];
  assert.equal(words.length, expectedWords.length, actual);
  for (const [i, word] of expectedWords.entries()) {
    const number = parseFloat(word);
    if (/^[\d.]+,?$/.test(word)) {
      const tolerance = word.includes(".") ? TOLERANCE.decimal : TOLERANCE.whole;
      assert.ok(Math.abs(parseFloat(words[i]) - number) <= tolerance, `${actual} | ${expected}`);
    } else assert.equal(words[i], word);
  }
}
