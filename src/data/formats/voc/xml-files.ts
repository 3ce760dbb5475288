/** The XML files of a Pascal VOC data set. */
import { extname } from "path";
import { inParallel } from "../../../util/in-parallel";
import { filesIn, pathBelow } from "../../folders";
import { decodeText, readBytes, UnreadableFile } from "../../read-file";
import type { FileProblems } from "../shared/file-problems";
import { parseVoc, type VocContent } from "./parse-voc";

/** Bytes; with about 300 an object, more objects than an image can have. */
const MAX_XML_BYTES = 1_000_000;
/** Bytes of the XML declaration, which names the encoding. */
const HEAD_BYTES = 200;

/** An XML file that was parsed. */
export interface VocFile {
  readonly path: string;
  readonly content: VocContent;
}

/** Absolute paths of all XML files below a folder. */
export function xmlFilesIn(root: string): string[] {
  return filesIn(root, () => {}).filter((path) => extname(path).toLowerCase() === ".xml");
}

/**
 * Parses an XML file.
 * @returns null if it is of another kind, or the reason why it cannot be read
 */
export async function readXmlFile(path: string): Promise<VocFile | UnreadableFile | null> {
  try {
    const content = parseVoc(decodeXml(await readBytes(path, MAX_XML_BYTES)));
    return content && { path, content };
  } catch (error) {
    if (error instanceof UnreadableFile) return error;
    throw error;
  }
}

/**
 * Parses all XML files. Those of another kind are ignored; those that cannot be read are reported.
 * @returns the files, and the paths of those that cannot be read
 */
export async function readXmlFiles(
  root: string,
  problems: FileProblems,
): Promise<{ files: VocFile[]; broken: string[] }> {
  const paths = xmlFilesIn(root);
  const results = await inParallel(paths, readXmlFile);
  const files: VocFile[] = [];
  const broken: string[] = [];
  results.forEach((result, i) => {
    if (!(result instanceof UnreadableFile)) {
      if (result) files.push(result);
      return;
    }
    const { message, line } = result;
    broken.push(paths[i]);
    problems.leaveOut("XML files", `the annotations cannot be read (${message})`, {
      file: pathBelow(root, paths[i]),
      ...(line === undefined ? {} : { line }),
    });
  });
  return { files, broken };
}

/**
 * Decodes XML: UTF-8, UTF-16, or the encoding that it declares.
 * @throws UnreadableFile when the bytes are not text
 */
function decodeXml(bytes: Uint8Array): string {
  try {
    return decodeText(bytes);
  } catch (error) {
    const head = Buffer.from(bytes.subarray(0, HEAD_BYTES)).toString("latin1");
    const [, encoding] = /^<\?xml[^>]*\bencoding=["']([\w.:-]+)["']/.exec(head) ?? [];
    if (encoding === undefined) throw error;
    try {
      return new TextDecoder(encoding, { fatal: true }).decode(bytes);
    } catch {
      throw new UnreadableFile(`it is not text in ${encoding}`);
    }
  }
}
