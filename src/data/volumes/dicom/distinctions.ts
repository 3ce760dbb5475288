/**
 * What sets DICOM frames at the same position apart: the time of a dynamic scan, the echo, the
 * b-value of a diffusion scan, the phase of a heart beat.
 */
import type { DataSet } from "dicom-parser";
import { TAGS } from "./elements";

/** The values of a frame that can set it apart, by their names. */
export type Distinctions = Readonly<Record<string, string>>;

/** How the value of an element is stored: text, numbers of 64 or 32 bits, or an integer of 32. */
type Kind = "text" | "doubles" | "floats" | "integer";

/** The elements that are compared, from the first to the last that is tried. */
const DISTINCTIONS: readonly {
  readonly name: string;
  readonly tag: string;
  readonly kind: Kind;
}[] = [
  { name: "temporal position", tag: TAGS.temporalPosition, kind: "text" },
  { name: "temporal position index", tag: TAGS.temporalIndex, kind: "integer" },
  { name: "echo number", tag: TAGS.echoNumber, kind: "text" },
  { name: "echo time", tag: TAGS.echoTime, kind: "text" },
  { name: "effective echo time", tag: TAGS.effectiveEchoTime, kind: "doubles" },
  { name: "b-value", tag: TAGS.bValue, kind: "doubles" },
  { name: "b-value", tag: TAGS.siemensBValue, kind: "text" },
  { name: "b-value", tag: TAGS.geBValue, kind: "text" },
  { name: "b-value", tag: TAGS.philipsBValue, kind: "floats" },
  { name: "gradient direction", tag: TAGS.gradientDirection, kind: "doubles" },
  { name: "trigger delay", tag: TAGS.triggerDelay, kind: "doubles" },
  { name: "trigger time", tag: TAGS.triggerTime, kind: "text" },
  { name: "inversion time", tag: TAGS.inversionTime, kind: "text" },
  { name: "flip angle", tag: TAGS.flipAngle, kind: "text" },
  { name: "image type", tag: TAGS.imageType, kind: "text" },
  { name: "frame type", tag: TAGS.frameType, kind: "text" },
  { name: "complex component", tag: TAGS.complexComponent, kind: "text" },
  { name: "convolution kernel", tag: TAGS.convolutionKernel, kind: "text" },
  { name: "tube voltage", tag: TAGS.kiloVolts, kind: "text" },
  { name: "frame reference time", tag: TAGS.frameReferenceTime, kind: "text" },
  { name: "acquisition number", tag: TAGS.acquisitionNumber, kind: "text" },
  { name: "sequence name", tag: TAGS.sequenceName, kind: "text" },
  { name: "acquisition time", tag: TAGS.acquisitionTime, kind: "text" },
  { name: "content time", tag: TAGS.contentTime, kind: "text" },
];

/** The names of the values that are compared, from the first to the last that is tried. */
export const DISTINCTION_NAMES = [...new Set(DISTINCTIONS.map(({ name }) => name))];

/** Characters of a value that are compared and shown. */
const MAX_LENGTH = 64;
/** Numbers of a value that are compared. */
const MAX_NUMBERS = 3;

/**
 * The values of a frame that can set it apart.
 * @param holderOf the data set that has an element of this frame
 */
export function readDistinctions(holderOf: (tag: string) => DataSet): Distinctions {
  const values: Record<string, string> = {};
  for (const { name, tag, kind } of DISTINCTIONS) {
    const value = valueOf(holderOf(tag), tag, kind);
    if (value && !(name in values)) values[name] = value;
  }
  return values;
}

function valueOf(data: DataSet, tag: string, kind: Kind): string | undefined {
  const element = data.elements[tag];
  if (!element?.length) return undefined;
  if (kind === "integer") return String(data.uint32(tag));
  if (kind === "text") return data.string(tag)?.slice(0, MAX_LENGTH);
  const bytes = kind === "doubles" ? 8 : 4;
  const count = Math.min(MAX_NUMBERS, Math.floor(element.length / bytes));
  const read = (i: number) => (kind === "doubles" ? data.double(tag, i) : data.float(tag, i));
  return Array.from({ length: count }, (_, i) => read(i)).join(", ");
}
