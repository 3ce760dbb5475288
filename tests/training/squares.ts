/** A data set of bright squares on disk that the small detector is trained on in seconds. */
import { mkdirSync, writeFileSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { configure } from "../../src/config/index";
import { openDataset } from "../../src/data/dataset";
import { toOriginal } from "../../src/data/letterbox";
import { formatLabels } from "../../src/data/formats/yolo/labels";
import type { TrainingEvent } from "../../src/runs/events";
import type { Trainer } from "../../src/training/trainer";
import { SIZE, smallConfig, squareSample } from "../detectors/small-detector";

export const squaresConfig = configure(smallConfig, {
  data: { cropToHead: null },
  augmentation: { copies: 1 },
  training: { epochs: 3 },
});

export const openSquares = (folder: string) => openDataset(folder, { classNames: ["a", "b"] });

/** 8 images of 4 patients, 6 of them for training. */
export async function squares(): Promise<{
  folder: string;
  open: () => ReturnType<typeof openDataset>;
}> {
  const folder = await mkdtemp(join(tmpdir(), "squares-"));
  for (const part of ["images/train", "labels/train", "images/val", "labels/val"])
    mkdirSync(join(folder, part), { recursive: true });
  for (let i = 0; i < 8; i++) {
    const { pixels, boxes, classIds, letterbox } = squareSample(i, i % 3);
    const [part, name] = [i < 6 ? "train" : "val", `${Math.floor(i / 2)}_${i}`];
    await sharp(pixels, { raw: { width: SIZE, height: SIZE, channels: 1 } })
      .png()
      .toFile(join(folder, "images", part, `${name}.png`));
    const labels = boxes.map((box, b) => ({
      box: toOriginal(box, letterbox),
      classId: classIds[b],
    }));
    writeFileSync(
      join(folder, "labels", part, `${name}.txt`),
      formatLabels(labels, { width: SIZE, height: SIZE }),
    );
  }
  return { folder, open: () => openSquares(folder) };
}

export async function collect(events: AsyncIterable<TrainingEvent>): Promise<TrainingEvent[]> {
  const all: TrainingEvent[] = [];
  for await (const event of events) all.push(event);
  return all;
}

export function weightsOf(of: Trainer): number[][] {
  return Object.values(of.detector.variables()).map((variable) => Array.from(variable.dataSync()));
}
