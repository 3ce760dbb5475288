/**
 * Scans that contain several volumes of the same positions: time points, echoes, phases, b-values.
 * They are counted from 0 and called time points, whatever sets them apart.
 */
import type { VolumeOptions } from "./volume";

/** The time point that is chosen: one, or all of them. */
type Choice = VolumeOptions["timePoint"];

/** What sets a volume apart from the others of its scan. */
interface Labeled {
  /** `echo time 80`; empty if it is not known. */
  readonly label: string;
}

/** A chosen volume, and its number. */
export type Chosen<T> = T & {
  /** Counted from 0. */
  readonly timePoint: number;
  /** Number of volumes of the scan. */
  readonly count: number;
};

/** Labels that a message shows. */
const MAX_LABELS = 8;

/**
 * The chosen volumes of a scan. In a scan of one volume, any time point means that volume.
 * @throws when there are several and none is chosen, or when the chosen one does not exist; the
 * message does not name the scan
 */
export function selectParts<T extends Labeled>(parts: readonly T[], choice: Choice): Chosen<T>[] {
  const count = parts.length;
  const numbered = parts.map((part, timePoint) => ({ ...part, timePoint, count }));
  if (count === 1 || choice === "all") return numbered;
  if (choice === undefined)
    throw new Error(
      `it has ${count} volumes${labelsOf(parts)}: choose one by its time point, from 0 to ${count - 1}, or all of them`,
    );
  if (Number.isInteger(choice) && choice >= 0 && choice < count) return [numbered[choice]];
  throw new Error(
    `it has ${count} volumes${labelsOf(parts)}, and time point ${choice} is not one of 0 to ${count - 1}`,
  );
}

function labelsOf(parts: readonly Labeled[]): string {
  if (parts.every(({ label }) => !label)) return "";
  const shown = parts.slice(0, MAX_LABELS).map(({ label }) => label);
  if (parts.length > MAX_LABELS) shown.push("…");
  return ` at the same positions (${shown.join("; ")})`;
}

/** The name of a volume: that of its scan, with the time point if all are opened. */
export function partName(
  scan: string,
  { timePoint, count }: Chosen<Labeled>,
  choice: Choice,
): string {
  return choice === "all" && count > 1 ? `${scan} (time point ${timePoint})` : scan;
}

/** A remark that says which volume of its scan a volume is; none if the scan has one volume. */
export function partNotes({ label, timePoint, count }: Chosen<Labeled>): string[] {
  if (count === 1) return [];
  return [`this is time point ${timePoint} of ${count}, counted from 0${label && `: ${label}`}`];
}
