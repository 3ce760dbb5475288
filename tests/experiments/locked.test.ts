/** While another process works in a folder, no command writes there. */
import assert from "node:assert/strict";
import { mkdirSync, readdirSync, rmSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { runAblation } from "../../src/experiments/ablation";
import { detectInputs } from "../../src/report/detect-inputs";
import { evaluateRun } from "../../src/report/evaluate-run";
import { writeComparison } from "../../src/report/comparison";
import { compactRun } from "../../src/runs/compact-run";
import { RunFolder } from "../../src/training/run-folder";
import { Trainer } from "../../src/training/trainer";
import { trainRun } from "../../src/training/train-run";
import { LOCK_FILE } from "../../src/util/folder-lock";
import { smallDetector } from "../detectors/small-detector";
import { collect, squares } from "../training/squares";
import { end, lockElsewhere } from "../util/lock-elsewhere";
import { config, crossValidateSquares, idle } from "./small-cross-validation";

test("every command that writes into a folder is refused while another process works there", async () => {
  const { folder, open } = await squares();
  const dataset = (await open()).withoutTest();
  const out = join(folder, "out");
  const fold = join(out, "seed-1-fold-0");
  mkdirSync(fold, { recursive: true });
  const { child, answer } = await lockElsewhere(out);
  const { child: ofFold } = await lockElsewhere(fold);
  assert.equal(answer, "LOCKED");

  const training = { config, train: dataset, validation: null, data: "", out };
  const run = join("data", "models", "accurate-sample");
  const commands: Record<string, () => Promise<unknown>> = {
    train: () => trainRun(training),
    "train --resume": () => trainRun({ ...training, resume: true }),
    "a notebook": () => {
      const detector = smallDetector(config);
      const runFolder = new RunFolder(out, "squares");
      return collect(new Trainer({ detector, train: dataset, runFolder }).fit());
    },
    crossvalidate: () => crossValidateSquares({ folder, out: "out", dataset }),
    ablation: () => runAblation({ dataset, folds: 2, out, signal: idle }),
    evaluate: () => evaluateRun({ run, dataset, out }),
    "evaluate without --out": () => evaluateRun({ run: out, dataset }),
    compare: () => writeComparison({ runs: [run], dataset, split: "val", out }),
    compact: () => compactRun(run, out),
    detect: () =>
      detectInputs({
        ...{ paths: [folder], weights: run, out, minScore: 0 },
        ...{ pictures: false, html: false, volume: {} },
      }),
  };
  for (const [name, command] of Object.entries(commands)) {
    const { pid } = name === "crossvalidate" ? ofFold : child;
    await assert.rejects(
      command(),
      (error: Error) => error.message.includes(`is in use by process ${pid} on ${hostname()}`),
      name,
    );
  }
  assert.deepEqual(readdirSync(out).sort(), [LOCK_FILE, "seed-1-fold-0"]);
  assert.deepEqual(readdirSync(fold), [LOCK_FILE]);
  await end(child);
  await end(ofFold);
  // The locks of the ended processes are taken over.
  assert.ok((await trainRun(training)).isDone);
  assert.ok(!readdirSync(out).includes(LOCK_FILE));
  rmSync(folder, { recursive: true });
});
