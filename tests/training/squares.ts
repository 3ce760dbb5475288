/** A data set of bright squares on disk, on which the small detector trains in seconds. */
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

/**
 * Writes 8 images of 4 patients, 6 of them for training.
 * @param options.emptyValidation whether the validation images have no boxes
 * @param options.encode makes the file of an image from its grey values
 */
export async function squares({
  emptyValidation = false,
  encode = pngOf,
}: {
  readonly emptyValidation?: boolean;
  readonly encode?: (grey: Uint8Array) => Buffer | Promise<Buffer>;
} = {}): Promise<{
  folder: string;
  open: () => ReturnType<typeof openDataset>;
}> {
  const folder = await mkdtemp(join(tmpdir(), "squares-"));
  for (const part of ["images/train", "labels/train", "images/val", "labels/val"])
    mkdirSync(join(folder, part), { recursive: true });
  for (let i = 0; i < 8; i++) {
    const squareCount = emptyValidation && i >= 6 ? 0 : i % 3;
    const { pixels, boxes, classIds, letterbox } = squareSample(i, squareCount);
    const [part, name] = [i < 6 ? "train" : "val", `${Math.floor(i / 2)}_${i}`];
    writeFileSync(join(folder, "images", part, `${name}.png`), await encode(pixels));
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

function pngOf(grey: Uint8Array): Promise<Buffer> {
  return sharp(grey, { raw: { width: SIZE, height: SIZE, channels: 1 } })
    .png()
    .toBuffer();
}

/** The events that a generator yields. */
export async function collect(events: AsyncIterable<TrainingEvent>): Promise<TrainingEvent[]> {
  const all: TrainingEvent[] = [];
  for await (const event of events) all.push(event);
  return all;
}

/** The weights of a trainer's detector. */
export function weightsOf({ detector }: Trainer): number[][] {
  return Object.values(detector.variables()).map((variable) => Array.from(variable.dataSync()));
}
