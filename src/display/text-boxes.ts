/**
 * Measures text for Plotly where there is no browser: jsdom lays nothing out and says that every
 * text is 0 wide, so that titles and legends would overlap. A canvas knows how wide letters are;
 * that is enough for the places Plotly computes from it.
 */
import { createCanvas } from "@napi-rs/canvas";

/** Plotly's distance between the lines of a text, in sizes of its font. */
const LINE_HEIGHT = 1.3;
/**
 * The viewer's font may be wider than the one at hand here: better some room to the right than a
 * legend cut off.
 */
const WIDER = 1.2;
const DEFAULT_SIZE = 12;
const DEFAULT_FAMILY = "DejaVu Sans, sans-serif";

interface Rectangle {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

/** What this needs of a page's elements; Node's types know no DOM. */
interface PageElement {
  readonly tagName: string;
  readonly textContent: string | null;
  readonly parentElement: PageElement | null;
  readonly style?: { fontSize?: string; fontFamily?: string; fontWeight?: string };
  getAttribute(name: string): string | null;
  querySelectorAll(selector: string): Iterable<PageElement>;
}

const context = createCanvas(1, 1).getContext("2d");

/** Gives the elements of a page sizes by the text in them. */
export function measureTextIn(window: unknown): void {
  const { SVGElement } = window as { SVGElement: { prototype: Record<string, unknown> } };
  const box = function (this: PageElement) {
    const { left, top, right, bottom } = rectangleOf(this);
    return { x: left, y: top, left, top, right, bottom, width: right - left, height: bottom - top };
  };
  SVGElement.prototype.getBoundingClientRect = box;
  SVGElement.prototype.getBBox = box;
  SVGElement.prototype.getComputedTextLength = function (this: PageElement) {
    return textRectangle(this).right - textRectangle(this).left;
  };
}

function rectangleOf(element: PageElement): Rectangle {
  if (element.tagName === "text") return textRectangle(element);
  const inside = Array.from(element.querySelectorAll("text"), (text) =>
    shifted(textRectangle(text), text, element),
  );
  if (!inside.length) return { left: 0, top: 0, right: 0, bottom: 0 };
  return {
    left: Math.min(...inside.map(({ left }) => left)),
    top: Math.min(...inside.map(({ top }) => top)),
    right: Math.max(...inside.map(({ right }) => right)),
    bottom: Math.max(...inside.map(({ bottom }) => bottom)),
  };
}

/** A text's own rectangle, before any transformation. */
function textRectangle(text: PageElement): Rectangle {
  const size = parseFloat(inherited(text, "fontSize", "font-size") ?? "") || DEFAULT_SIZE;
  const weight = inherited(text, "fontWeight", "font-weight") ?? "normal";
  context.font = `${weight} ${size}px ${inherited(text, "fontFamily", "font-family") ?? DEFAULT_FAMILY}`;
  const tspans = Array.from(text.querySelectorAll("tspan.line"), (line) => line.textContent ?? "");
  const lines = tspans.length ? tspans : [text.textContent ?? ""];
  const width = WIDER * Math.max(...lines.map((line) => context.measureText(line).width));
  const { fontBoundingBoxAscent: ascent, fontBoundingBoxDescent: descent } =
    context.measureText("x");
  const x = parseFloat(text.getAttribute("x") ?? "") || 0;
  const y = parseFloat(text.getAttribute("y") ?? "") || 0;
  const anchor = inherited(text, "textAnchor", "text-anchor");
  const left = x - (anchor === "middle" ? width / 2 : anchor === "end" ? width : 0);
  return {
    left,
    top: y - ascent,
    right: left + width,
    bottom: y + descent + (lines.length - 1) * LINE_HEIGHT * size,
  };
}

/**
 * The rectangle around a rectangle after the transformations from its element up to, but not with,
 * the one asked about.
 */
function shifted(rectangle: Rectangle, from: PageElement, to: PageElement): Rectangle {
  const { left, top, right, bottom } = rectangle;
  let corners = [
    [left, top],
    [right, top],
    [left, bottom],
    [right, bottom],
  ];
  for (
    let element: PageElement | null = from;
    element && element !== to;
    element = element.parentElement
  ) {
    // The last of a list of transformations is the first to be done.
    const steps = Array.from(
      (element.getAttribute("transform") ?? "").matchAll(/(translate|rotate)\(([^)]*)\)/g),
    ).reverse();
    for (const [, kind, written] of steps) {
      const [a = 0, b = 0, c = 0] = written.split(/[\s,]+/).map(Number);
      corners = corners.map(([x, y]) =>
        kind === "translate" ? [x + a, y + b] : turned(x, y, a, b, c),
      );
    }
  }
  const [xs, ys] = [corners.map(([x]) => x), corners.map(([, y]) => y)];
  return {
    left: Math.min(...xs),
    top: Math.min(...ys),
    right: Math.max(...xs),
    bottom: Math.max(...ys),
  };
}

/**
 * A point turned clockwise, y downwards, by an angle in degrees about another point: an axis's
 * title stands on its side.
 */
function turned(
  x: number,
  y: number,
  degrees: number,
  aboutX: number,
  aboutY: number,
): [number, number] {
  const angle = (degrees * Math.PI) / 180;
  const [dx, dy] = [x - aboutX, y - aboutY];
  return [
    aboutX + dx * Math.cos(angle) - dy * Math.sin(angle),
    aboutY + dx * Math.sin(angle) + dy * Math.cos(angle),
  ];
}

function inherited(element: PageElement, property: string, attribute: string): string | undefined {
  for (let current: PageElement | null = element; current; current = current.parentElement) {
    const value =
      (current.style as Record<string, string> | undefined)?.[property] ||
      current.getAttribute(attribute);
    if (value) return value;
  }
  return undefined;
}
