/** Turns the rows of a table into images with their boxes. */
import type { Box } from "../../../types";
import { quoted } from "../../checks";
import { patientInTable } from "../../patients/known-names";
import type { DescribedBox, DescribedImage, Size } from "../shared/described-image";
import type { FileProblems } from "../shared/file-problems";
import { areFractions, FRACTIONS, IN_FRACTIONS } from "../shared/fractions";
import { splitInName } from "../shared/split-names";
import { boxRoles, type Columns, isEmptyCell, type Role } from "./columns";
import { type NumberReader, numberReader } from "./coordinates";
import type { Row } from "./table";

/** The class of boxes in a table without classes. */
const ONLY_CLASS = "lesion";
/** Names of classes that stand for an image without lesions. */
const NO_FINDING =
  /^(no ?findings?|no ?lesions?|no ?tumou?rs?|normal|negative|healthy|background)$/i;

/** Pixels; a size may count the last pixel. */
const LAST_PIXEL = 1;

/** What the rows of a table describe. */
export interface DescribedRows {
  readonly images: readonly DescribedImage[];
  /** The number of each class, by its name, if the table has it. */
  readonly classIds: ReadonlyMap<string, ReadonlySet<string>>;
}

/** What a row says about its image. */
interface RowContent {
  /** `none` for an image without lesions, `fault` for a row that cannot be used. */
  readonly box: Box | "none" | "fault";
  readonly className: string;
}

/**
 * Reads the rows of a table.
 * @param rows without the header
 * @param context.split of images for which the table has no split
 */
export function describeRows(
  rows: readonly Row[],
  context: {
    readonly file: string;
    readonly split: string;
    readonly columns: Columns;
    readonly problems: FileProblems;
  },
): DescribedRows {
  const { file, columns, problems } = context;
  const cellOf = (row: Row, role: Role) => row.cells[columns.indices.get(role) ?? -1] ?? "";
  const roles = boxRoles(columns)!;
  const read = numberReader(rows.flatMap((row) => roles.map((role) => cellOf(row, role))));
  const contents = readRows(rows, { columns, problems, cellOf, roles, read });
  const boxes = contents.flatMap(({ box }) => (typeof box === "string" ? [] : [box]));
  const isFraction = areFractions(boxes);
  if (isFraction) problems.report("warning", IN_FRACTIONS);
  const isSizeOfBox = haveSizesOfBoxes(rows, { contents, cellOf, read });
  const images = new Map<string, DescribedImage & { boxes: DescribedBox[]; leftOut: number }>();
  const classIds = new Map<string, Set<string>>();
  rows.forEach((row, i) => {
    const name = cellOf(row, "file");
    if (!name) return;
    const split = splitOf(cellOf(row, "split")) ?? context.split;
    const patient = patientInTable(cellOf(row, "patient"));
    const [width, height] = isSizeOfBox ? ["", ""] : sizeCells(row, cellOf);
    // Rows of an image that contradict each other are several descriptions of it.
    const key = [split, name, patient, width, height].join("\n");
    const image = images.get(key) ?? {
      file,
      names: [name],
      split,
      size: sizeOf(read(width), read(height)),
      boxes: [],
      leftOut: 0,
      ...(isEmptyCell(patient) ? {} : { patient }),
    };
    images.set(key, image);
    const { box, className } = contents[i];
    if (box === "fault") image.leftOut++;
    if (typeof box === "string") return;
    image.boxes.push({ className, box, place: row.line, ...(isFraction ? FRACTIONS : {}) });
    const classId = cellOf(row, "classId");
    if (classId) classIds.set(className, (classIds.get(className) ?? new Set()).add(classId));
  });
  return { images: Array.from(images.values()), classIds };
}

/** The text of a row's cell. */
type CellReader = (row: Row, role: Role) => string;

function sizeCells(row: Row, cellOf: CellReader): [string, string] {
  return [cellOf(row, "imageWidth"), cellOf(row, "imageHeight")];
}

/**
 * Whether the columns `width` and `height` beside two corners are the sizes of the boxes in all
 * rows, and not those of the images.
 */
