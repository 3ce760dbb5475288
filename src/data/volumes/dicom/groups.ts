/**
 * Finds the elements of a frame. In files with several frames they are in functional groups (PS3.3
 * C.7.6.16); files with one frame have them at the top level.
 */
import type { DataSet } from "dicom-parser";
import { TAGS } from "./elements";

/** The functional group that contains each element. */
const GROUPS: Readonly<Record<string, string>> = {
  [TAGS.position]: "x00209113",
  [TAGS.orientation]: "x00209116",
  [TAGS.spacing]: "x00289110",
  [TAGS.intercept]: "x00289145",
  [TAGS.slope]: "x00289145",
  [TAGS.windowCenter]: "x00289132",
  [TAGS.windowWidth]: "x00289132",
  [TAGS.windowFunction]: "x00289132",
  [TAGS.voiLut]: "x00289132",
  [TAGS.temporalIndex]: "x00209111",
  [TAGS.effectiveEchoTime]: "x00189114",
  [TAGS.bValue]: "x00189117",
  [TAGS.triggerDelay]: "x00189118",
  [TAGS.frameType]: "x00189226",
  [TAGS.complexComponent]: "x00189226",
};

/**
 * The function from an element to the data set that contains it: of the frame, of all frames, or of
 * the file.
 * @param index of the frame
 */
export function groupHolder(data: DataSet, index: number): (tag: string) => DataSet {
  const groups = [
    data.elements[TAGS.frameGroups]?.items?.[index]?.dataSet,
    data.elements[TAGS.sharedGroups]?.items?.[0]?.dataSet,
  ];
  return (tag) =>
    groups
      .map((group) => group?.elements[GROUPS[tag]]?.items?.[0]?.dataSet)
      .find((group) => group?.elements[tag]) ?? data;
}
