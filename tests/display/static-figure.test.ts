import assert from "node:assert/strict";
import test from "node:test";
import sharp from "sharp";
import { renderSvg } from "../../src/display/static-figure";
import type { Figure } from "../../src/plots/figure";

const SIZE = { width: 400, height: 300 };
const BARE = { visible: false };

/** The colors of the picture on a white ground, by place. */
async function pixelsOf(
  figure: Figure,
): Promise<{ at: (x: number, y: number) => number[]; width: number; height: number }> {
  const svg = await renderSvg(figure);
  const { data, info } = await sharp(Buffer.from(svg))
    .flatten({ background: "white" })
    .raw()
    .toBuffer({ resolveWithObject: true });
  const at = (x: number, y: number) => {
    const start = (Math.round(y) * info.width + Math.round(x)) * info.channels;
    return [...data.subarray(start, start + 3)];
  };
  return { at, width: info.width, height: info.height };
}

/** A figure without margins. */
function bare(trace: Figure["data"][number], layout: Figure["layout"] = {}): Figure {
  return {
    data: [trace],
    layout: { ...SIZE, margin: { l: 0, r: 0, t: 0, b: 0 }, xaxis: BARE, yaxis: BARE, ...layout },
  };
}

test("a picture has the size of the figure, and its lines their color", async () => {
  const line = {
    type: "scatter",
    mode: "lines",
    x: [0, 1],
    y: [0, 0],
    line: { color: "#ff0000", width: 8 },
  };
  const { at, width, height } = await pixelsOf(bare(line, { yaxis: { ...BARE, range: [-1, 1] } }));
  assert.deepEqual([width, height], [SIZE.width, SIZE.height]);
  assert.deepEqual(at(200, 150), [255, 0, 0]);
  assert.deepEqual(at(200, 40), [255, 255, 255]);
});

test("an image of the layout is in the picture", async () => {
  const png = await sharp({ create: { width: 8, height: 8, channels: 3, background: "#0000ff" } })
    .png()
    .toBuffer();
  const image = {
    source: `data:image/png;base64,${png.toString("base64")}`,
    ...{
      xref: "paper",
      yref: "paper",
      x: 0,
      y: 1,
      sizex: 0.5,
      sizey: 1,
      sizing: "stretch",
      layer: "below",
    },
  };
  const { at } = await pixelsOf(
    bare({ type: "scatter", x: [], y: [] }, { images: [image], plot_bgcolor: "rgba(0,0,0,0)" }),
  );
  assert.deepEqual(at(100, 150), [0, 0, 255]);
  assert.deepEqual(at(300, 150), [255, 255, 255]);
});

test("a heat map is in the picture, the right way up", async () => {
  const heat = {
    type: "heatmap",
    z: [
      [0, 0],
      [1, 0],
    ],
    colorscale: [
      [0, "#00ff00"],
      [1, "#ff0000"],
    ],
    showscale: false,
  };
  const { at } = await pixelsOf(bare(heat));
  assert.deepEqual(at(100, 75), [255, 0, 0]);
  assert.deepEqual(at(300, 75), [0, 255, 0]);
  assert.deepEqual(at(100, 225), [0, 255, 0]);
});

test("a picture with boxes of this project is not blank", async () => {
  const box = {
    type: "scatter",
    mode: "lines",
    x: [1, 3, 3, 1, 1],
    y: [1, 1, 3, 3, 1],
    line: { color: "#009E73", width: 4 },
  };
  const axes = { xaxis: { ...BARE, range: [0, 4] }, yaxis: { ...BARE, range: [4, 0] } };
  const { at } = await pixelsOf(bare(box, axes));
  assert.deepEqual(at(100, 150), [0, 158, 115]);
  assert.deepEqual(at(200, 75), [0, 158, 115]);
  assert.deepEqual(at(200, 150), [255, 255, 255]);
});

test("a legend is as wide as its names", async () => {
  const names = ["a rather long name of a curve", "short"];
  const svg = await renderSvg({
    data: names.map((name, i) => ({ type: "scatter", name, x: [0, 1], y: [i, i] })),
    layout: { ...SIZE, showlegend: true },
  });
  const legend = svg.slice(svg.indexOf('class="legend"'));
  const [, width] = /<rect class="bg"[^>]* width="([\d.]+)"/.exec(legend) ?? [];
  assert.ok(Number(width) > 150, `the legend is ${width} wide`);
});

test("a picture has no script, no link and no address of a server", async () => {
  const svg = await renderSvg(bare({ type: "scatter", x: [0, 1], y: [0, 1] }));
  assert.doesNotMatch(svg, /<script|<a[ >]|<foreignObject|href="(?!data:|#)/);
  const addresses = [...svg.matchAll(/https?:[^"'\s)]*/g)].map(([address]) => address);
  assert.deepEqual(
    [...new Set(addresses)].filter((address) => !address.startsWith("http://www.w3.org/")),
    [],
  );
});
