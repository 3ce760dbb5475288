/** The synthetic data set: its patients, their tumors, their slices, and the splits. */
import { Random } from "../../util/random";
import { drawPatient, type Patient, type TumorKind } from "./patient";
import { type PhantomSlice, renderSlice } from "./slice";

/** Names of the classes, by class index. */
export const PHANTOM_CLASSES = ["ring-enhancing", "solid-enhancing"] as const;

/** Patients of each split; how many of them have two tumors, and how many have none. */
const SPLITS = [
  { split: "train", patients: 19, two: 4, none: 2 },
  { split: "val", patients: 5, two: 1, none: 1 },
  { split: "test", patients: 6, two: 1, none: 1 },
] as const;

/** Heights of the slices through a tumor: distance from its center, in its vertical radii. */
const CUTS = [-0.55, -0.2, 0.15, 0.5];
/** Distance of the slice without tumors above the top of the highest tumor. */
const CLEARANCE = 0.1;
/** Vertical radii above a tumor's center where its uneven surface certainly ends. */
const TUMOR_TOP = 1.2;
/** Height of the highest slice of a patient with tumors. */
const HIGHEST = 0.78;
/** Heights of the slices of patients without tumors. */
const HEALTHY_HEIGHTS = [0.1, 0.3, 0.5];
/** Digits of a patient's number. */
const ID_DIGITS = 3;

/** A slice of the data set. */
export interface PhantomImage extends PhantomSlice {
  readonly split: string;
  /** File name without ending: `PATIENT_SLICE`. */
  readonly name: string;
}

/** Renders the data set, slice by slice. The same seed gives the same pixels. */
export function* renderCohort(seed: string): Generator<PhantomImage> {
  const random = new Random(`${seed}/cohort`);
  let number = 0;
  for (const { split, patients, two, none } of SPLITS) {
    for (let i = 0; i < patients; i++) {
      const patient = drawPatient(
        {
          id: String(++number).padStart(ID_DIGITS, "0"),
          tumorCount: i < none ? 0 : i < none + two ? 2 : 1,
          kind: (i % 2) as TumorKind,
        },
        random,
      );
      for (const z of sliceHeights(patient, i % 2 === 0)) {
        const name = `${patient.id}_${Math.round(100 + 100 * z)}`;
        yield { split, name, ...renderSlice(patient, z, seed) };
      }
    }
  }
}

/**
 * Heights of a patient's slices, in half head widths above the middle of the brain.
 * @param withClear adds a slice above all tumors
 */
function sliceHeights({ tumors }: Patient, withClear: boolean): number[] {
  if (!tumors.length) return HEALTHY_HEIGHTS;
  const [{ center, radii }] = tumors;
  const heights = CUTS.map((cut) => center[2] + cut * radii[2]);
  const above =
    Math.max(...tumors.map((tumor) => tumor.center[2] + TUMOR_TOP * tumor.radii[2])) + CLEARANCE;
  return withClear ? [...heights, Math.min(HIGHEST, above)] : heights;
}
