/** `docs/architecture.md` names the rooms in the order in which they may import each other. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { page, ROOT } from "./markdown";

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
