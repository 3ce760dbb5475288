/**
 * A figure as a picture without a browser: what stands in a notebook where no script runs, and in
 * its HTML export.
 */
import { Canvas, createCanvas } from "@napi-rs/canvas";
import { readFileSync } from "fs";
import { JSDOM } from "jsdom";
import type { Figure } from "../plots/figure";
import { measureTextIn } from "./text-boxes";

const WIDTH = 800;
const HEIGHT = 450;

interface PlotlyInPage {
  toImage(figure: object, options: object): Promise<string>;
}

let page: PlotlyInPage | null = null;

/**
 * The figure as SVG text, at its own size. The first call takes a second or two, since it loads
 * Plotly.
 */
export async function renderSvg(figure: Figure): Promise<string> {
  const plotly = (page ??= openPage());
  const { width = WIDTH, height = HEIGHT } = figure.layout as { width?: number; height?: number };
  // Plotly changes what it is given.
  const { data, layout } = structuredClone(figure);
  const uri = await plotly.toImage(
    { data, layout: { ...layout, width, height } },
    { format: "svg", width, height },
  );
  return decodeURIComponent(uri.slice(uri.indexOf(",") + 1));
}

/** A page that Node holds in memory, with what Plotly asks of a browser and jsdom lacks. */
function openPage(): PlotlyInPage {
  const { window } = new JSDOM("<!doctype html><body></body>", {
    runScripts: "outside-only",
    pretendToBeVisual: true,
  });
  const prototype = window.HTMLCanvasElement.prototype as unknown as Record<string, unknown>;
  const canvases = new WeakMap<object, Canvas>();
  const canvasOf = (element: { width: number; height: number }) => {
    const known = canvases.get(element);
    if (known && known.width === element.width && known.height === element.height) return known;
    const canvas = createCanvas(Math.max(1, element.width), Math.max(1, element.height));
    canvases.set(element, canvas);
    return canvas;
  };
  prototype.getContext = function (this: HTMLCanvasElementLike, kind: string) {
    return kind === "2d" ? canvasOf(this).getContext("2d") : null;
  };
  prototype.toDataURL = function (this: HTMLCanvasElementLike) {
    return canvasOf(this).toDataURL("image/png");
  };
  Object.assign(window, { TextDecoder, TextEncoder });
  Object.assign(window.URL, { createObjectURL: () => "", revokeObjectURL: () => undefined });
  window.matchMedia ??= (() => ({
    matches: false,
    addListener() {},
    removeListener() {},
  })) as never;
  measureTextIn(window);
  window.eval(readFileSync(require.resolve("plotly.js-dist"), "utf8"));
  return (window as unknown as { Plotly: PlotlyInPage }).Plotly;
}

type HTMLCanvasElementLike = { width: number; height: number };
