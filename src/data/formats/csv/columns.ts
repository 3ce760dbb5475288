/** Which columns of a table contain the file, the box, the class and so on. */
import { shortened } from "../../checks";
import { isImage, isUnreadKind } from "../../image-files";

/** What a column may contain. */
export const ROLES = [
  "file",
  "x1",
  "y1",
  "x2",
  "y2",
  "x",
  "y",
  "width",
  "height",
  "class",
  "classId",
  "target",
  "patient",
  "split",
  "reader",
  "imageWidth",
  "imageHeight",
] as const;

/** What a column contains. */
export type Role = (typeof ROLES)[number];

/** The columns of a table. */
export interface Columns {
  /** Index of the column for each role that the table has. */
  readonly indices: ReadonlyMap<Role, number>;
  /** Whether the first row has the names of the columns. */
  readonly hasHeader: boolean;
  /** Number of columns in the first row. */
  readonly count: number;
}

/**
 * Names of columns in lower case without blanks, underscores and the like; the first one that a
 * table has is used.
 */
const NAMES: Readonly<Record<Role, readonly string[]>> = {
  file: [
    ...["filename", "file", "filepath", "imagefile", "imagefilename", "imagepath", "imgpath"],
    ...["imagename", "imgname", "path", "image", "img", "imageid", "imgid", "imageindex"],
    "sopinstanceuid",
  ],
  x1: ["x1", "xmin", "left", "xtl", "bboxx1", "bboxxmin"],
  y1: ["y1", "ymin", "top", "ytl", "bboxy1", "bboxymin"],
  x2: ["x2", "xmax", "right", "xbr", "bboxx2", "bboxxmax"],
  y2: ["y2", "ymax", "bottom", "ybr", "bboxy2", "bboxymax"],
  x: ["x", "bboxx", "xmin", "left", "x1"],
  y: ["y", "bboxy", "ymin", "top", "y1"],
  // Beside one of the others, `width` is that of the image.
  width: ["w", "bboxwidth", "boxwidth", "bboxw", "width"],
  height: ["h", "bboxheight", "boxheight", "bboxh", "height"],
  class: [
    ...["classname", "class", "label", "labelname", "category", "categoryname"],
    ...["findinglabel", "finding", "lesiontype", "pathology"],
  ],
  classId: ["classid", "categoryid", "labelid", "classindex"],
  target: ["target"],
  patient: ["patientid", "patient", "subjectid", "subject"],
  split: ["split", "subset", "partition", "set"],
  reader: ["radid", "readerid", "reader", "annotatorid", "annotator", "radiologist"],
  imageWidth: ["imagewidth", "imgwidth", "originalwidth"],
  imageHeight: ["imageheight", "imgheight", "originalheight"],
};

/** Roles of a box, as two corners, and as a corner and a size. */
const CORNERS = ["x1", "y1", "x2", "y2"] as const;
const SIDES = ["x", "y", "width", "height"] as const;
/** The first and the second corner are also called 0 and 1. */
const FROM_ZERO = ["x0", "y0", "x1", "y1"];
/** The columns of RetinaNet's tables, which have no header: file, box and class. */
const RETINANET: readonly Role[] = ["file", ...CORNERS, "class"];

/** Texts that stand for no value. */
const EMPTY = /^(nan|null|none|na|n\/a|-)?$/i;
const NUMBER = /^[+-]?(\d+([.,]\d*)?|[.,]\d+)([eE][+-]?\d+)?$/;

/** Whether a cell has no value: it is empty, or says so, as `NaN` does. */
export function isEmptyCell(cell: string): boolean {
  return EMPTY.test(cell);
}

/** The roles of the box's four numbers in a table; null if it has no box. */
export function boxRoles(columns: Columns): readonly Role[] | null {
  const forms: readonly (readonly Role[])[] = [CORNERS, SIDES];
  for (const roles of forms) if (roles.every((role) => columns.indices.has(role))) return roles;
  return null;
}

/**
 * Finds the columns of a table by its first row.
 * @param first the cells of the first row
 * @param chosen the columns that the user named
 * @returns null if the table has no columns for the file and the box
 * @throws when the user named a column that the table does not have, or named it for something
 * unknown
 */
