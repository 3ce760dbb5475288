/** `npm run train`: a finished run goes on as a new run, or gives its weights to another one. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { readRunManifest } from "../../src/runs/run-manifest";
import { squares } from "../training/squares";
import { runCommand } from "./run-command";

const train = (...parameters: string[]) => runCommand("train", ...parameters);

test("a finished run goes on as a new run, and another training starts from its weights", async () => {
  const { folder } = await squares();
  const [first, more, other] = ["first", "more", "other"].map((name) => join(folder, name));
  const data = ["--data", folder, "--classes", "a,b", "--epochs", "1"];
  const trained = train(...data, "--out", first);
  assert.equal(trained.status, 0, trained.all);

  const further = train("--from", first, "--more-epochs", "1", "--out", more);
  assert.equal(further.status, 0, further.all);
  assert.match(further.all, /Goes on with .*first after its 1 epochs\./);
  assert.match(further.all, /weights are taken\. Classes that are taken: a, b; fresh: none\./);
  const [before, after] = [await readRunManifest(first), await readRunManifest(more)];
  assert.deepEqual(after.images, before.images);
  assert.equal(after.initial!.run, first);
  assert.deepEqual(after.initial!.fingerprints, before.fingerprints!.train);

  const classes = ["--data", folder, "--classes", "b,c", "--epochs", "1"];
  const started = train(...classes, "--init", first, "--out", other);
  assert.equal(started.status, 0, started.all);
  assert.match(started.all, /Classes that are taken: b; fresh: c\./);
  assert.doesNotMatch(started.all, /validation metrics are too good/, "the same split");

  const refused: [string[], RegExp][] = [
    [
      ["--more-epochs", "2", "--out", more + 2],
      /--more-epochs goes on with a finished run: name it/,
    ],
    [["--from", first, "--more-epochs", "2", "--out", first], /first holds a run: .*--more-epochs/],
    [["--from", first, "--init", more, "--out", more + 2], /leave --init out/],
    [["--resume", "--init", more, "--out", first], /leave --init out/],
    [["--resume", "--out", first], /its run is finished\. To train on, use --from .*--more-epochs/],
    [[...data, "--init", join(folder, "nothing"), "--out", more + 2], /nothing: not a run folder/],
  ];
  for (const [parameters, message] of refused) {
    const { status, all } = train(...parameters);
    assert.equal(status, 1, all);
    assert.match(all, message);
  }
});
