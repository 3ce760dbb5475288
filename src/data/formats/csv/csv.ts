/**
 * CSV: tables with a row for each box, beside the images or above their folders. The columns are
 * found by their names, or the user names them.
 */
import { dirname } from "path";
import { type Problem, shortened } from "../../checks";
import { pathBelow } from "../../folders";
import { splitKind } from "../../splits";
import { decodeText, readBytes, UnreadableFile } from "../../read-file";
import type { DatasetFormat, FormatOptions, Listing, Recognition } from "../format";
import { annotationFilesIn, splitsOfFiles } from "../shared/annotation-files";
import type { DescribedImage } from "../shared/described-image";
import { FileProblems } from "../shared/file-problems";
import { ImageFinder } from "../shared/image-finder";
import { imageFilesIn, isReadable } from "../shared/find-files";
import { listImages } from "../shared/list-images";
import { orderClasses } from "./class-order";
import { type Columns, findColumns, MissingColumn } from "./columns";
import { describeRows } from "./describe-rows";
import { furtherBoxes } from "./further-boxes";
import { withSplitColumn } from "./split-column";
import { parseTable, type Row } from "./table";

/** Bytes; with about 100 a row, two million rows. */
const MAX_BYTES = 200_000_000;
/** Bytes of a table that are read to recognize it. */
const HEAD_BYTES = 64_000;
/** Rows of a table whose images are looked for to recognize it. */
const HEAD_ROWS = 50;
const ENDINGS = [".csv", ".tsv"];

/** Tables of boxes, as RetinaNet, Roboflow and many challenges have them. */
export const csv: DatasetFormat = {
  name: "csv",
  expects:
    "a CSV table with a row for each box, whose header has a column for the file, such as filename or image_id, and four for the box, such as xmin, ymin, xmax, ymax or x, y, width, height",
  recognize,
  explain,
  read,
};

/** A table of boxes. */
interface BoxTable {
  readonly file: string;
  readonly rows: readonly Row[];
  readonly columns: Columns;
  readonly problems: FileProblems;
}

async function recognize(folder: string): Promise<Recognition | null> {
  const tables: Omit<BoxTable, "problems">[] = [];
  for (const file of annotationFilesIn(folder, ENDINGS)) {
    const rows = await headOf(file);
    const columns = rows.length ? findColumns(rows[0].cells) : null;
    if (columns) tables.push({ file, rows, columns });
  }
  if (!tables.length) return null;
  const images = imageFilesIn(folder, () => {}).map((path) => pathBelow(folder, path));
  const finder = new ImageFinder(images, isReadable);
  const used = tables.find(({ file, rows, columns }) => {
    const names = rows.slice(columns.hasHeader ? 1 : 0, HEAD_ROWS).map(({ cells }) => ({
      name: cells[columns.indices.get("file")!] ?? "",
      folder: pathBelow(folder, dirname(file)),
      split: "",
    }));
    return finder.find(names).some(({ kind }) => kind !== "missing");
  });
  const { file } = used ?? tables[0];
  return {
    confidence: used ? "medium" : "low",
    evidence: `${pathBelow(folder, file)} is a table of boxes${used ? "" : ", but its first images are missing"}`,
  };
}

async function explain(folder: string): Promise<string | null> {
  for (const file of annotationFilesIn(folder, ENDINGS)) {
    const [header] = await headOf(file);
    if (header)
      return `The table ${pathBelow(folder, file)} has the columns ${shortened(header.cells.join(", "))}, which are not known as a file and a box: name them with the option 'columns'.`;
  }
  return null;
}

/** The first rows of a table; none if it cannot be read. */
async function headOf(file: string): Promise<Row[]> {
  try {
    const bytes = await readBytes(file, MAX_BYTES);
    const text = decodeTable(bytes.subarray(0, HEAD_BYTES)).text;
    // The last line may be cut.
    const end = bytes.length > HEAD_BYTES ? text.lastIndexOf("\n") : text.length;
    return parseTable(text.slice(0, end), () => {});
  } catch (error) {
    if (!(error instanceof UnreadableFile)) throw error;
    return [];
  }
}

/** Decodes UTF-8, UTF-16 with a byte order mark, or else Windows-1252, which Excel writes. */
function decodeTable(bytes: Uint8Array): { text: string; isWindows: boolean } {
  try {
    return { text: decodeText(bytes), isWindows: false };
  } catch (error) {
    const text = new TextDecoder("windows-1252").decode(bytes);
    if (text.includes("\0")) throw error;
    return { text, isWindows: true };
  }
}

