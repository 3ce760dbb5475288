/**
 * This project's side of opening a data set: it reads and checks all images and labels, hashes
 * every image, and looks for copies. The reference only decodes the images.
 */
import { mkdirSync, rmSync } from "fs";
import { writeFile } from "fs/promises";
import { join } from "path";
import sharp from "sharp";
import { presets } from "../../src/config/index";
import { openDataset } from "../../src/data/dataset";
import { decodeRecord } from "../../src/data/image";
import { tf } from "../../src/tensor/tensorflow";
import { inParallel } from "../../src/util/in-parallel";
import { Random } from "../../src/util/random";
import type { BenchCase } from "../cases";
import { writeSetup, writeTensors } from "../exchange";
import { SAMPLE } from "../sample";
import type { OursCase } from "./ours-case";

/** A common size of exports: 640 x 640 pixels, in three equal channels. */
const SIDE = 640;
const IMAGES = 500;
/** Corners of a label. */
const CORNERS = 24;
/** Largest angle by which an image is turned, in degrees, so that no two are alike. */
const ANGLE = 180;
const MOST_BRIGHTNESS = 1.2;
const DIGITS = 6;

/** The folder of the data set in the folder of the case. */
const SET = "set";

/** The folder of what earlier openings kept, in the folder of the case. */
const CACHE = "cache";

/** Opening a YOLO data set of 500 JPEG files with polygons for the first time. */
export const opening: OursCase = openingCase((cache) => {
  rmSync(cache, { recursive: true, force: true });
});

/** Opening it once more. */
export const openingAgain: OursCase = openingCase(() => undefined);

/** @param beforeOpening called with the path of what earlier openings kept */
function openingCase(beforeOpening: (cache: string) => void): OursCase {
  return {
    write: writeSet,
    prepare(folder) {
      const cache = join(folder, CACHE);
      process.env.FRCNN_CACHE = cache;
      return Promise.resolve(async () => {
        beforeOpening(cache);
        await openDataset(join(folder, SET), OPTIONS);
      });
    },
  };
}

const OPTIONS = { classNames: ["tumor"] };

/** Writes the data set, and the mean grey value of each image for the comparison. */
async function writeSet(
  folder: string,
  { preset, kind, batch, warmUps }: BenchCase,
): Promise<void> {
  await drawSet(join(folder, SET));
  const { images, classNames } = await openDataset(join(folder, SET), OPTIONS);
  const means = await inParallel(images, async (image) => {
    const { pixels } = await decodeRecord(image);
    return pixels.reduce((sum, value) => sum + value, 0) / pixels.length;
  });
  const config = presets[preset];
  const files = images.map(({ path }) => path);
  await writeSetup(folder, { kind, batch, warmUps, config, classNames, files });
  await writeTensors(folder, "ours", { means: tf.tensor1d(means) });
}

/** Writes the images of the sample, enlarged, turned and made brighter or darker, with polygons. */
async function drawSet(folder: string): Promise<void> {
  for (const part of ["images", "labels"])
    mkdirSync(join(folder, part, "train"), { recursive: true });
  const { images } = await openDataset(SAMPLE);
  const indices = Array.from({ length: IMAGES }, (_, i) => i);
  await inParallel(indices, async (i) => {
    const random = new Random(`opening/${i}`);
    const name = `slice-${String(i).padStart(3, "0")}`;
    const bytes = await sharp(images[i % images.length].path)
      .rotate(random.uniform(0, ANGLE), { background: "black" })
      .resize(SIDE, SIDE, { fit: "cover" })
      .linear(random.uniform(1, MOST_BRIGHTNESS), 0)
      .toColourspace("srgb")
      .jpeg()
      .toBuffer();
    await writeFile(join(folder, "images", "train", `${name}.jpg`), bytes);
    await writeFile(join(folder, "labels", "train", `${name}.txt`), polygon(random));
  });
}

/** A line of a label file: an ellipse as a polygon, in fractions of the image. */
function polygon(random: Random): string {
  const [x, y] = [random.uniform(0.3, 0.7), random.uniform(0.3, 0.7)];
  const [width, height] = [random.uniform(0.02, 0.2), random.uniform(0.02, 0.2)];
  const corners = Array.from({ length: CORNERS }, (_, i) => {
    const angle = (2 * Math.PI * i) / CORNERS;
    return [x + width * Math.cos(angle), y + height * Math.sin(angle)];
  });
  return `0 ${corners
    .flat()
    .map((value) => value.toFixed(DIGITS))
    .join(" ")}\n`;
}
