/** Statistics of data sets that exist only as numbers. */
import type { ImageView, TrainingStatistics } from "../../src/planning/training-statistics";

/** An image of 256 pixels with a square box of each size; the head fills two thirds of it. */
export function view(sizes: readonly number[], changes: Partial<ImageView> = {}): ImageView {
  return {
    longerSide: 256,
    headSide: 170,
    isColored: false,
    boxes: sizes.map((size) => ({ width: size, height: size, isCut: false })),
    ...changes,
  };
}

/** Sizes with equal factors between them. */
export function sizesBetween(low: number, high: number, count: number): number[] {
  return Array.from({ length: count }, (_, i) => low * (high / low) ** (i / (count - 1)));
}

/** 200 images of 40 patients, with one box each from 20 to 60 pixels, of two classes. */
export function statistics(changes: Partial<TrainingStatistics> = {}): TrainingStatistics {
  return {
    images: 200,
    emptyImages: 0,
    groups: 40,
    arePatientsKnown: true,
    classes: [
      { name: "ring", boxes: 120 },
      { name: "solid", boxes: 80 },
    ],
    mostBoxes: 1,
    sideClasses: [],
    sideFiles: 0,
    views: sizesBetween(20, 60, 200).map((size) => view([size])),
    ...changes,
  };
}
