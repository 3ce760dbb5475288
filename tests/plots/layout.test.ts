/**
 * Rendered figures at several widths: no text is cut off by the border, and no two texts overlap.
 * Snapshots in `snapshots` hold the kind and the rounded place of every text. After a wanted change
 * renew them with
 *
 *     RENEW_SNAPSHOTS=1 npm test -- tests/plots/layout
 *
 * and look at the difference before you commit it.
 */
import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import { renderSvg } from "../../src/display/static-figure";
import type { Figure } from "../../src/plots/figure";
import { figureCases } from "./figure-cases";
import { clippedTexts, collidingTexts, type FigureText, figureTexts } from "./figure-texts";

const SNAPSHOTS = join(__dirname, "snapshots");
const NAMES = [
  "curve",
  "histogram",
  "panels",
  "pairs",
  "heatmap",
  "bars",
  "patients",
  "factors",
  "causes",
  "slider",
  "narrow-slider",
  "calibration",
  "froc",
  "intervals",
  "differences",
  "dashboard",
];
/** Pixels. A figure is also rendered at its own width. */
const WIDTHS = [700, 1000, 1600];
const SNAPSHOT_WIDTH = 1000;
/** Places in snapshots are multiples of this many pixels. */
const GRID = 5;

let cases: Record<string, Figure>;
before(async () => {
  cases = await figureCases();
  assert.deepEqual(Object.keys(cases).sort(), [...NAMES].sort());
});

for (const name of NAMES)
  describe(`figure '${name}'`, () => {
    test("no text is cut off, and no two texts overlap, at any width", async () => {
      const size = cases[name].layout as { readonly width: number; readonly height: number };
      for (const width of [size.width, ...WIDTHS]) {
        const texts = figureTexts(await renderSvg(withWidth(cases[name], width)));
        assert.ok(texts.some(({ role }) => role === "title"));
        assert.deepEqual(clippedTexts(texts, { ...size, width }), [], `cut off at ${width} pixels`);
        assert.deepEqual(collidingTexts(texts), [], `overlapping at ${width} pixels`);
      }
    });

    test("the texts are where the snapshot has them", async () => {
      const svg = await renderSvg(withWidth(cases[name], SNAPSHOT_WIDTH));
      const snapshot = snapshotOf(svg, figureTexts(svg));
      const file = join(SNAPSHOTS, `${name}.txt`);
      if (process.env.RENEW_SNAPSHOTS) writeFileSync(file, snapshot);
      assert.ok(existsSync(file), `${file} is missing; see the head of this test file`);
      assert.equal(snapshot, readFileSync(file, "utf8"), `${file} differs from the figure`);
    });
  });

test("the checks find text that is cut off and text that overlaps", async () => {
  const line = { type: "scatter", x: [1, 2], y: [1, 2] };
  const text = (x: number, label: string) => ({
    x,
    y: 0.5,
    xref: "paper",
    yref: "paper",
    xanchor: "left",
    showarrow: false,
    text: label,
  });
  const annotations = [
    text(1, "beyond the border of the picture"),
    text(0.5, "one"),
    text(0.5, "two"),
  ];
  const size = { width: 500, height: 300 };
  const texts = figureTexts(await renderSvg({ data: [line], layout: { ...size, annotations } }));
  assert.match(
    clippedTexts(texts, size).join(),
    /^annotation 'beyond the border[^']*' at \d+, \d+$/,
  );
  assert.match(collidingTexts(texts).join(), /^annotation 'one' at .* and annotation 'two' at .*$/);
});

function withWidth({ data, layout }: Figure, width: number): Figure {
  return { data, layout: { ...layout, width } };
}

/** The size of a picture, the number of its marks, and a line for each text. */
function snapshotOf(svg: string, texts: readonly FigureText[]): string {
  const count = (pattern: RegExp) => svg.match(pattern)?.length ?? 0;
  const [, width, height] = /<svg[^>]* width="(\d+)" height="(\d+)"/.exec(svg)!;
  const place = (value: number) => String(GRID * Math.round(value / GRID)).padStart(5);
  return [
    `${width} x ${height} pixels, ${count(/<path/g)} paths, ${count(/<image/g)} images`,
    ...texts.map(
      ({ role, text, corners: [[x, y]] }) => `${place(x)}${place(y)}  ${role.padEnd(11)} ${text}`,
    ),
    "",
  ].join("\n");
}
