/**
 * Files written by pydicom and nibabel, and the values that these libraries read from them. They
 * are made by tests/reference/make_medical.py.
 */
import { copyFileSync, readFileSync, writeFileSync } from "fs";
import { join, resolve } from "path";
import { openVolume } from "../../../src/data/volumes/open-volumes";
import type { Volume, VolumeOptions } from "../../../src/data/volumes/volume";
import { temporaryFolder } from "../files";

const FOLDER = resolve(__dirname, "..", "..", "reference", "medical");

interface Placed {
  /** Column and row of some pixels, and the millimeters of their centers. */
  readonly pixels: [number, number][];
  readonly millimeters: number[][];
}

interface DicomReference extends Placed {
  readonly rows: number;
  readonly columns: number;
  readonly values: number[][];
  readonly grey?: number[][];
  readonly padding?: number[][];
  readonly percentiles?: [number, number];
}

interface NiftiReference {
  readonly shape: number[];
  readonly codes: string;
  readonly percentiles?: [number, number];
  readonly pictures: Record<
    "axial" | "coronal" | "sagittal",
    Placed & { slice: number; count: number; values: number[][] }
  >;
}

interface Reference {
  readonly dicom: Record<string, DicomReference>;
  readonly frames: Record<
    string,
    {
      frames: number[][][];
      windows: number[][];
      pixels: [number, number][];
      millimeters: number[][][];
    }
  >;
  readonly series: { heights: number[]; names: string[] };
  readonly nifti: Record<string, NiftiReference>;
  readonly volumes: number[][][][];
}

/** The values by file. */
export const reference = JSON.parse(readFileSync(`${FOLDER}.json`, "utf8")) as Reference;

/** Path of a file. */
export function fixture(name: string): string {
  return join(FOLDER, name);
}

/** Opens a file. */
export function openFixture(name: string, options?: VolumeOptions): Promise<Volume> {
  return openVolume(fixture(name), options);
}

/** A changed copy of a file. */
export function changedCopy(name: string, change: (bytes: Buffer) => Buffer | void): string {
  const path = join(temporaryFolder(), name.split("/").pop()!);
  copyFileSync(fixture(name), path);
  const bytes = readFileSync(path);
  writeFileSync(path, change(bytes) ?? bytes);
  return path;
}
