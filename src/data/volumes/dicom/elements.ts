/** The elements of DICOM headers that are read, and functions that read and check their values. */
import type { DataSet } from "dicom-parser";

/** The elements that are read: `x` and the eight digits of the tag, as the library names them. */
export const TAGS = {
  mediaSopClass: "x00020002",
  transferSyntax: "x00020010",
  imageType: "x00080008",
  sopClass: "x00080016",
  sopInstance: "x00080018",
  acquisitionTime: "x00080032",
  contentTime: "x00080033",
  modality: "x00080060",
  frameType: "x00089007",
  complexComponent: "x00089208",
  sequenceName: "x00180024",
  kiloVolts: "x00180060",
  echoTime: "x00180081",
  inversionTime: "x00180082",
  echoNumber: "x00180086",
  triggerTime: "x00181060",
  detectorSpacing: "x00181164",
  convolutionKernel: "x00181210",
  flipAngle: "x00181314",
  effectiveEchoTime: "x00189082",
  bValue: "x00189087",
  gradientDirection: "x00189089",
  siemensBValue: "x0019100c",
  philipsBValue: "x20011003",
  geBValue: "x00431039",
  scannedSpacing: "x00182010",
  directory: "x00041220",
  seriesUid: "x0020000e",
  seriesNumber: "x00200011",
  acquisitionNumber: "x00200012",
  instanceNumber: "x00200013",
  position: "x00200032",
  orientation: "x00200037",
  temporalPosition: "x00200100",
  temporalIndex: "x00209128",
  triggerDelay: "x00209153",
  samples: "x00280002",
  photometric: "x00280004",
  frames: "x00280008",
  rows: "x00280010",
  columns: "x00280011",
  spacing: "x00280030",
  aspectRatio: "x00280034",
  bitsAllocated: "x00280100",
  bitsStored: "x00280101",
  highBit: "x00280102",
  signed: "x00280103",
  padding: "x00280120",
  paddingLimit: "x00280121",
  windowCenter: "x00281050",
  windowWidth: "x00281051",
  intercept: "x00281052",
  slope: "x00281053",
  windowFunction: "x00281056",
  modalityLut: "x00283000",
  lutDescriptor: "x00283002",
  lutData: "x00283006",
  voiLut: "x00283010",
  frameReferenceTime: "x00541300",
  sharedGroups: "x52009229",
  frameGroups: "x52009230",
  floatPixels: "x7fe00008",
  doublePixels: "x7fe00009",
  pixels: "x7fe00010",
} as const;

/** Receives remarks on what is left out because the header is invalid, in sentences. */
export type Note = (remark: string) => void;

/** Characters of an element that a message shows. */
const MAX_SHOWN = 60;

/**
 * The first `count` numbers of a text element; null if it is missing or empty.
 * @throws when one of them is not a number, or there are too few
 */
export function decimals(data: DataSet, tag: string, count: number): number[] | null {
  const text = data.string(tag)?.trim();
  if (!text) return null;
  const numbers = text
    .split("\\")
    .slice(0, count)
    .map((part) => (part.trim() ? Number(part) : NaN));
  if (numbers.length === count && numbers.every(Number.isFinite)) return numbers;
  throw new Error(
    `element ${formatTag(tag)} should contain ${count} numbers, not '${text.slice(0, MAX_SHOWN)}'`,
  );
}

/**
 * The same for an element that the detection does not need: null, and a remark, where `decimals`
 * throws.
 * @param name of the element, for the remark
 */
export function optionalDecimals(
  data: DataSet,
  element: { readonly tag: string; readonly count: number; readonly name: string },
  note: Note,
): number[] | null {
  const { tag, count, name } = element;
  try {
    return decimals(data, tag, count);
  } catch {
    note(
      `${name} ${formatTag(tag)} in the header is not ${count === 1 ? "a number" : `${count} numbers`} and is not used`,
    );
    return null;
  }
}

/**
 * An integer of the header.
 * @param name of the element, for the message
 * @throws when it is missing
 */
export function requiredUint16(data: DataSet, tag: string, name: string): number {
  const value = data.elements[tag] && data.uint16(tag);
  if (value !== undefined) return value;
  throw new Error(`its header lacks ${name}, ${formatTag(tag)}`);
}

/** A tag as the DICOM standard writes it: `x00280010` becomes `(0028,0010)`. */
export function formatTag(tag: string): string {
  return `(${tag.slice(1, 5)},${tag.slice(5)})`;
}
