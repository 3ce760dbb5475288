/** `npm run sample`: renders the bundled synthetic data set anew; the same bytes every time. */
import { mkdir, rm, writeFile } from "fs/promises";
import { join } from "path";
import { Command } from "commander";
import sharp from "sharp";
import { stringify } from "yaml";
import { PHANTOM_CLASSES, renderCohort } from "../src/data/phantom/cohort";
import { renderScan } from "../src/data/phantom/scan";
import { formatLabels } from "../src/data/formats/yolo/labels";
import { main } from "./command";

const JPEG_QUALITY = 82;

const program = new Command("npm run sample --")
  .description("Renders the synthetic data set that comes with the project.")
  .option("--out <folder>", "where it goes", join("data", "sample"))
  .option("--scan <folder>", "where the scan of one more patient goes", join("data", "scan"))
  .option("--seed <text>", "another seed gives other patients", "sample-1");

main(async () => {
  program.parse();
  const { out, scan, seed } = program.opts<{ out: string; scan: string; seed: string }>();
  for (const folder of ["images", "labels"])
    await rm(join(out, folder), { recursive: true, force: true });
  let count = 0;
  for (const { split, name, pixels, width, height, boxes } of renderCohort(seed)) {
    for (const folder of ["images", "labels"])
      await mkdir(join(out, folder, split), { recursive: true });
    const image = sharp(pixels, { raw: { width, height, channels: 1 } }).toColourspace("b-w");
    await image.jpeg({ quality: JPEG_QUALITY }).toFile(join(out, "images", split, `${name}.jpg`));
    await writeFile(
      join(out, "labels", split, `${name}.txt`),
      formatLabels(boxes, { width, height }),
    );
    count++;
  }
  const description = {
    path: ".",
    train: "images/train",
    val: "images/val",
    test: "images/test",
    names: [...PHANTOM_CLASSES],
  };
  await writeFile(join(out, "data.yaml"), stringify(description));
  const { file, patient } = renderScan(seed);
  await mkdir(scan, { recursive: true });
  await writeFile(join(scan, `${patient}.nii.gz`), file);
  console.log(`${count} synthetic slices: ${out}; a scan of another patient: ${scan}`);
});
