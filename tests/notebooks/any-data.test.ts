/** Notebook 01 runs on a data set as it comes, read with the options of the command. */
import assert from "node:assert/strict";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { picture, temporaryFolder, writeFiles } from "../data/files";
import { ROOT, runCommand } from "../scripts/run-command";

const NAME = `test-any-data-${process.pid}`;
const RUN = join(ROOT, "runs", NAME);

after(() => rmSync(RUN, { recursive: true, force: true }));

/**
 * File names say nothing of patients. One class is drawn around whole images, one image of
 * validation is also in training, one label is faulty, and the test split does not exist.
 */
async function untidySet(): Promise<string> {
  const root = temporaryFolder();
  writeFiles(root, {
    "data.yaml": "train: train\nval: val\ntest: ../test/images\nnames: [tumor, healthy]\n",
    "train/broken.txt": "0 .5 .5 .2\n",
    "train/broken.png": await picture(201),
    "val/copy.png": await picture(0),
    "val/copy.txt": "0 .5 .5 .3 .3\n",
  });
  for (let i = 0; i < 12; i++)
    writeFiles(root, {
      [`train/image-${i}.png`]: await picture(i * 16),
      [`train/image-${i}.txt`]: i % 2 ? "1 .5 .5 .9 .9\n" : "0 .5 .5 .3 .3\n",
    });
  return root;
}

/** The texts that the cells of an executed notebook printed. */
function printed(file: string): string {
  const { cells } = JSON.parse(readFileSync(file, "utf8")) as {
    cells: { outputs?: { text?: string | string[] }[] }[];
  };
  return cells
    .flatMap(({ outputs = [] }) => outputs.map(({ text = [] }) => [text].flat().join("")))
    .join("\n");
}

test("notebook 01 reads an untidy set with the options of the command, and shows what it found", async () => {
  const parameters = ["--data", await untidySet(), "--background", "healthy"];
  const reading = ["--patients", "none", "--overlap", "keep"];
  const { status, all } = runCommand(
    "notebooks",
    ...[...parameters, ...reading, "--only", "01", "--name", NAME],
  );
  assert.equal(status, 0, all.slice(-3000));
  const text = printed(join(RUN, "01-dataset-exploration.ipynb"));
  for (const expected of [
    /groups of similar images \(patients unknown\)/,
    /Read as yolo: /,
    /warning train\/broken\.txt:1 /,
    /split left out\)/,
    /Left out: .*1 split/,
    /All of them: runs\/\S+data-problems\.txt/,
    /In no class do nearly all boxes cover/,
    /Patients unknown: the option --patients none says so/,
    /Two groups may still show one patient/,
    /of 7 boxes .* have an anchor shape/,
    /13 images have 8 bits/,
    /both images are used: 1\. The metrics are too good/,
  ])
    assert.match(text, expected);
  assert.doesNotMatch(text, /null|undefined|NaN/);
  assert.match(readFileSync(join(RUN, "data-problems.txt"), "utf8"), /broken\.txt/);
});
