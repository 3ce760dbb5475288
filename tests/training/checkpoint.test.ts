import assert from "node:assert/strict";
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import test from "node:test";
import { CHECKPOINT_FILES } from "../../src/runs/run-manifest";
import { configure } from "../../src/config/index";
import { tf } from "../../src/tensor/tensorflow";
import { readCheckpoint, writeCheckpoint } from "../../src/training/checkpoint";
import { RunFolder } from "../../src/training/run-folder";
import { Trainer } from "../../src/training/trainer";
import { smallDetector } from "../detectors/small-detector";
import { collect, openSquares, squares, squaresConfig, weightsOf } from "./squares";

async function trainerOn(folder: string, run: string, config = squaresConfig): Promise<Trainer> {
  const { train, validation } = (await openSquares(folder)).partition({ seed: 1 });
  return new Trainer({
    detector: smallDetector(config),
    train,
    validation,
    runFolder: new RunFolder(run, "squares", { checkpointEvery: 1 }),
  });
}

/** A data set, and the run folder of a training that was stopped after step 5 of 9. */
async function stopped(): Promise<{ folder: string; run: string; at: Trainer }> {
  const { folder } = await squares();
  const run = join(folder, "run");
  const at = await trainerOn(folder, run);
  for await (const event of at.fit())
    if (event.kind === "step" && event.epoch === 2 && event.step === 2) break;
  return { folder, run, at };
}

/** The checkpoint file that was written last. */
function newest(run: string): string {
  const [a, b] = CHECKPOINT_FILES.map((file) => join(run, file));
  const used = (path: string) => Number(/"used\\+":(\d+)/.exec(readFileSync(path, "latin1"))![1]);
  return used(a) > used(b) ? a : b;
}

test("a checkpoint restores weights, moments, average and history", async () => {
  const { folder, run, at } = await stopped();
  const other = await trainerOn(folder, run);
  assert.match(
    await other.resume(),
    /^Training goes on from its checkpoint: epoch 2 of 3, step 3 of 3\.$/,
  );
  const { minutes: _, ...expected } = at.state();
  const { minutes: __, ...state } = other.state();
  assert.deepEqual(state, expected);
  assert.ok(state.optimizer.step === 5 && state.average!.updates === 5);
  await rm(folder, { recursive: true });
});

test("a trainer that is further than its checkpoint stays where it is", async () => {
  const { folder, at } = await stopped();
  await at.step();
  const weights = weightsOf(at);
  assert.match(await at.resume(), /from where it is: epoch 3 of 3, step 1 of 3/);
  assert.deepEqual(weightsOf(at), weights);
  await rm(folder, { recursive: true });
});

test("after a damaged checkpoint the one before is used, and two damaged ones are an error", async () => {
  const { folder, run } = await stopped();
  const file = newest(run);
  const bytes = readFileSync(file);
  const damages: [string, Buffer, RegExp][] = [
    [
      "cut off",
      bytes.subarray(0, bytes.length - 100),
      /is not a valid safetensors file: .*truncated/,
    ],
    ["empty", Buffer.alloc(0), /is not a valid safetensors file/],
    [
      "one bit changed in a weight",
      flipped(bytes, bytes.length - 5),
      /is damaged: its checksum is wrong/,
    ],
    [
      "one bit changed in the text",
      flipped(bytes, bytes.indexOf("learningRate") + 3),
      /is damaged: its checksum is wrong/,
    ],
  ];
  for (const [name, damaged, message] of damages) {
    writeFileSync(file, damaged);
    const answer = await (await trainerOn(folder, run)).resume();
    assert.match(answer, message, name);
    assert.match(
      answer,
      /The checkpoint before it is complete\.\nTraining goes on from its checkpoint: epoch 2 of 3, step 2 of 3/,
      name,
    );
  }
  for (const each of CHECKPOINT_FILES) writeFileSync(join(run, each), "nonsense");
  await assert.rejects(
    (await trainerOn(folder, run)).resume(),
    /No complete checkpoint is left: name another run folder, or remove/,
  );
  await rm(folder, { recursive: true });
});

test("another configuration, other images and changed labels are errors that name the difference", async () => {
  const { folder, run } = await stopped();
  const other = configure(squaresConfig, { seed: 7, training: { learningRate: 1e-3 } });
  await assert.rejects((await trainerOn(folder, run, other)).resume(), (error: Error) => {
    assert.match(
      error.message,
      /belongs to another training:\nseed is 1 in the checkpoint and 7 here\ntraining\.learningRate is 0\.005 in the checkpoint and 0\.001 here\n/,
    );
    return true;
  });
  const label = join(folder, "labels/train/0_1.txt");
  const content = readFileSync(label);
  writeFileSync(label, "0 0.5 0.5 0.2 0.2\n");
  await assert.rejects(
    (await trainerOn(folder, run)).resume(),
    /images or labels have changed since the checkpoint: their SHA-256 differs/,
  );
  writeFileSync(label, content);
  for (const file of ["labels/train/0_1.txt", "images/train/0_1.png"]) rmSync(join(folder, file));
  await assert.rejects(
    (await trainerOn(folder, run)).resume(),
    /the train images differ: 6 in the checkpoint, 5 here; 1 only in the checkpoint, 0 only here \(images\/train\/0_1\.png\)/,
  );
  await rm(folder, { recursive: true });
});

