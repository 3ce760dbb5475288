/** The texts of a rendered figure: what they are, where they are, and which of them overlap. */
import { JSDOM } from "jsdom";
import { type PageElement, type Point, textCorners } from "../../src/display/text-boxes";

/** One text of a rendered figure. */
export interface FigureText {
  /** `title`, `legend`, `annotation`, `x tick`, `y2 title`, `slider`, `color bar` or `data`. */
  readonly role: string;
  readonly text: string;
  /** The corners in pixels, in order around the text. */
  readonly corners: readonly Point[];
}

/** Overlaps of less than this are no more than the rounding of letter widths. */
const TOLERANCE = 1;

/** The role of a text by the class of an element around it; the first that matches counts. */
const ROLES: readonly (readonly [RegExp, (match: RegExpExecArray) => string])[] = [
  [/^gtitle$/, () => "title"],
  [/^legendtext$/, () => "legend"],
  [/^annotation-text$/, () => "annotation"],
  [/^slider-/, () => "slider"],
  [/^(cb|colorbar|infolayer-cb)/, () => "color bar"],
  [/^([xy]\d*)tick$/, ([, axis]) => `${axis} tick`],
  [/^([xy]\d*)title$/, ([, axis]) => `${axis} title`],
];

/** All texts that a reader sees in the text of an SVG file, in the order of the file. */
export function figureTexts(svg: string): FigureText[] {
  const { document } = new JSDOM(`<!doctype html><body>${svg}</body>`).window;
  const root = document.querySelector("svg.main-svg") as unknown as PageElement;
  return Array.from(root.querySelectorAll("text"))
    .filter((text) => text.textContent?.trim() && isVisible(text))
    .map((text) => ({
      role: roleOf(text),
      text: linesOf(text).join(" / "),
      corners: textCorners(text, root),
    }));
}

/** Texts that are not inside the picture. */
export function clippedTexts(
  texts: readonly FigureText[],
  { width, height }: { readonly width: number; readonly height: number },
): string[] {
  const isOutside = ([x, y]: Point) =>
    x < -TOLERANCE || y < -TOLERANCE || x > width + TOLERANCE || y > height + TOLERANCE;
  return texts.filter(({ corners }) => corners.some(isOutside)).map(nameOf);
}

/** Pairs of texts that overlap. Data labels, which follow the data, may overlap each other. */
export function collidingTexts(texts: readonly FigureText[]): string[] {
  return texts.flatMap((a, i) =>
    texts
      .slice(i + 1)
      .filter((b) => !(a.role === "data" && b.role === "data") && overlap(a.corners, b.corners))
      .map((b) => `${nameOf(a)} and ${nameOf(b)}`),
  );
}

function nameOf({ role, text, corners }: FigureText): string {
  const [x, y] = corners[0].map(Math.round);
  return `${role} '${text}' at ${x}, ${y}`;
}

/**
 * Whether two convex shapes overlap by more than the tolerance in every direction of their edges
 * (the separating axis theorem).
 */
function overlap(a: readonly Point[], b: readonly Point[]): boolean {
  const directions = [...edgesOf(a), ...edgesOf(b)];
  return directions.every((direction) => {
    const along = (points: readonly Point[]) =>
      points.map(([x, y]) => x * direction[0] + y * direction[1]);
    const [first, second] = [along(a), along(b)];
    const common =
      Math.min(Math.max(...first), Math.max(...second)) -
      Math.max(Math.min(...first), Math.min(...second));
    return common > TOLERANCE;
  });
}

/** The directions of the edges of a shape, with length 1. */
function edgesOf(corners: readonly Point[]): Point[] {
  return corners.map(([x, y], i) => {
    const [nextX, nextY] = corners[(i + 1) % corners.length];
    const length = Math.hypot(nextX - x, nextY - y);
    return [(nextX - x) / length, (nextY - y) / length];
  });
}

function roleOf(text: PageElement): string {
  for (let element: PageElement | null = text; element; element = element.parentElement) {
    for (const name of (element.getAttribute("class") ?? "").split(" ")) {
      for (const [pattern, role] of ROLES) {
        const match = pattern.exec(name);
        if (match) return role(match);
      }
    }
  }
  return "data";
}

function linesOf(text: PageElement): string[] {
  const spans = Array.from(text.querySelectorAll("tspan.line"));
  return (spans.length ? spans : [text]).map(({ textContent }) => textContent ?? "");
}

function isVisible(text: PageElement): boolean {
  for (let element: PageElement | null = text; element; element = element.parentElement) {
    const style = element.getAttribute("style") ?? "";
    if (/display:\s*none|visibility:\s*hidden|(?:^|;)\s*opacity:\s*0(?:;|$)/.test(style))
      return false;
  }
  return true;
}
