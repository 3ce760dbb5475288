/**
 * Sizes of text for Plotly where there is no browser. jsdom has no layout and reports a width of 0
 * for every text; titles and legends would overlap. Here the width of a text is the sum of the
 * widths of its letters.
 */
import { textWidth } from "../plots/text-width";

/** Lengths in parts of the font size: distance of lines in Plotly, and height of DejaVu Sans. */
const LINE_HEIGHT = 1.3;
const ASCENT = 0.93;
const DESCENT = 0.24;
const DEFAULT_SIZE = 12;

/** A place in pixels; y points downwards. */
export type Point = readonly [number, number];

/** A rectangle in pixels; y points downwards. */
interface Rectangle {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

const EMPTY: Rectangle = { left: 0, top: 0, right: 0, bottom: 0 };

/** The parts of an element of a page that are used here; Node's types have no DOM. */
export interface PageElement {
  readonly tagName: string;
  readonly textContent: string | null;
  readonly parentElement: PageElement | null;
  readonly style?: { fontSize?: string };
  getAttribute(name: string): string | null;
  querySelectorAll(selector: string): Iterable<PageElement>;
}

/** Gives the SVG elements of a page the sizes of their texts. */
export function measureTextIn(window: unknown): void {
  const { SVGElement } = window as { SVGElement: { prototype: Record<string, unknown> } };
  const box = function (this: PageElement) {
    const { left, top, right, bottom } = rectangleOf(this);
    return { x: left, y: top, left, top, right, bottom, width: right - left, height: bottom - top };
  };
  SVGElement.prototype.getBoundingClientRect = box;
  SVGElement.prototype.getBBox = box;
  SVGElement.prototype.getComputedTextLength = function (this: PageElement) {
    const { left, right } = rectangleOf(this);
    return right - left;
  };
}

/**
 * The corners of a text after all transformations between the text and an element around it.
 * @param text a `text` element
 * @param root an element around the text; its own transformation does not count
 * @returns upper left, upper right, lower right and lower left of the untransformed text
 */
export function textCorners(text: PageElement, root: PageElement): Point[] {
  const { left, top, right, bottom } = textRectangle(text);
  let corners: Point[] = [
    [left, top],
    [right, top],
    [right, bottom],
    [left, bottom],
  ];
  for (
    let element: PageElement | null = text;
    element && element !== root;
    element = element.parentElement
  )
    corners = corners.map((corner) => transformed(corner, element!));
  return corners;
}

function rectangleOf(element: PageElement): Rectangle {
  if (element.tagName === "text") return textRectangle(element);
  const texts = Array.from(element.querySelectorAll("text"));
  return texts.length ? around(texts.flatMap((text) => textCorners(text, element))) : EMPTY;
}

/** The rectangle of a text before any transformation. */
function textRectangle(text: PageElement): Rectangle {
  const size = parseFloat(inherited(text, "font-size") ?? "") || DEFAULT_SIZE;
  const spans = Array.from(text.querySelectorAll("tspan.line"));
  const lines = spans.length ? spans : [text];
  const width = Math.max(...lines.map(({ textContent }) => textWidth(textContent ?? "", size)));
  const x = parseFloat(text.getAttribute("x") ?? "") || 0;
  // The first line has its own shift, in parts of the font size.
  const shift = parseFloat(lines[0].getAttribute("dy") ?? "") || 0;
  const y = (parseFloat(text.getAttribute("y") ?? "") || 0) + shift * size;
  const anchor = inherited(text, "text-anchor");
  const left = x - (anchor === "middle" ? width / 2 : anchor === "end" ? width : 0);
  return {
    left,
    top: y - ASCENT * size,
    right: left + width,
    bottom: y + (DESCENT + (lines.length - 1) * LINE_HEIGHT) * size,
  };
}

/** A point after the transformations of an element. */
function transformed(point: Point, element: PageElement): Point {
  const list = element.getAttribute("transform") ?? "";
  // The last transformation of the list is the first to be applied.
  const steps = Array.from(list.matchAll(/(translate|rotate|scale)\(([^)]*)\)/g)).reverse();
  return steps.reduce(([x, y], [, kind, values]): Point => {
    const [a = 0, b, c = 0] = values
      .trim()
      .split(/[\s,]+/)
      .map(Number);
    if (kind === "translate") return [x + a, y + (b ?? 0)];
    if (kind === "scale") return [x * a, y * (b ?? a)];
    return rotated([x, y], a, [b ?? 0, c]);
  }, point);
}

/** A point turned clockwise around a center; y points downwards. */
function rotated([x, y]: Point, degrees: number, [centerX, centerY]: Point): Point {
  const angle = (degrees * Math.PI) / 180;
  const [dx, dy] = [x - centerX, y - centerY];
  return [
    centerX + dx * Math.cos(angle) - dy * Math.sin(angle),
    centerY + dx * Math.sin(angle) + dy * Math.cos(angle),
  ];
}

function around(points: readonly Point[]): Rectangle {
  const [xs, ys] = [points.map(([x]) => x), points.map(([, y]) => y)];
  return {
    left: Math.min(...xs),
    top: Math.min(...ys),
    right: Math.max(...xs),
    bottom: Math.max(...ys),
  };
}

/**
 * The value of a property, from the style or the attributes of an element or of those around it.
 */
function inherited(element: PageElement, property: "font-size" | "text-anchor"): string | null {
  for (let current: PageElement | null = element; current; current = current.parentElement) {
    const style = current.getAttribute("style") ?? "";
    const [, inStyle] = new RegExp(`(?:^|;)\\s*${property}:\\s*([^;]+)`).exec(style) ?? [];
    const value = inStyle ?? current.getAttribute(property);
    if (value) return value;
  }
  return null;
}