test("another training does not overwrite an unfinished one", async () => {
  const { folder, run } = await stopped();
  await assert.rejects(
    collect((await trainerOn(folder, run)).fit()),
    /holds an unfinished training: go on with it \(npm run train -- --resume/,
  );
  assert.match(await (await trainerOn(folder, run)).resume(), /epoch 2 of 3, step 3 of 3/);
  await rm(folder, { recursive: true });
});

test("training does not start when the run folder cannot be written to, and loses no epoch when it disappears", async () => {
  const { folder, open } = await squares();
  const blocked = join(folder, "file");
  writeFileSync(blocked, "");
  await assert.rejects(
    collect((await trainerOn(folder, join(blocked, "run"))).fit()),
    /could not be written: a part of the path is a file/,
  );

  const run = join(folder, "run");
  const trainer = await trainerOn(folder, run);
  await assert.rejects(async () => {
    for await (const event of trainer.fit()) {
      if (event.kind !== "validation" || event.epoch !== 2) continue;
      renameSync(run, `${run}-away`);
      writeFileSync(run, "");
    }
  }, /could not be written/);
  rmSync(run);
  renameSync(`${run}-away`, run);
  const rest = await collect(trainer.fit());
  assert.deepEqual(
    rest
      .filter(({ kind }) => kind !== "step")
      .map((event) => ("epoch" in event ? [event.kind, event.epoch] : [])),
    [
      ["validation", 3],
      ["done", 3],
    ],
  );
  const { train, validation } = (await open()).partition({ seed: 1 });
  const straight = new Trainer({ detector: smallDetector(squaresConfig), train, validation });
  await collect(straight.fit());
  assert.deepEqual(weightsOf(trainer), weightsOf(straight));
  assert.deepEqual(trainer.history.validations, straight.history.validations);
  assert.deepEqual(
    (await readdir(run)).filter((file) => /part|checkpoint/.test(file)),
    [],
  );
  await rm(folder, { recursive: true });
});

test("a weight that is not finite is not saved, also when a ReLU hides it from the loss", async () => {
  const { folder, run, at } = await stopped();
  const before = CHECKPOINT_FILES.map((file) => readFileSync(join(run, file)));
  const hidden = at.detector.variables()["rpn/hidden/kernel"];
  hidden.assign(tf.fill(hidden.shape, NaN));
  await assert.rejects(
    collect(at.fit()),
    /weight 'rpn\/hidden\/kernel' holds numbers that are not finite|not finite in epoch/,
  );
  assert.deepEqual(
    CHECKPOINT_FILES.map((file) => readFileSync(join(run, file))),
    before,
  );
  assert.ok(existsSync(join(run, "weights.safetensors")));
  await rm(folder, { recursive: true });
});

test("early checkpoints: an AP of -1, which stood for no boxes, is read as null", async () => {
  const { folder, run } = await stopped();
  const file = newest(run);
  const checkpoint = await readCheckpoint(file);
  const [validation] = checkpoint.state.history.validations;
  assert.ok(validation.metrics.classAgnostic.AP !== null && checkpoint.best !== null);
  const early = {
    ...checkpoint,
    best: { ...checkpoint.best, value: -1 },
    state: {
      ...checkpoint.state,
      history: {
        ...checkpoint.state.history,
        validations: [
          { ...validation, metrics: { ...validation.metrics, classAware: NO_BOXES } } as never,
        ],
      },
    },
  };
  const { weights } = checkpoint.state;
  const shapes = Object.fromEntries(
    Object.entries(weights).map(([name, { length }]) => [name, [length]]),
  );
  await writeCheckpoint(file, early, shapes);
  const { state, best } = await readCheckpoint(file);
  assert.equal(best, null);
  const { classAgnostic, classAware } = state.history.validations[0].metrics;
  assert.deepEqual(classAgnostic, validation.metrics.classAgnostic);
  assert.deepEqual(classAware, { AP: null, AP50: null });
  await rm(folder, { recursive: true });
});

/** Metrics as early versions wrote them. */
const NO_BOXES = { AP: -1, AP50: -1 };

function flipped(bytes: Buffer, place: number): Buffer {
  const copy = Buffer.from(bytes);
  copy[place] ^= 1;
  return copy;
}
