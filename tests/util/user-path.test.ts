import assert from "node:assert/strict";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import test from "node:test";
import { openDataset } from "../../src/data/dataset";
import { openVolume } from "../../src/data/volumes/open-volumes";
import { userPath } from "../../src/util/user-path";

test("~ at the start of a path is the home folder; other paths stay", () => {
  assert.equal(userPath("~"), homedir());
  assert.equal(userPath("~/data"), join(homedir(), "data"));
  assert.equal(userPath("a/~/b"), resolve("a/~/b"));
  assert.equal(userPath("~b"), resolve("~b"));
});

test("a path that is missing is named as missing", async () => {
  const unset = process.env.NO_SUCH_VARIABLE as string;
  await assert.rejects(openDataset(unset), /^Error: the path is undefined$/);
  await assert.rejects(openDataset(""), /^Error: the path is empty$/);
  await assert.rejects(openVolume(unset), /^Error: the path is undefined$/);
});

test("data sets and volumes are opened in the home folder", async () => {
  const missing = join(homedir(), "no-such-folder");
  const message = new RegExp(`^Error: ${missing}: there is no such`);
  await assert.rejects(openDataset("~/no-such-folder"), message);
  await assert.rejects(openVolume("~/no-such-folder"), message);
});
