/** Reads the numbers of a table, which may have a decimal point or a decimal comma. */
import { quoted } from "../../checks";
import { isEmptyCell } from "./columns";

const WITH_POINT = /^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?$/;
const WITH_COMMA = /^[+-]?\d+,\d+$/;
/** The comma may separate thousands: the first digit is not 0. */
const THOUSANDS = /^[+-]?[1-9]\d{0,2},\d{3}$/;

/** Reads a number; returns a text with the reason if that is not possible. */
export type NumberReader = (cell: string) => number | string;

/**
 * How the numbers of a table are written. A comma is a decimal comma if no number has a point, and
 * if it cannot separate thousands in all of them.
 * @param cells all numbers of the table
 */
export function numberReader(cells: readonly string[]): NumberReader {
  const commas = cells.filter((cell) => WITH_COMMA.test(cell));
  const hasPoint = cells.some((cell) => cell.includes(".") && WITH_POINT.test(cell));
  const isClear = !hasPoint && commas.some((cell) => !THOUSANDS.test(cell));
  return (cell) => {
    if (isEmptyCell(cell)) return "is empty";
    if (WITH_COMMA.test(cell) && !isClear)
      return `is ${quoted(cell)}, of which the comma is not clear: write a decimal point`;
    const value = Number(cell.replace(",", "."));
    const isNumber = WITH_POINT.test(cell) || WITH_COMMA.test(cell);
    return isNumber && Number.isFinite(value) ? value : `is ${quoted(cell)}, which is not a number`;
  };
}
