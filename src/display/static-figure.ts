/**
 * A figure as an SVG picture, made in Node without a browser. Notebooks hold it for viewers that
 * run no scripts, such as an HTML export.
 */
import type { Canvas } from "@napi-rs/canvas";
import { readFileSync } from "fs";
import type { Figure } from "../plots/figure";
import { measureTextIn } from "./text-boxes";

/** Size in pixels of a figure that has none. */
const WIDTH = 800;
const HEIGHT = 450;

interface PlotlyInPage {
  toImage(figure: object, options: object): Promise<string>;
}

let page: Promise<PlotlyInPage> | null = null;

/**
 * Renders a figure at its own size. The first call takes one or two seconds, because it loads
 * Plotly.
 * @returns the text of an SVG file
 */
export async function renderSvg(figure: Figure): Promise<string> {
  const plotly = await (page ??= openPage());
  const { width = WIDTH, height = HEIGHT } = figure.layout as { width?: number; height?: number };
  // Plotly changes the object it is given.
  const { data, layout } = structuredClone(figure);
  const uri = await plotly.toImage(
    { data, layout: { ...layout, width, height } },
    { format: "svg", width, height },
  );
  return decodeURIComponent(uri.slice(uri.indexOf(",") + 1));
}

/** Whether a picture was made before: the next one takes a fraction of a second. */
export function isPageOpen(): boolean {
  return page !== null;
}

/** The parts of a browser's canvas that Plotly uses. */
interface CanvasElement {
  readonly width: number;
  readonly height: number;
}

/**
 * Loads the libraries of the pictures, and makes a page in memory with Plotly and with the functions
 * of a browser that jsdom does not have.
 */
async function openPage(): Promise<PlotlyInPage> {
  const { JSDOM } = await import("jsdom");
  const { createCanvas } = await import("@napi-rs/canvas");
  const { window } = new JSDOM("<!doctype html><body></body>", {
    runScripts: "outside-only",
    pretendToBeVisual: true,
  });
  const canvases = new WeakMap<object, Canvas>();
  const canvasOf = (element: CanvasElement) => {
    const known = canvases.get(element);
    if (known && known.width === element.width && known.height === element.height) return known;
    const canvas = createCanvas(Math.max(1, element.width), Math.max(1, element.height));
    canvases.set(element, canvas);
    return canvas;
  };
  const prototype = window.HTMLCanvasElement.prototype as unknown as Record<string, unknown>;
  prototype.getContext = function (this: CanvasElement, kind: string) {
    return kind === "2d" ? canvasOf(this).getContext("2d") : null;
  };
  prototype.toDataURL = function (this: CanvasElement) {
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
