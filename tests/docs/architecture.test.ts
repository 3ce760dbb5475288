/** `docs/architecture.md` names the rooms in their order, and functions that exist. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { page, pages, ROOT } from "./markdown";

test("the table of rooms has the rooms and the order of .dependency-cruiser.cjs", () => {
  // eslint-disable-next-line @typescript-eslint/no-require-imports
  const { forbidden } = require(join(ROOT, ".dependency-cruiser.cjs")) as {
    forbidden: { name: string }[];
  };
  const rooms = forbidden.flatMap(
    ({ name }) => /^(\S+) imports downwards only$/.exec(name)?.[1] ?? [],
  );
  const { lines } = page("docs/architecture.md");
  const drawn = lines.flatMap(
    ({ text }) => /^\| \[`([\w.]+?)(?:\.ts)?`\]\(\.\.\/src\/\S+\)/.exec(text)?.[1] ?? [],
  );
  assert.ok(rooms.length > 10);
  assert.deepEqual(drawn, rooms);
});

test("every function that a page links to is exported by the file of the link", () => {
  const linked = pages().flatMap(({ path, lines }) =>
    lines.flatMap(({ number, text }) =>
      [...text.matchAll(/\[`(\w+)`\]\(([^)#]+\.ts)\)/g)].map(([, name, target]) => ({
        where: `${path}:${number}`,
        name,
        file: join(ROOT, dirname(path), target),
      })),
    ),
  );
  assert.ok(linked.length > 20);
  const missing = linked.filter(
    ({ name, file }) =>
      !new RegExp(`^export (async )?(function|class|const)\\*? ${name}\\b`, "m").test(
        readFileSync(file, "utf8"),
      ),
  );
  assert.deepEqual(
    missing.map(({ where, name }) => `${where}: ${name}`),
    [],
  );
});
