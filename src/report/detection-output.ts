/**
 * The result files of `npm run detect`: detections.json, detections.csv, pictures with the boxes
 * drawn, and HTML pages of scans.
 */
import { join } from "path";
import { picturePng, slicePicture, type Volume, type VolumeSlice } from "../data/volumes/volume";
import type { VolumeDetections } from "../inference/detect-volume";
import { annotatePicture } from "../plots/annotated-picture";
import { volumeSlices } from "../plots/volume";
import { htmlPage } from "./page";
import { makeFolder } from "../util/make-folder";
import {
  COLUMNS,
  describeImage,
  describeVolume,
  imageRows,
  type ImageResult,
  resultsHead,
  volumeRows,
} from "../inference/detection-rows";
import type { ValueRange } from "../types";
import { GrowingJson, GrowingTable, UNFINISHED } from "../util/growing-file";
import { OutputFolder } from "../util/output-folder";

/** What is written, and where. */
export interface OutputOptions {
  /** The folder of the results. */
  readonly out: string;
  /** The run folder of the detector. */
  readonly weights: string;
  readonly classNames: readonly string[];
  /** Boxes of a lower score are left out. */
  readonly minScore: number;
  /** The values of images of more than 8 bits that become black and white. */
  readonly valueRange: ValueRange | null;
  /** A sentence about test-time augmentation; null without it. */
  readonly testTimeAugmentation: string | null;
  /** Whether pictures with the boxes are drawn. */
  readonly pictures: boolean;
  /** Whether every scan gets an HTML page. */
  readonly html: boolean;
}

/** What the results show. */
export interface PlannedResults {
  /** The name of each image's results, without an ending. */
  readonly imageNames: readonly string[];
  /** The scans, and the name of each scan's results, without an ending. */
  readonly volumes: readonly { readonly name: string; readonly volume: Volume }[];
}

/** What results hold, in numbers. */
export interface ResultCounts {
  readonly images: number;
  readonly scans: number;
  /** Slices of the scans. */
  readonly slices: number;
  readonly boxes: number;
}

export const NO_RESULTS: ResultCounts = { images: 0, scans: 0, slices: 0, boxes: 0 };

/** Results that were written to another folder. */
export interface WrittenResults {
  /** The items of the lists of detections.json. */
  readonly images: readonly object[];
  readonly volumes: readonly object[];
  /** The rows of detections.csv. */
  readonly rows: readonly (readonly string[])[];
  readonly counts: ResultCounts;
  readonly notes: readonly string[];
  /** Pictures and pages: the paths where they are, and the names that they get. */
  readonly files: readonly { readonly path: string; readonly name: string }[];
}

/** The files with all results. */
export const DETECTION_FILES = { json: "detections.json", table: "detections.csv" } as const;
const SLICE_DIGITS = 3;

/** Writes results image by image and scan by scan, so that an interruption loses none of them. */
export class DetectionOutput {
  /** Remarks on the scans that a reader of the results needs, one sentence each. */
  readonly notes: string[] = [];
  private readonly json: GrowingJson;
  private readonly table: GrowingTable;
  private total: ResultCounts = NO_RESULTS;

  private constructor(
    private readonly options: OutputOptions,
    private readonly folder: OutputFolder,
  ) {
    const { out } = options;
    const { json, table } = DETECTION_FILES;
    this.json = new GrowingJson(join(out, json), resultsHead(options), ["images", "volumes"]);
    this.table = new GrowingTable(join(out, table), COLUMNS);
  }

  /**
   * Makes the folder and begins detections.json and detections.csv. Earlier results of the command
   * stay there until `finish`.
   * @param names of the pictures and pages that will be written: see `pictureFiles`
   * @throws when the folder holds a file that would be replaced and that the command did not write
   */
  static async open(options: OutputOptions, names: readonly string[]): Promise<DetectionOutput> {
    const folder = await OutputFolder.open(options.out, "detect");
    await folder.requireReplaceable([...Object.values(DETECTION_FILES), ...names]);
    makeFolder(options.out);
    return new DetectionOutput(options, folder);
  }

  /**
   * An image with its boxes drawn, as the bytes of a PNG file; null when no pictures are drawn.
   * @throws when the image cannot be drawn on
   */
  async draw({ file, image }: ImageResult): Promise<Buffer | null> {
    return this.options.pictures ? annotatePicture(file, image.detections, this.options) : null;
  }

  /**
   * Writes the detections of an image.
   * @param picture from `draw`
   * @param name the name of the picture's file, without an ending
   * @throws when a file cannot be written, for example because the disk is full
   */
  async addImage(result: ImageResult, picture: Buffer | null, name: string): Promise<void> {
    if (picture) await this.folder.write(`${name}.png`, picture);
    this.json.add("images", describeImage(result, this.options.classNames));
    this.table.add(imageRows(result, this.options.classNames));
    const boxes = result.image.detections.length;
    this.total = addCounts(this.total, { images: 1, scans: 0, slices: 0, boxes });
  }

