/** What a report says of its intervals. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { intervalText } from "../../src/report/interval-text";

const ORIGIN = "The intervals come from a bootstrap.";

test("intervals are about patients, or about groups where patients are unknown", () => {
  assert.equal(
    intervalText({ patients: 9 }, ORIGIN),
    `${ORIGIN} They show how much the metrics vary with other patients, not with another training.`,
  );
  assert.match(
    intervalText({ patients: 9, grouped: true }, ORIGIN),
    /with other groups of images,/,
  );
});

test("with one patient the text does not speak of intervals that are not there", () => {
  assert.equal(
    intervalText({ patients: 1 }, ORIGIN),
    "There are no intervals: they need at least two patients, and 1 was evaluated.",
  );
});
