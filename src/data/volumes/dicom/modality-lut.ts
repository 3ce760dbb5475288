/**
 * The table from stored numbers to values (Modality LUT, PS3.3 C.11.1), which old scanners write.
 */
import type { DataSet } from "dicom-parser";
import { formatTag, TAGS } from "./elements";

/** A table of values. */
export interface ModalityLut {
  /** The stored number of the first value; smaller numbers have the same value. */
  readonly first: number;
  readonly values: Float64Array;
}

/** The number of values that 0 stands for. */
const ALL_VALUES = 2 ** 16;

/**
 * The table of a file; null if it has none.
 * @param signed whether stored numbers have a sign
 * @throws when the table is cut short
 */
export function readModalityLut(data: DataSet, signed: boolean): ModalityLut | null {
  const item = data.elements[TAGS.modalityLut]?.items?.[0]?.dataSet;
  if (!item) return null;
  const [descriptor, table] = [item.elements[TAGS.lutDescriptor], item.elements[TAGS.lutData]];
  const DESCRIPTOR_BYTES = 6;
  const count = (descriptor && item.uint16(TAGS.lutDescriptor, 0)) || ALL_VALUES;
  if (!table || !(descriptor?.length >= DESCRIPTOR_BYTES) || table.length < count)
    throw new Error(
      `its table of values ${formatTag(TAGS.modalityLut)} is cut short, so its values are unknown`,
    );
  const first = (signed ? item.int16 : item.uint16).call(item, TAGS.lutDescriptor, 1) ?? 0;
  // Values of 8 bits are stored in bytes or in words.
  const valueAt =
    table.length >= 2 * count
      ? (i: number) => item.uint16(TAGS.lutData, i) ?? 0
      : (i: number) => item.byteArray[table.dataOffset + i];
  return { first, values: Float64Array.from({ length: count }, (_, i) => valueAt(i)) };
}

/** The value of a stored number. */
export function lookUp({ first, values }: ModalityLut, stored: number): number {
  return values[Math.min(Math.max(stored - first, 0), values.length - 1)];
}
