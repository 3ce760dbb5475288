/** Parses the XML files of Pascal VOC. */
import { XMLParser, XMLValidator } from "fast-xml-parser";
import type { Box } from "../../../types";
import { quoted, shortened } from "../../checks";
import { UnreadableFile } from "../../read-file";
import type { Size } from "../shared/described-image";
import { rotationOf } from "../shared/rotated-box";

const NUMBER = /^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?$/;
/** An annotation has no need for a document type, and with one a small file can fill the memory. */
const DOCUMENT_TYPE = /<!(DOCTYPE|ENTITY)/i;
const EDGES = ["xmin", "ymin", "xmax", "ymax"] as const;

/** Text and named children of an element. */
type XmlNode = string | { readonly [name: string]: unknown };

/** One object of an image. */
export interface VocObject {
  /** Its place in the file, counted from 1. */
  readonly place: number;
  /** Null if it has none. */
  readonly name: string | null;
  readonly isDifficult: boolean;
  /** Numbers as they are written: `[xmin, ymin, xmax, ymax]`; or the reason why there are none. */
  readonly edges: Box | string;
  /** In degrees, of the box around its center; 0 in most files. */
  readonly rotation: number;
}

/** The content of a Pascal VOC file. */
export interface VocContent {
  /** Name of the image; null if the file does not give it. */
  readonly fileName: string | null;
  readonly size: Size | null;
  readonly objects: readonly VocObject[];
}

/**
 * Parses the text of a Pascal VOC file.
 * @returns null if it is XML of another kind
 * @throws UnreadableFile when it is not XML, or has a document type
 */
export function parseVoc(text: string): VocContent | null {
  if (DOCUMENT_TYPE.test(text))
    throw new UnreadableFile("it has a document type (DOCTYPE), which annotations do not need");
  const content = parseXml(text);
  const annotation = childOf(content, "annotation");
  // An element without children is an empty text.
  if (annotation === undefined || Array.isArray(annotation)) return null;
  const objects = objectsOf(annotation as XmlNode);
  return {
    fileName: textOf(annotation, "filename"),
    size: sizeOf(childOf(annotation, "size")),
    objects: objects.map((node, i) => ({
      place: i + 1,
      name: textOf(node, "name"),
      isDifficult: ["1", "true"].includes(textOf(node, "difficult")?.toLowerCase() ?? ""),
      edges: edgesOf(node),
      rotation: rotationIn(node),
    })),
  };
}

function parseXml(text: string): unknown {
  const result = XMLValidator.validate(text);
  if (result !== true) {
    const { msg, line } = result.err;
    throw new UnreadableFile(`it is not XML (${shortened(msg.split("\n")[0])})`, line);
  }
  const parser = new XMLParser({
    ignoreAttributes: true,
    // Numbers are checked here: a class may be called 007.
    parseTagValue: false,
    // Entities such as `&#233;`. Without a document type a file cannot define others.
    htmlEntities: true,
  });
  try {
    return parser.parse(text) as unknown;
  } catch (error) {
    throw new UnreadableFile(
      `it is XML that cannot be read (${shortened((error as Error).message.split("\n")[0])})`,
    );
  }
}

/** The objects of an annotation: one, several or none. */
function objectsOf(annotation: XmlNode): unknown[] {
  const objects = childOf(annotation, "object");
  if (objects === undefined) return [];
  return Array.isArray(objects) ? (objects as unknown[]) : [objects];
}

/** The numbers of an object's box, or the reason why it has none. */
function edgesOf(object: unknown): Box | string {
  const box = childOf(object, "bndbox");
  if (box === undefined || typeof box !== "object") return "has no box (bndbox)";
  if (Array.isArray(box)) return "has several boxes (bndbox)";
  const texts = EDGES.map((edge) => textOf(box, edge));
  const missing = texts.indexOf(null);
  if (missing >= 0) return `has no ${EDGES[missing]}`;
  const wrong = texts.findIndex((text) => !NUMBER.test(text!) || !Number.isFinite(Number(text)));
  if (wrong >= 0) return `has the ${EDGES[wrong]} ${quoted(texts[wrong]!)}, which is not a number`;
  const [x1, y1, x2, y2] = texts.map(Number);
  if (x1 > x2 || y1 > y2)
    return `has a${x1 > x2 ? "n xmin" : " ymin"} that is greater than its ${x1 > x2 ? "xmax" : "ymax"}`;
  return [x1, y1, x2, y2];
}

/** The rotation of the box in degrees, which CVAT writes among the attributes. */
function rotationIn(object: unknown): number {
  const attributes = [childOf(childOf(object, "attributes"), "attribute")].flat();
  const rotation = attributes.find((attribute) => textOf(attribute, "name") === "rotation");
  return rotationOf(textOf(rotation, "value"));
}

/** The size of the image; null if it is missing or impossible, such as 0. */
function sizeOf(node: unknown): Size | null {
  const [width, height] = ["width", "height"].map((name) => Number(textOf(node, name) ?? NaN));
  const isSide = (side: number) => Number.isInteger(side) && side > 0;
  return isSide(width) && isSide(height) ? { width, height } : null;
}

/** A child element, or a list of them if there are several; undefined if there is none. */
function childOf(node: unknown, name: string): unknown {
  return typeof node === "object" && node !== null && Object.hasOwn(node, name)
    ? (node as Record<string, unknown>)[name]
    : undefined;
}

/** The text of the only child element of a name; null if there is none or it is empty. */
function textOf(node: unknown, name: string): string | null {
  const child = childOf(node, name);
  return typeof child === "string" && child.trim() ? child.trim() : null;
}
