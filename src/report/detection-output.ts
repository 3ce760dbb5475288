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

/** The files that a call of `npm run detect` will write, by what they show. */
export interface PlannedResults {
  /** The name of each image's results, without an ending. */
  readonly imageNames: readonly string[];
  /** The scans, and the name of each scan's results, without an ending. */
  readonly volumes: readonly { readonly name: string; readonly volume: Volume }[];
}

const JSON_FILE = "detections.json";
const CSV_FILE = "detections.csv";
const SLICE_DIGITS = 3;

/** Writes results image by image and scan by scan, so that an interruption loses none of them. */
export class DetectionOutput {
  /** Remarks on the scans that a reader of the results needs, one sentence each. */
  readonly notes: string[] = [];
  private readonly json: GrowingJson;
  private readonly table: GrowingTable;
  private images = 0;
  private slices = 0;
  private scans = 0;
  private boxes = 0;

  private constructor(
    private readonly options: OutputOptions,
    private readonly folder: OutputFolder,
  ) {
    const { out } = options;
    this.json = new GrowingJson(join(out, JSON_FILE), resultsHead(options), ["images", "volumes"]);
    this.table = new GrowingTable(join(out, CSV_FILE), COLUMNS);
  }

  /**
   * Makes the folder and begins detections.json and detections.csv. Earlier results of the command
   * stay there until `finish`.
   * @throws when the folder holds a file that would be replaced and that the command did not write
   */
  static async open(options: OutputOptions, planned: PlannedResults): Promise<DetectionOutput> {
    const folder = await OutputFolder.open(options.out, "detect");
    await folder.requireReplaceable([JSON_FILE, CSV_FILE, ...resultFiles(options, planned)]);
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
    this.images++;
    this.boxes += result.image.detections.length;
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
    this.scans++;
    this.slices += found.slices.length;
    this.boxes += found.slices.reduce((sum, { detections }) => sum + detections.length, 0);
  }

  /** Gives detections.json and detections.csv their names, in place of earlier results. */
  async finish(): Promise<void> {
    this.json.close();
    this.table.close();
    await this.folder.adopt(JSON_FILE);
    await this.folder.adopt(CSV_FILE);
  }

  /** `12 boxes of score 0.5 or more in 3 images and 4 slices of 1 scan` */
  get summary(): string {
    const count = (number: number, what: string) => `${number} ${what}${number === 1 ? "" : "s"}`;
    const where = [
      this.images && count(this.images, "image"),
      this.slices && `${count(this.slices, "slice")} of ${count(this.scans, "scan")}`,
    ];
    return `${this.boxes} boxes of score ${this.options.minScore} or more in ${where.filter(Boolean).join(" and ") || "no image"}`;
  }

  /** The files that hold the results until `finish`. */
  get unfinished(): string {
    return [JSON_FILE, CSV_FILE]
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

function resultFiles(
  { pictures, html }: OutputOptions,
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
