/**
 * Scans as scanners, archives and converters write them, and what is right for each. They are made
 * by tests/reference/make_scans.py.
 */
import assert from "node:assert/strict";
import { readFileSync } from "fs";
import { join, resolve } from "path";
import { type PixelGrid, type Plane, toMillimeters } from "../../../src/data/volumes/geometry";
import { assertClose } from "../../assertions";

const FOLDER = resolve(__dirname, "..", "..", "reference", "scans");

/** Values of a slice row by row; null for those that are not finite. */
type Rows = (number | null)[][];

/** Some pixels, and the positions of their centers; missing where the file has no position. */
interface Placed {
  readonly pixels?: [number, number][];
  readonly millimeters?: number[][];
}

/** A file of one slice. */
interface SingleReference extends Placed {
  readonly values: Rows;
}

/** Scans of several slices. */
interface SeriesReference {
  /** Whether the scans are opened side by side; else one has to be chosen. */
  readonly several?: boolean;
  readonly parts: {
    readonly label: string;
    /** The first value of each slice. */
    readonly first: number[];
    readonly heights: (number | null)[];
  }[];
}

/** The middle axial slice of a file. */
interface NiftiReference extends Placed {
  readonly slice: number;
  readonly count: number;
  readonly values: Rows;
  /** Number of volumes; the reference is the second one. */
  readonly volumes?: number;
  /** The file with the voxels of a pair. */
  readonly image?: string;
}

/** All slices of a plane. */
interface PlaneReference {
  readonly values: number[][];
  readonly size: [number, number];
  readonly pixels: [number, number][];
  readonly millimeters: number[][][];
}

/** What is right, by file. */
export const scans = JSON.parse(readFileSync(`${FOLDER}.json`, "utf8")) as {
  readonly single: Record<string, SingleReference>;
  readonly series: Record<string, SeriesReference>;
  readonly nifti: Record<string, NiftiReference>;
  readonly blocks: Record<string, Record<Plane, PlaneReference>>;
};

/** Path of a scan. */
export function scan(name: string): string {
  return join(FOLDER, name);
}

/** Asserts that values are those of a reference, which has null for values that are not finite. */
export function assertValues(actual: Float32Array, expected: Rows, tolerance = 1e-5): void {
  const flat = expected.flat();
  assert.equal(actual.length, flat.length);
  actual.forEach((value, i) => {
    const right = flat[i];
    if (right === null) assert.ok(!Number.isFinite(value), `value ${i} is ${value}, not missing`);
    else
      assert.ok(
        Math.abs(value - right) <= tolerance * Math.max(1, Math.abs(right)),
        `value ${i} is ${value}, expected ${right}`,
      );
  });
}

/** Asserts that a slice is where a reference says, or has no position if the reference has none. */
export function assertPlace(
  grid: PixelGrid | null,
  { pixels, millimeters }: Placed,
  tolerance = 1e-4,
): void {
  if (!pixels) return assert.equal(grid, null, "it has a position");
  assert.ok(grid, "it has no position");
  const places = pixels.map(([x, y]) => [...toMillimeters(grid, x + 0.5, y + 0.5)]);
  assertClose(places, millimeters, tolerance);
}
