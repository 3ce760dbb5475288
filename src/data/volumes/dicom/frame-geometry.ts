/**
 * Reads the spacing and the position of a DICOM frame. The detection does not need them: what is
 * missing or invalid is left out, with a remark.
 */
import { formatTag, type Note, TAGS } from "./elements";
import { cross, dot, length, type PixelGrid, scale, subtract, add, type Vector } from "../geometry";
import { isPlausibleSpacing } from "../square-pixels";

/** Where the pixels of a frame are, and their size. */
export interface FrameGeometry {
  /** Position of the pixels in space; null if the header does not have it. */
  readonly grid: PixelGrid | null;
  /** Millimeters between columns, and between rows; null if the header does not have them. */
  readonly spacing: readonly [number, number] | null;
  /** Height of a pixel divided by its width. */
  readonly aspect: number;
}

/** The first `count` numbers of an element; null if it is missing or invalid. */
export type ReadNumbers = (tag: string, count: number, name: string) => number[] | null;

/** The size of a frame in pixels. */
interface FrameSize {
  readonly columns: number;
  readonly rows: number;
}

/** How far directions may be from unit length and from a right angle to be used as they are. */
const DIRECTION_TOLERANCE = 1e-3;
/**
 * The same for directions that are made unit vectors at a right angle. Cosines that are rounded to
 * two decimals differ by up to 0.005, and their vectors by up to 0.0087.
 */
const ROUNDED_TOLERANCE = 0.02;

/** The elements with the spacing of pixels, from the best to the worst. */
const SPACINGS: readonly {
  readonly tag: string;
  readonly name: string;
  readonly remark?: string;
}[] = [
  { tag: TAGS.spacing, name: "the pixel spacing" },
  {
    tag: TAGS.detectorSpacing,
    name: "the spacing at the detector",
    remark:
      "the header has the pixel spacing at the detector only: sizes in millimeters are larger than in the patient",
  },
  {
    tag: TAGS.scannedSpacing,
    name: "the spacing on the scanned film",
    remark:
      "the header has the pixel spacing on the scanned film only: sizes in millimeters are those on the film",
  },
];

/**
 * Reads the spacing and the position of a frame.
 * @param read reads an element of the frame, with a remark if it is invalid
 * @param isPlaced whether the header's position is that of the frame
 */
export function readGeometry(
  read: ReadNumbers,
  frame: { readonly size: FrameSize; readonly isPlaced: boolean },
  note: Note,
): FrameGeometry {
  const { size, isPlaced } = frame;
  const spacing = readSpacing(read, size, note);
  const position = isPlaced ? read(TAGS.position, 3, "the position") : null;
  const directions = isPlaced ? read(TAGS.orientation, 6, "the orientation") : null;
  const missing = spacing ? "there are no positions in millimeters" : "there are no millimeters";
  let grid: PixelGrid | null = null;
  if (!position || !directions) note(`the header does not say where the slices are: ${missing}`);
  else {
    const axes = rightAngled(directions);
    if (!axes)
      note(
        `the orientation in the header ${formatTag(TAGS.orientation)} is not two unit vectors at a right angle: ${missing}`,
      );
    else if (!spacing)
      note("the header does not say how large the pixels are: there are no millimeters");
    else {
      if (axes.isRounded)
        note(
          `the orientation in the header ${formatTag(TAGS.orientation)} is rounded: its directions were made unit vectors at a right angle`,
        );
      const [across, down] = spacing;
      grid = {
        origin: position as unknown as Vector,
        column: scale(axes.column, across),
        row: scale(axes.row, down),
      };
    }
  }
  return {
    grid,
    spacing,
    aspect: spacing ? spacing[1] / spacing[0] : readAspect(read, size, note),
  };
}

function readSpacing(read: ReadNumbers, size: FrameSize, note: Note): FrameGeometry["spacing"] {
  for (const { tag, name, remark } of SPACINGS) {
    const numbers = read(tag, 2, name);
    if (!numbers) continue;
    // DICOM has the distance of rows first.
    const spacing = [numbers[1], numbers[0]] as const;
    if (isPlausible(spacing, size)) {
      if (remark) note(remark);
      return spacing;
    }
    note(`${name} in the header ${formatTag(tag)} is not plausible and is not used`);
  }
  return null;
}

/**
 * The ratio of the sides of pixels, where there is no spacing; 1 if the header does not have it.
 */
function readAspect(read: ReadNumbers, size: FrameSize, note: Note): number {
  const sides = read(TAGS.aspectRatio, 2, "the pixel aspect ratio");
  if (!sides) return 1;
  const [height, width] = sides;
  if (isPlausible([width, height], size)) return height / width;
  note(
    `the pixel aspect ratio in the header ${formatTag(TAGS.aspectRatio)} is not plausible and is not used`,
  );
  return 1;
}

function isPlausible(sides: readonly [number, number], { columns, rows }: FrameSize): boolean {
  return isPlausibleSpacing({ width: columns, height: rows }, sides);
}

/**
 * The directions of rows and columns as unit vectors at a right angle; null if they are too far
 * from that.
 */
function rightAngled(
  directions: readonly number[],
): { readonly column: Vector; readonly row: Vector; readonly isRounded: boolean } | null {
  const column = directions.slice(0, 3) as unknown as Vector;
  const row = directions.slice(3) as unknown as Vector;
  const error = Math.max(
    Math.abs(length(column) - 1),
    Math.abs(length(row) - 1),
    Math.abs(length(cross(column, row)) - 1),
    Math.abs(dot(column, row)),
  );
  if (error <= DIRECTION_TOLERANCE) return { column, row, isRounded: false };
  if (!(error <= ROUNDED_TOLERANCE)) return null;
  // The error is divided between both: their bisectors are at a right angle.
  const [a, b] = [unit(column), unit(row)];
  const [along, across] = [unit(add(a, b)), unit(subtract(a, b))];
  return {
    column: scale(add(along, across), Math.SQRT1_2),
    row: scale(subtract(along, across), Math.SQRT1_2),
    isRounded: true,
  };
}

function unit(vector: Vector): Vector {
  return scale(vector, 1 / length(vector));
}