async function read(root: string, options: FormatOptions): Promise<Listing> {
  const problems: Problem[] = [];
  const notes: string[] = [];
  const images: DescribedImage[] = [];
  let hasLostImages = false;
  const classIds = new Map<string, Set<string>>();
  const { tables, others } = await readTables(root, { options, problems });
  const splits = splitsOfFiles(
    root,
    tables.map(({ file }) => file),
  );
  for (const { file, rows, columns, problems: found } of tables) {
    // Rows that could not be parsed.
    hasLostImages ||= found.hasLeftOut("rows");
    const body = rows.slice(columns.hasHeader ? 1 : 0);
    const described = describeRows(body, {
      file,
      split: splits.get(file)!,
      columns,
      problems: found,
    });
    reportReaders(body, columns, found);
    if (!options.columns) reportFurtherBoxes(furtherBoxes(rows, columns), found);
    reportOtherSplits(described.images, columns, found);
    problems.push(...found.result());
    hasLostImages ||= body.some(({ cells }) => !cells[columns.indices.get("file")!]);
    for (const image of described.images) images.push(image);
    for (const [name, ids] of described.classIds)
      for (const id of ids) classIds.set(name, (classIds.get(name) ?? new Set()).add(id));
    notes.push(describeColumns(pathBelow(root, file), { rows, columns }));
  }
  const classNames = new Set(
    images.flatMap(({ boxes }) => boxes.map(({ className }) => className)),
  );
  return listImages(
    root,
    {
      images,
      classNames: orderClasses(Array.from(classNames), { classIds, tables: others }),
      unit: "line",
      placeOf: (file) => file,
      hasLostImages,
      problems,
      notes,
    },
    options,
  );
}

/**
 * Reads all tables below a folder.
 * @returns the tables of boxes, and the rows of the others
 * @throws when there is no table of boxes; the message says which tables there are
 */
async function readTables(
  root: string,
  { options, problems }: { readonly options: FormatOptions; readonly problems: Problem[] },
): Promise<{ tables: BoxTable[]; others: (readonly Row[])[] }> {
  const tables: BoxTable[] = [];
  const others: (readonly Row[])[] = [];
  const reasons: string[] = [];
  for (const file of annotationFilesIn(root, ENDINGS)) {
    const found = new FileProblems(pathBelow(root, file));
    try {
      const { text, isWindows } = decodeTable(await readBytes(file, MAX_BYTES));
      const rows = parseTable(text, (line, message) => found.leaveOut("rows", message, { line }));
      const columns = rows.length ? findColumns(rows[0].cells, options.columns) : null;
      if (columns) {
        const body = rows.slice(columns.hasHeader ? 1 : 0);
        tables.push({ file, rows, columns: withSplitColumn(columns, body), problems: found });
      } else if (rows.length) others.push(rows);
      if (!columns)
        reasons.push(
          `${pathBelow(root, file)} has no columns for a file and a box, only ${shortened(rows[0]?.cells.join(", ") ?? "nothing")}`,
        );
      else if (isWindows)
        found.report("warning", "it is not UTF-8 and was read as Windows-1252: save it as UTF-8");
    } catch (error) {
      if (error instanceof MissingColumn)
        reasons.push(`${pathBelow(root, file)}: ${error.message}`);
      else if (error instanceof UnreadableFile)
        problems.push({
          severity: "error",
          file: pathBelow(root, file),
          message: `it cannot be read (${error.message}): write it again, or remove it`,
        });
      else throw error;
    }
  }
  if (tables.length) return { tables, others };
  const seen = [...reasons, ...problems.map(({ file, message }) => `${file}: ${message}`)];
  throw new Error(
    `${root}: no table of boxes was found. It is a CSV file with a column for the file and four for the box; the option 'columns' names them.` +
      seen.map((reason) => `\n${reason}`).join(""),
  );
}

/** Says that boxes of several readers are in a table. */
function reportReaders(rows: readonly Row[], { indices }: Columns, problems: FileProblems): void {
  const index = indices.get("reader");
  if (index === undefined) return;
  const readers = new Set(rows.map(({ cells }) => cells[index]).filter((name) => name));
  if (readers.size > 1)
    problems.report(
      "warning",
      `readers who annotated the images: ${readers.size}; the boxes of all of them are used, so a lesion may have several boxes`,
    );
}

/** Reports columns of further boxes, which would be missing from the images. */
function reportFurtherBoxes(names: readonly string[], problems: FileProblems): void {
  if (names.length)
    problems.report(
      "error",
      `one box is read from each row, and the columns ${shortened(names.join(", "))} seem to have more: write a row for each box, or name the columns of the box that counts with the option 'columns'`,
    );
}

/** Reports a column of splits in which no split is kept from training by its name. */
function reportOtherSplits(
  images: readonly DescribedImage[],
  { indices }: Columns,
  problems: FileProblems,
): void {
  const splits = Array.from(new Set(images.map(({ split }) => split)));
  if (!indices.has("split") || splits.length < 2) return;
  if (splits.every((name) => splitKind(name) === "training"))
    problems.report(
      "warning",
      `the splits in its column (${shortened(splits.join(", "))}) all count as training, because of their names: use words such as train, val and test`,
    );
}

/** Which columns were read, as a sentence. */
function describeColumns(
  name: string,
  { rows, columns }: { readonly rows: readonly Row[]; readonly columns: Columns },
): string {
  const list = Array.from(columns.indices, ([role, index]) => {
    const column = columns.hasHeader ? rows[0].cells[index] : `column ${index + 1}`;
    return `${role} = ${shortened(column)}`;
  });
  return `${name} was read with ${list.join(", ")}.`;
}
