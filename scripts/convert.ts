/** `npm run convert -- FROM --to yolo|coco --out DIR`: writes a data set in another format. */
import { Command } from "commander";
import { TARGET_NAMES } from "../src/data/convert/target";
import { interruptible } from "../src/display/interrupt";
import { INTERRUPTED, main, oneOf, pathText } from "./command";
import { openChosen, printDataset, type ReadingOptions, withReadingOptions } from "./options";

interface Options extends ReadingOptions {
  to: string;
  out: string;
}

const program = withReadingOptions(
  new Command("npm run convert --")
    .description("Writes a data set in another format. The data set itself stays as it is.")
    .argument("<from>", "the data set", pathText("<from>")),
)
  .requiredOption(
    "--to <format>",
    `the new format: ${TARGET_NAMES.join(" or ")}`,
    oneOf("--to", TARGET_NAMES),
  )
  .requiredOption(
    "--out <folder>",
    "the new folder, which must not exist or be empty",
    pathText("--out"),
  );

main(async () => {
  program.parse();
  const [from] = program.args;
  const { to, out, ...reading } = program.opts<Options>();
  const { convertDataset } = await import("../src/data/convert/convert-dataset");
  const dataset = await openChosen({ data: from, ...reading });
  printDataset(dataset);
  const { images, boxes, remarks } = await interruptible((signal) =>
    convertDataset(dataset, { to, out, signal }).catch((error: unknown) => {
      if (!signal.aborted) throw error;
      console.log("Stopped; nothing was written.");
      process.exit(INTERRUPTED);
    }),
  );
  for (const remark of remarks) console.log(remark);
  console.log(`${images} images with ${boxes} boxes are in ${out} as ${to}.`);
});
