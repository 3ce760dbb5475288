/**
 * `npm run docs-pictures`: makes the pictures of README.md and docs from the outputs of the
 * executed notebooks, and one from a calculation. `sources.json` beside them holds the hash of each
 * output, and `calculated.json` that of the figure, so that a test can find pictures that are older
 * than their source.
 */
import { mkdir, writeFile } from "fs/promises";
import { join } from "path";
import { Command } from "commander";
import { main } from "./command";
import { clusterFigure } from "./docs-pictures/cluster-times";
import { figureHash } from "./docs-pictures/figure-hash";
import { notebookFigure } from "./docs-pictures/notebook-figure";
import { CLUSTER_PICTURE, PICTURES } from "./docs-pictures/picture-list";

const program = new Command("npm run docs-pictures --")
  .description("Makes the pictures of README.md and docs from the executed notebooks.")
  .option("--notebooks <folder>", "the executed notebooks", "notebooks")
  .option("--out <folder>", "where the pictures go", join("docs", "pictures"));

main(async () => {
  program.parse();
  const { notebooks, out } = program.opts<{ notebooks: string; out: string }>();
  const { drawPicture } = await import("./docs-pictures/draw-picture");
  await mkdir(out, { recursive: true });
  const sources: Record<string, { notebook: string; sha256: string }> = {};
  for (const source of PICTURES) {
    const { picture, notebook } = source;
    const { svg, sha256 } = notebookFigure(join(notebooks, notebook), source);
    const png = await drawPicture(svg, source);
    await writeFile(join(out, picture), png);
    sources[picture] = { notebook, sha256 };
    console.log(`${join(out, picture)}: ${(png.length / 1000).toFixed(1)} kB, from ${notebook}`);
  }
  await writeFile(join(out, "sources.json"), `${JSON.stringify(sources, null, 2)}\n`);
  const { renderSvg } = await import("../src/display/static-figure");
  const { picture, size } = CLUSTER_PICTURE;
  const figure = clusterFigure();
  await writeFile(join(out, picture), await drawPicture(await renderSvg(figure), { size }));
  const calculated = { [picture]: { sha256: figureHash(figure) } };
  await writeFile(join(out, "calculated.json"), `${JSON.stringify(calculated, null, 2)}\n`);
});
