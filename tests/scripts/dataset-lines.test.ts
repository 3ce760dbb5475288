/** What the commands print of a data set. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { openDataset } from "../../src/data/dataset";
import { datasetLines } from "../../scripts/options";
import { picture, temporaryFolder, writeFiles } from "../data/files";

test("a class that may mean nothing is suggested for a training, not for a trained run", async () => {
  const root = temporaryFolder();
  writeFiles(root, { "data.yaml": "train: images/train\nnames: [tumor, healthy]\n" });
  for (let i = 0; i < 12; i++)
    writeFiles(root, {
      [`images/train/a${i}.png`]: await picture(i),
      [`labels/train/a${i}.txt`]: i % 2 ? "1 .5 .5 .9 .9\n" : "0 .5 .5 .1 .1\n",
    });
  const dataset = await openDataset(root);
  const isSuggestion = (line: string) => line.includes("--background healthy");
  const lines = datasetLines(dataset);
  assert.equal(lines.filter(isSuggestion).length, 1);
  assert.deepEqual(
    datasetLines(dataset, { isTrained: true }),
    lines.filter((line) => !isSuggestion(line)),
  );
});
