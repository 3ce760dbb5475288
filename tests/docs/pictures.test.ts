/** The pictures of the pages come from the notebooks as they are, and are small. */
import assert from "node:assert/strict";
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import sharp from "sharp";
import {
  clusterFigure,
  clusterMinutes,
  TABLE_NODES,
  WORKLOADS,
} from "../../scripts/docs-pictures/cluster-times";
import { drawPicture, MAX_BYTES } from "../../scripts/docs-pictures/draw-picture";
import { figureHash } from "../../scripts/docs-pictures/figure-hash";
import { notebookFigure } from "../../scripts/docs-pictures/notebook-figure";
import { CLUSTER_PICTURE, PICTURES } from "../../scripts/docs-pictures/picture-list";
import { links, pages, ROOT } from "./markdown";

const FOLDER = join(ROOT, "docs", "pictures");
/** All pictures together, in bytes. */
const MAX_TOTAL = 500_000;

const sources = JSON.parse(readFileSync(join(FOLDER, "sources.json"), "utf8")) as Record<
  string,
  { notebook: string; sha256: string }
>;

test("no picture is older than its notebook", () => {
  assert.deepEqual(
    Object.keys(sources),
    PICTURES.map(({ picture }) => picture),
    "the list of pictures has changed: run 'npm run docs-pictures'",
  );
  const outdated = PICTURES.filter((source) => {
    const { picture, notebook } = source;
    const { sha256 } = notebookFigure(join(ROOT, "notebooks", notebook), source);
    return sources[picture].notebook !== notebook || sources[picture].sha256 !== sha256;
  });
  assert.deepEqual(
    outdated.map(({ picture }) => picture),
    [],
    `older than their notebooks: ${outdated.map(({ picture }) => picture).join(", ")}. Run 'npm run docs-pictures'`,
  );
});

test("the picture and the table of the cluster are those of the calculation", () => {
  const calculated = JSON.parse(readFileSync(join(FOLDER, "calculated.json"), "utf8")) as object;
  assert.deepEqual(
    calculated,
    { [CLUSTER_PICTURE.picture]: { sha256: figureHash(clusterFigure()) } },
    "the calculation has changed: run 'npm run docs-pictures'",
  );
  const text = readFileSync(join(ROOT, "docs", "cluster.md"), "utf8");
  for (const nodes of TABLE_NODES) {
    const cells = WORKLOADS.map((workload) => `${Math.round(clusterMinutes(workload, nodes))} min`);
    assert.match(text, new RegExp(`^\\| ${nodes} +\\| ${cells.join(" +\\| ")} +\\|$`, "m"));
  }
});

test("the pictures are small", async () => {
  let total = 0;
  for (const name of readdirSync(FOLDER)) total += statSync(join(FOLDER, name)).size;
  assert.ok(total < MAX_TOTAL, `${total} bytes together`);
  for (const { picture, size } of [...PICTURES, CLUSTER_PICTURE]) {
    const path = join(FOLDER, picture);
    const limit = size.thumbnailHeight ? MAX_BYTES.thumbnail : MAX_BYTES.picture;
    assert.ok(statSync(path).size <= limit, `${picture} has ${statSync(path).size} bytes`);
    const { width, height } = await sharp(path).metadata();
    assert.equal(width, size.width, picture);
    if (size.thumbnailHeight) assert.equal(height, size.thumbnailHeight, picture);
  }
});

test("every picture is shown in a page", () => {
  const shown = pages().flatMap((page) => links(page).map(({ target }) => target));
  for (const name of readdirSync(FOLDER).filter((file) => /\.(png|svg)$/.test(file)))
    assert.ok(
      shown.some((target) => target.endsWith(`pictures/${name}`)),
      name,
    );
});

test("the parts of the drawn pipeline link to files", () => {
  const targets = [
    ...readFileSync(join(FOLDER, "pipeline.svg"), "utf8").matchAll(/href="([^"#]+)"/g),
  ];
  assert.ok(targets.length > 10);
  const missing = targets.filter(([, target]) => !existsSync(join(FOLDER, target)));
  assert.deepEqual(missing, []);
});

describe("a figure of a notebook", () => {
  const svg = (width: number) =>
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="90"><rect width="50" height="50" fill="#d55e00"/></svg>`;
  const output = (text: string) => ({ data: { "image/svg+xml": text.split(/(?<=>)/) } });
  const cells = [
    { cell_type: "markdown", source: "figures.losses(" },
    {
      cell_type: "code",
      source: ["await show(", "figures.losses(a));"],
      outputs: [output(svg(1))],
    },
    {
      cell_type: "code",
      source: "figures.losses(b)",
      outputs: [{}, output(svg(2)), output(svg(3))],
    },
    { cell_type: "code", source: "figures.froc(c)", outputs: [] },
  ];

  function inNotebook(work: (path: string) => void): void {
    const folder = mkdtempSync(join(tmpdir(), "pictures-"));
    const path = join(folder, "small.ipynb");
    try {
      writeFileSync(path, JSON.stringify({ cells }));
      work(path);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }

  test("is taken from the last cell that matches", () => {
    inNotebook((path) => {
      const row = { picture: "a.png", cell: /figures\.losses\(/, figure: 1 };
      assert.equal(notebookFigure(path, row).svg, svg(3));
    });
  });

  test("that is missing is named with its cell and what to do", () => {
    inNotebook((path) => {
      assert.throws(
        () => notebookFigure(path, { picture: "a.png", cell: /figures\.roc\(/, figure: 0 }),
        /small\.ipynb: no code cell matches .*roc.*a\.png.*picture-list\.ts/,
      );
      assert.throws(
        () => notebookFigure(path, { picture: "a.png", cell: /figures\.froc\(/, figure: 0 }),
        /small\.ipynb: cell 4, .* shows 0 figures as SVG; a\.png is made from figure 0/,
      );
    });
  });

  test("becomes a thumbnail of the given size with its caption above", async () => {
    const png = await drawPicture(svg(100), {
      size: { width: 320, thumbnailHeight: 240 },
      caption: "1. Small",
    });
    const { data, info } = await sharp(png)
      .removeAlpha()
      .raw()
      .toBuffer({ resolveWithObject: true });
    assert.deepEqual([info.width, info.height], [320, 240]);
    const rows = Array.from({ length: info.height }, (_, y) =>
      data.subarray(y * 320 * info.channels, (y + 1) * 320 * info.channels),
    );
    const isMarked = (row: Buffer) => row.some((value) => value < 200);
    assert.ok(rows.slice(0, 30).some(isMarked), "the caption is drawn");
    assert.ok(rows.slice(30).some(isMarked), "the figure is drawn");
  });
});