function haveSizesOfBoxes(
  rows: readonly Row[],
  {
    contents,
    cellOf,
    read,
  }: {
    readonly contents: readonly RowContent[];
    readonly cellOf: CellReader;
    readonly read: NumberReader;
  },
): boolean {
  const isSide = (cell: string, side: number) => {
    const value = read(cell);
    return typeof value === "number" && Math.abs(value - side) <= LAST_PIXEL;
  };
  const fits = rows.flatMap((row, i) => {
    const { box } = contents[i];
    if (typeof box === "string") return [];
    const [width, height] = sizeCells(row, cellOf);
    return [isSide(width, box[2] - box[0]) && isSide(height, box[3] - box[1])];
  });
  return fits.length > 0 && fits.every(Boolean);
}

/** What each row says. Rows that cannot be used are reported. */
function readRows(
  rows: readonly Row[],
  context: {
    readonly columns: Columns;
    readonly problems: FileProblems;
    readonly cellOf: CellReader;
    readonly roles: readonly Role[];
    readonly read: NumberReader;
  },
): RowContent[] {
  const { columns, problems, cellOf, roles, read } = context;
  const classRole = (["class", "classId"] as const).find((role) => columns.indices.has(role));
  const hasTarget = columns.indices.has("target");
  const used = Array.from(columns.indices.values());
  const isLastUsed = columns.hasHeader && used.includes(columns.count - 1);
  return rows.map((row) => {
    const cells = roles.map((role) => cellOf(row, role));
    const written = classRole === undefined ? "" : cellOf(row, classRole);
    const content = (box: RowContent["box"]): RowContent => ({
      box,
      className: classRole === "classId" ? `class ${written}` : written || ONLY_CLASS,
    });
    const fault = (message: string): RowContent => {
      problems.leaveOut("rows", message, { line: row.line });
      return content("fault");
    };
    if (!cellOf(row, "file")) return fault("it names no image");
    // A comma without quotes around its cell moves all cells after it. If the last column is not
    // used, it is probably a remark that has the comma.
    const extra = isLastUsed ? row.cells.slice(columns.count).filter((cell) => cell) : [];
    if (extra.length)
      return fault(
        `it has ${row.cells.length} cells, and the first row has ${columns.count}: put quotes around cells that have the delimiter`,
      );
    const target = hasTarget ? cellOf(row, "target") : "1";
    const isEmpty = cells.every(isEmptyCell);
    // Some tables give images without lesions a box of one pixel.
    const isDummy = cells.every((cell) => ["0", "1", "0.0", "1.0"].includes(cell));
    if (NO_FINDING.test(written.replace(/[_-]/g, " ")) && (isEmpty || isDummy))
      return content("none");
    if (Number(target) === 0 && !isEmptyCell(target))
      return isEmpty ? content("none") : fault("its target is 0, and it has a box");
    if (isEmpty)
      return isEmptyCell(written) && !hasTarget
        ? content("none")
        : fault(
            `it has the ${hasTarget ? `target ${quoted(target)}` : `class ${quoted(written)}`}, and no box`,
          );
    const box = readBox(cells, { roles, read });
    if (typeof box === "string") return fault(box);
    if (classRole !== undefined && isEmptyCell(written)) return fault("it has a box, and no class");
    return content(box);
  });
}

/** The box of a row, or the reason why it has none. */
function readBox(
  cells: readonly string[],
  {
    roles,
    read,
  }: { readonly roles: readonly Role[]; readonly read: ReturnType<typeof numberReader> },
): Box | string {
  const values = cells.map(read);
  const wrong = values.findIndex((value) => typeof value === "string");
  if (wrong >= 0) return `its ${roles[wrong]} ${values[wrong]}`;
  const [a, b, c, d] = values as number[];
  if (roles.includes("width"))
    return c < 0 || d < 0 ? "its width or height is negative" : [a, b, a + c, b + d];
  return a > c || b > d
    ? `its ${a > c ? "x1" : "y1"} is greater than its ${a > c ? "x2" : "y2"}`
    : [a, b, c, d];
}

/** The split in a cell; null if it is empty. */
function splitOf(cell: string): string | null {
  return isEmptyCell(cell) ? null : (splitInName(cell) ?? cell);
}

/** A size in pixels; null if it is missing or impossible. */
function sizeOf(width: number | string, height: number | string): Size | null {
  const isSide = (side: number | string): side is number =>
    typeof side === "number" && Number.isInteger(side) && side > 0;
  return isSide(width) && isSide(height) ? { width, height } : null;
}
