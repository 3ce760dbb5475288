/** A small data set in a temporary folder, and checks that every figure must pass. */
import assert from "node:assert/strict";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { Dataset } from "../../src/data/dataset";
import type { Figure, Trace } from "../../src/plots/figure";
import type { Box, ImageRecord } from "../../src/types";

export const CLASS_NAMES = ["round", "<ring> & rim"];
export const WIDTH = 80;
export const HEIGHT = 60;

/**
 * Two patients in train, one in test: an image of class 0, one of both classes, one without boxes,
 * one of class 1.
 */
export async function smallDataset(): Promise<Dataset> {
  const folder = mkdtempSync(join(tmpdir(), "figures-"));
  const image = async (
    split: string,
    name: string,
    boxes: [number, Box][],
  ): Promise<ImageRecord> => {
    const path = join(folder, name);
    const pixels = Uint8Array.from({ length: WIDTH * HEIGHT }, (_, i) => 30 + (i % 200));
    await sharp(pixels, { raw: { width: WIDTH, height: HEIGHT, channels: 1 } })
      .png()
      .toFile(path);
    const annotations = boxes.map(([classId, box], i) => ({ classId, box, line: i + 1 }));
    const patient = name.split("_")[0];
    return {
      id: `images/${split}/${name}`,
      path,
      labelPath: null,
      split,
      patient,
      width: WIDTH,
      height: HEIGHT,
      annotations,
    };
  };
  const images = [
    await image("train", "p1_1.png", [[0, [10, 10, 30, 40]]]),
    await image("train", "p1_2.png", [
      [0, [12, 10, 30, 40]],
      [1, [50, 20, 70, 30]],
    ]),
    await image("train", "p2_1.png", []),
    await image("test", "p3_1.png", [[1, [40, 30, 60, 50]]]),
  ];
  return new Dataset({ root: folder, classNames: CLASS_NAMES, images });
}

/** Throws unless the figure is plain JSON with a title, a size, and as many x as y values. */
export function assertFigure(figure: Figure): void {
  assert.deepEqual(JSON.parse(JSON.stringify(figure)), figure, "the figure is not plain JSON");
  const { title, width, height } = figure.layout as {
    title: { text: string };
    width: number;
    height: number;
  };
  assert.ok(title.text.length > 3);
  assert.ok(width > 0 && height > 0);
  for (const trace of figure.data) {
    const { x, y } = trace as Record<string, unknown>;
    if (Array.isArray(x) && Array.isArray(y))
      assert.equal(x.length, y.length, `x and y of '${trace.name}'`);
  }
}

/** The traces of that name; throws when there is none. */
export function tracesNamed(figure: Figure, name: string | RegExp): Trace[] {
  const found = figure.data.filter((trace) =>
    typeof name === "string" ? trace.name === name : name.test(String(trace.name)),
  );
  const names = figure.data.map((trace) => trace.name);
  assert.ok(found.length, `no trace '${name}' among ${names.join(", ")}`);
  return found;
}

export function values(trace: Trace, key: string): unknown[] {
  return trace[key] as unknown[];
}

/** The number of boxes that the line traces of that name draw. */
export function boxesDrawn(figure: Figure, name: string | RegExp): number {
  return tracesNamed(figure, name)
    .map((trace) => values(trace, "x").filter((x) => x === null).length)
    .reduce((sum, count) => sum + count, 0);
}

/** All hover texts of boxes. */
export function hoverTexts(figure: Figure): string[] {
  const withText = figure.data.filter(({ hoverinfo }) => hoverinfo === "text");
  return withText.flatMap(
    (trace) => values(trace, "text").filter((text) => text !== null) as string[],
  );
}

export function imagesOf(figure: Figure): { source: string; sizex: number; sizey: number }[] {
  return figure.layout.images as { source: string; sizex: number; sizey: number }[];
}
