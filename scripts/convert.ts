/** `npm run convert -- FROM --to yolo|coco --out DIR`: writes a data set in another format. */
import { Command, Option } from "commander";
import { formatProblem } from "../src/data/checks";
import { convertDataset, TARGETS } from "../src/data/convert/convert-dataset";
import { interruptible } from "../src/display/interrupt";
import { INTERRUPTED, main, openChosen, type ReadingOptions, withReadingOptions } from "./command";

interface Options extends ReadingOptions {
  to: string;
  out: string;
}

const program = withReadingOptions(
  new Command("npm run convert --")
    .description("Writes a data set in another format. The data set itself stays as it is.")
    .argument("<from>", "the data set"),
)
  .addOption(
    new Option("--to <format>", "the new format")
      .choices(TARGETS.map(({ name }) => name))
      .makeOptionMandatory(),
  )
  .requiredOption("--out <folder>", "the new folder, which must not exist or be empty");

main(async () => {
  program.parse();
  const [from] = program.args;
  const { to, out, ...reading } = program.opts<Options>();
  const dataset = await openChosen({ data: from, ...reading });
  for (const problem of dataset.problems) console.log(formatProblem(problem));
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
