/**
 * Where `npm run detect` puts what it finds, image by image: detections.json, detections.csv,
 * pictures with the boxes drawn, and pages of scans.
 */
import { mkdirSync } from "fs";
import { writeFile } from "fs/promises";
import { join } from "path";
import { picturePng, slicePicture } from "../data/volumes/volume";
import type { VolumeDetections } from "../inference/detect-volume";
import { annotatePicture } from "../plots/annotated-picture";
import { volumeSlices } from "../plots/volume";
import { htmlPage } from "./page";
import { writeError } from "../util/atomic-write";
import {
  COLUMNS,
  describeImage,
  describeVolume,
  imageRows,
  type ImageResult,
  resultsHead,
  volumeRows,
} from "../inference/detection-rows";
import { GrowingJson, GrowingTable, UNFINISHED } from "../util/growing-file";

export interface OutputOptions {
  readonly out: string;
  readonly weights: string;
  readonly classNames: readonly string[];
  readonly minScore: number;
  /** Whether pictures with the boxes are drawn. */
  readonly pictures: boolean;
  /** Whether every scan gets a page. */
  readonly html: boolean;
}

const JSON_FILE = "detections.json";
const CSV_FILE = "detections.csv";

export class DetectionOutput {
  /** What has to be known of the scans, a sentence each. */
  readonly notes: string[] = [];
  private readonly json: GrowingJson;
  private readonly table: GrowingTable;
  private images = 0;
  private slices = 0;
  private scans = 0;
  private boxes = 0;

  /** Makes the folder and begins the files; earlier results in it stay until `finish`. */
  constructor(private readonly options: OutputOptions) {
    const { out } = options;
    mkdirSync(out, { recursive: true });
    this.json = new GrowingJson(join(out, JSON_FILE), resultsHead(options), ["images", "volumes"]);
    this.table = new GrowingTable(join(out, CSV_FILE), COLUMNS);
  }

  /**
   * An image with its boxes drawn, as a PNG file's bytes; null where no pictures are wanted.
   * Throws when the image cannot be drawn on.
   */
  async draw({ file, image }: ImageResult): Promise<Buffer | null> {
    return this.options.pictures ? annotatePicture(file, image.detections, this.options) : null;
  }

  /**
   * Writes what was found in an image, and its picture under `name`. Throws when that fails, as on
   * a full disk.
   */
  async addImage(result: ImageResult, picture: Buffer | null, name: string): Promise<void> {
    if (picture) await this.write(`${name}.png`, picture);
    this.json.add("images", describeImage(result, this.options.classNames));
    this.table.add(imageRows(result, this.options.classNames));
    this.images++;
    this.boxes += result.image.detections.length;
  }

  /**
   * Writes what was found in a scan, a picture for every slice with a box, and its page, all under
   * `name`.
   */
  async addVolume(found: VolumeDetections, name: string): Promise<void> {
    const { classNames, pictures, html } = this.options;
    if (pictures) await this.drawSlices(found, name);
    if (html) await this.write(`${name}.html`, await this.page(found));
    this.json.add("volumes", describeVolume(found, classNames));
    this.table.add(volumeRows(found, classNames));
    this.notes.push(...found.volume.notes.map((note) => `${found.volume.name}: ${note}`));
    this.scans++;
    this.slices += found.slices.length;
    this.boxes += found.slices.reduce((sum, { detections }) => sum + detections.length, 0);
  }

  /** Gives the files their names. */
  finish(): void {
    this.json.finish();
    this.table.finish();
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

  /** Where the results are until `finish`. */
  get unfinished(): string {
    return [JSON_FILE, CSV_FILE]
      .map((file) => join(this.options.out, `${file}${UNFINISHED}`))
      .join(" and ");
  }

  private async drawSlices({ volume, slices }: VolumeDetections, name: string): Promise<void> {
    for (const { slice, detections } of slices) {
      if (!detections.length) continue;
      const picture = await picturePng(await slicePicture(volume, slice));
      const file = `${name}-slice-${String(slice.index).padStart(3, "0")}.png`;
      await this.write(file, await annotatePicture(picture, detections, this.options));
    }
  }

  private async write(file: string, content: Buffer | string): Promise<void> {
    const path = join(this.options.out, file);
    await writeFile(path, content).catch((error: unknown) => {
      throw writeError(path, error);
    });
  }

  private async page(found: VolumeDetections): Promise<string> {
    const { name, format, plane, space, notes } = found.volume;
    const manifest = `${format}, ${plane ?? "plane unknown"}; ${space ? `millimeters are ${space}` : "no millimeters"}. Slices with boxes have a dot.`;
    return htmlPage(name, [
      { text: [manifest, ...notes].join(" ") },
      { figure: await volumeSlices(found, this.options) },
    ]);
  }
}