  /**
   * Writes the detections of a scan, a picture of every slice with a box, and the scan's page.
   * @param name the beginning of the file names
   * @throws when a file cannot be written, for example because the disk is full
   */
  async addVolume(found: VolumeDetections, name: string): Promise<void> {
    const { classNames, pictures, html } = this.options;
    if (pictures) await this.drawSlices(found, name);
    if (html) await this.folder.write(`${name}.html`, await this.page(found));
    this.json.add("volumes", describeVolume(found, classNames));
    this.table.add(volumeRows(found, classNames));
    this.notes.push(...found.volume.notes.map((note) => `${found.volume.name}: ${note}`));
    const boxes = found.slices.reduce((sum, { detections }) => sum + detections.length, 0);
    const slices = found.slices.length;
    this.total = addCounts(this.total, { images: 0, scans: 1, slices, boxes });
  }

  /**
   * Adds results that were written to another folder. Their pictures and pages are moved.
   * @throws when a file cannot be written or moved
   */
  async addWritten({ images, volumes, rows, counts, notes, files }: WrittenResults): Promise<void> {
    for (const { path, name } of files) await this.folder.take(path, name);
    for (const item of images) this.json.add("images", item);
    for (const item of volumes) this.json.add("volumes", item);
    this.table.add(rows);
    this.notes.push(...notes);
    this.total = addCounts(this.total, counts);
  }

  /** Gives detections.json and detections.csv their names, in place of earlier results. */
  async finish(): Promise<void> {
    this.json.close();
    this.table.close();
    for (const name of Object.values(DETECTION_FILES)) await this.folder.adopt(name);
  }

  /** What was written so far, in numbers. */
  get counts(): ResultCounts {
    return this.total;
  }

  /** What was written so far, in words: see `summaryText`. */
  get summary(): string {
    return summaryText(this.total, this.options.minScore);
  }

  /** The files that hold the results until `finish`. */
  get unfinished(): string {
    return Object.values(DETECTION_FILES)
      .map((file) => join(this.options.out, `${file}${UNFINISHED}`))
      .join(" and ");
  }

  private async drawSlices({ volume, slices }: VolumeDetections, name: string): Promise<void> {
    for (const { slice, detections } of slices) {
      if (!detections.length) continue;
      const picture = await picturePng(await slicePicture(volume, slice));
      const annotated = await annotatePicture(picture, detections, this.options);
      await this.folder.write(sliceFile(name, slice), annotated);
    }
  }

  private async page(found: VolumeDetections): Promise<string> {
    const { name, format, plane, space, notes } = found.volume;
    const geometry = `${format}, ${plane ?? "plane unknown"}; ${space ? `millimeters are ${space}` : "no millimeters"}. Slices with boxes have a dot.`;
    return htmlPage(name, [
      { text: [geometry, ...notes].join(" ") },
      { figure: await volumeSlices(found, this.options) },
    ]);
  }
}

/** `12 boxes of score 0.5 or more in 3 images and 4 slices of 1 scan` */
export function summaryText(
  { images, scans, slices, boxes }: ResultCounts,
  minScore: number,
): string {
  const count = (number: number, what: string) => `${number} ${what}${number === 1 ? "" : "s"}`;
  const where = [
    images && count(images, "image"),
    slices && `${count(slices, "slice")} of ${count(scans, "scan")}`,
  ];
  return `${boxes} boxes of score ${minScore} or more in ${where.filter(Boolean).join(" and ") || "no image"}`;
}

/** The sum of counts. */
export function addCounts(a: ResultCounts, b: ResultCounts): ResultCounts {
  return {
    images: a.images + b.images,
    scans: a.scans + b.scans,
    slices: a.slices + b.slices,
    boxes: a.boxes + b.boxes,
  };
}

/** The names of the pictures and pages that can be written. */
export function pictureFiles(
  { pictures, html }: Pick<OutputOptions, "pictures" | "html">,
  { imageNames, volumes }: PlannedResults,
): string[] {
  return [
    ...(pictures ? imageNames.map((name) => `${name}.png`) : []),
    ...volumes.flatMap(({ name, volume: { slices } }) => [
      ...(pictures ? slices.map((slice) => sliceFile(name, slice)) : []),
      ...(html ? [`${name}.html`] : []),
    ]),
  ];
}

function sliceFile(name: string, { index }: VolumeSlice): string {
  return `${name}-slice-${String(index).padStart(SLICE_DIGITS, "0")}.png`;
}
