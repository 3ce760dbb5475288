/** Options that only one format has: they choose the format too. */
import { csv } from "./csv/csv";
import type { FormatOptions } from "./format";
import { labelMaps } from "./label-maps/label-maps";

/**
 * The format of an option that says where annotations are, and the reason for people to read; null
 * without such an option. The format may not be recognized without the option.
 */
export function impliedFormat({
  columns,
  labelMap,
}: FormatOptions): { readonly name: string; readonly evidence: string } | null {
  if (columns !== undefined)
    return { name: csv.name, evidence: "the option 'columns' is for tables" };
  if (labelMap !== undefined)
    return { name: labelMaps.name, evidence: "the option 'labelMap' is for scans with label maps" };
  return null;
}
