/**
 * The patients of the synthetic sample: who has which tumors, which slices are kept, and who is in
 * which split.
 */
import { Random } from "../../util/random";
import { drawPatient, Patient, TumorKind } from "./patient";
import { PhantomSlice, renderSlice } from "./slice";

export const PHANTOM_CLASSES = ["ring-enhancing", "solid-enhancing"] as const;

/** Patients of each split, and how many of them have two tumors and none. */
const SPLITS = [
  { split: "train", patients: 19, two: 4, none: 2 },
  { split: "val", patients: 5, two: 1, none: 1 },
  { split: "test", patients: 6, two: 1, none: 1 },
] as const;

/** Slices through a tumor, in its own heights from its middle. */
const CUTS = [-0.55, -0.2, 0.15, 0.5];
/**
 * How far above everything the slice without tumor lies, and the slices of patients without any.
 */
const CLEAR = 0.1;
const HEALTHY_HEIGHTS = [0.1, 0.3, 0.5];

export interface PhantomImage extends PhantomSlice {
  readonly split: string;
  /** `PATIENT_SLICE`, without ending. */
  readonly name: string;
}

/** Renders the sample, slice by slice; the same for the same seed. */
export function* renderCohort(seed: string): Generator<PhantomImage> {
  const random = new Random(`${seed}/cohort`);
  let number = 0;
  for (const { split, patients, two, none } of SPLITS) {
    for (let i = 0; i < patients; i++) {
      const tumors = i < none ? 0 : i < none + two ? 2 : 1;
      const patient = drawPatient(
        String(++number).padStart(3, "0"),
        tumors,
        (i % 2) as TumorKind,
        random,
      );
      for (const z of sliceHeights(patient, i % 2 === 0)) {
        const name = `${patient.id}_${Math.round(100 + 100 * z)}`;
        yield { split, name, ...renderSlice(patient, z, seed) };
      }
    }
  }
}

function sliceHeights({ tumors }: Patient, withClear: boolean): number[] {
  if (!tumors.length) return HEALTHY_HEIGHTS;
  const [{ center, radii }] = tumors;
  const heights = CUTS.map((cut) => center[2] + cut * radii[2]);
  const above = Math.max(...tumors.map((tumor) => tumor.center[2] + 1.2 * tumor.radii[2])) + CLEAR;
  return withClear ? [...heights, Math.min(0.78, above)] : heights;
}
