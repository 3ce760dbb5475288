/** The options that the next command needs to read a data set in the same way. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { readingArguments } from "../../scripts/reading-arguments";

test("options that say how a data set is read are repeated, others and those of the run are not", () => {
  const argv = ["--data", "mine", "--sequence", "FLAIR", "--epochs", "1", "--strict"];
  assert.equal(
    readingArguments([...argv, "--every=3", "--background", "No_Tumor", "--classes", "a=b"]),
    "--sequence FLAIR --strict --every=3",
  );
  assert.equal(readingArguments(["--data", "mine"]), "");
});

test("values are quoted for a shell", () => {
  assert.equal(
    readingArguments(["--patients", "^(\\d+)/", "--sequence", "it's"]),
    "--patients '^(\\d+)/' --sequence 'it'\\''s'",
  );
});