export function findColumns(
  first: readonly string[],
  chosen: Readonly<Record<string, string>> = {},
): Columns | null {
  const given = chosenColumns(first, chosen);
  const header = first.map(folded);
  const hasHeader = !isRowOfValues(first, given);
  const indices = hasHeader ? columnsByName(header, given) : new Map<Role, number>();
  for (const [role, index] of given) indices.set(role, index);
  if (!hasHeader && !given.size && first.length === RETINANET.length)
    RETINANET.forEach((role, index) => indices.set(role, index));
  const columns = { indices, hasHeader, count: first.length };
  return indices.has("file") && boxRoles(columns) ? columns : null;
}

/** The columns that the user named, by their names or by their places. */
function chosenColumns(
  first: readonly string[],
  chosen: Readonly<Record<string, string>>,
): Map<Role, number> {
  const indices = new Map<Role, number>();
  // Numbers may also be values of a first row, so they are never taken for names.
  const arePlaces = Object.values(chosen).every((name) => /^\d+$/.test(name));
  for (const [role, name] of Object.entries(chosen)) {
    if (!ROLES.includes(role as Role))
      throw new Error(`the option 'columns' has no '${role}': it may have ${ROLES.join(", ")}`);
    const index = arePlaces ? Number(name) - 1 : indexOfName(first, name);
    if (index < 0 || index >= first.length)
      throw new MissingColumn(
        `it has no column '${name}', only ${shortened(first.map((cell) => `'${cell}'`).join(", "))}`,
      );
    indices.set(role as Role, index);
  }
  return indices;
}

/** The column of a name, which may differ in case and blanks; -1 if there is none. */
function indexOfName(header: readonly string[], name: string): number {
  const exact = header.indexOf(name);
  return exact >= 0 ? exact : header.findIndex((cell) => folded(cell) === folded(name));
}

/** A column that the user named, and that a table does not have. */
export class MissingColumn extends Error {}

/** The columns of a table with a header. */
function columnsByName(
  header: readonly string[],
  given: ReadonlyMap<Role, number>,
): Map<Role, number> {
  const indices = new Map<Role, number>();
  const find = (role: Role, names = NAMES[role]) => {
    const index = names.map((name) => header.indexOf(name)).find((at) => at >= 0);
    if (index !== undefined) indices.set(role, index);
    return index !== undefined;
  };
  const box = new Set<Role>([...CORNERS, ...SIDES]);
  for (const role of ROLES) if (!box.has(role) && !given.has(role)) find(role);
  if (![...given.keys()].some((role) => box.has(role))) findBox(header, indices, find);
  // Without a name of its own, the file has the name of the patient.
  if (!indices.has("file")) find("file", NAMES.patient);
  return indices;
}

/** Finds the columns of the box, and those of the image's size, which have the same names. */
function findBox(
  header: readonly string[],
  indices: Map<Role, number>,
  find: (role: Role, names?: readonly string[]) => boolean,
): void {
  const isFromZero = FROM_ZERO.every((name) => header.includes(name)) && !header.includes("x2");
  if (isFromZero) CORNERS.forEach((role, i) => find(role, [FROM_ZERO[i]]));
  const hasCorners = isFromZero || CORNERS.every((role) => find(role));
  if (!hasCorners) {
    for (const role of CORNERS) indices.delete(role);
    for (const role of SIDES) find(role);
  }
  const box = new Set(indices.values());
  for (const [role, name] of [
    ["imageWidth", "width"],
    ["imageHeight", "height"],
  ] as const)
    if (!indices.has(role) && !box.has(header.indexOf(name))) find(role, [name]);
}

/** Whether the first row has values, and not the names of the columns. */
function isRowOfValues(first: readonly string[], given: ReadonlyMap<Role, number>): boolean {
  const roles = [...CORNERS, ...SIDES].filter((role) => given.has(role));
  if (roles.length) return roles.every((role) => isValue(first[given.get(role)!]));
  const [file = "", ...others] = first;
  return (isImage(file) || isUnreadKind(file)) && others.slice(0, CORNERS.length).every(isValue);
}

function isValue(cell: string): boolean {
  return isEmptyCell(cell) || NUMBER.test(cell);
}

/** A name of a column as it is compared. */
export function folded(name: string): string {
  return name.toLowerCase().replace(/[^\p{L}\p{N}]/gu, "");
}
