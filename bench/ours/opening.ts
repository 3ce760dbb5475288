/**
 * This project's side of opening a data set: it reads and checks all images and labels, hashes
 * every image, and looks for copies. The reference only decodes the images.
 */
import { mkdirSync } from "fs";
import { writeFile } from "fs/promises";
import { join } from "path";
import sharp from "sharp";
import { presets } from "../../src/config/index";
import { openDataset } from "../../src/data/dataset";
import { decodeRecord } from "../../src/data/image";
import { tf } from "../../src/tensor/tensorflow";
import { inParallel } from "../../src/util/in-parallel";
import { Random } from "../../src/util/random";
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

/** Opening a YOLO data set of 500 JPEG files with polygons. */
export const opening: OursCase = {
  async write(folder, { preset, kind, batch, warmUps }) {
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
  },
  prepare(folder) {
    return Promise.resolve(() => openDataset(join(folder, SET), OPTIONS));
  },
};

const OPTIONS = { classNames: ["tumor"] };

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
