/** The synthetic data set: its patients, their tumors, their slices, and the splits. */
import { Random } from "../../util/random";
import type { Arrangement, TumorPlan } from "./draw-tumors";
import type { TumorLook } from "./look";
import { drawPatient, type Patient } from "./patient";
import { READERS } from "./reader";
import { type PhantomSlice, renderSlice } from "./slice";
import type { TumorKind } from "./tumor";

/** Names of the classes, by class index. */
export const PHANTOM_CLASSES = ["ring-enhancing", "solid-enhancing"] as const;

/** Number of the patient of the synthetic scan, whom the data set leaves out. */
const SCAN_PATIENT = 31;

/** The patients of each split, in the order of their numbers: how many have which tumors. */
const SPLITS: readonly {
  readonly split: string;
  readonly patients: readonly (readonly [Arrangement, number])[];
}[] = [
  {
    split: "train",
    patients: [
      ["none", 2],
      ["two", 3],
      ["touching", 2],
      ["one", 12],
    ],
  },
  {
    split: "val",
    patients: [
      ["none", 1],
      ["two", 1],
      ["one", 3],
    ],
  },
  {
    split: "test",
    patients: [
      ["none", 1],
      ["two", 2],
      ["touching", 2],
      ["one", 7],
      ["none", 1],
    ],
  },
];

/**
 * The looks of the tumors of a split's patients, in this order again and again. Their number has no
 * factor in common with the number of classes and of readers, so that all combinations occur.
 */
const LOOK_ORDER: readonly TumorLook[] = ["clear", "small", "clear", "faint", "atypical"];

/**
 * Heights of the slices through a tumor: ranges of the distance from its center, in its vertical
 * radii. The first and the last slice can cut the tumor's caps.
 */
const CUTS = [
  [-0.9, -0.5],
  [-0.35, -0.1],
  [0.05, 0.3],
  [0.5, 0.9],
] as const;
/** Two slices of a patient are at least this far apart: 2 mm in a head that is 150 mm wide. */
const MIN_SLICE_DISTANCE = 0.027;
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
  for (const { split, patients } of SPLITS) {
    const arrangements = patients.flatMap(([arrangement, count]) =>
      Array<Arrangement>(count).fill(arrangement),
    );
    for (const [i, arrangement] of arrangements.entries()) {
      number++;
      const id = String(number < SCAN_PATIENT ? number : number + 1).padStart(ID_DIGITS, "0");
      const plan: TumorPlan = {
        arrangement,
        kind: (i % PHANTOM_CLASSES.length) as TumorKind,
        look: LOOK_ORDER[(i + LOOK_ORDER.length - 1) % LOOK_ORDER.length],
      };
      const patient = drawPatient({ id, reader: READERS[i % READERS.length], plan }, random);
      for (const z of sliceHeights(patient, i % 2 === 0, random)) {
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
function sliceHeights({ tumors }: Patient, withClear: boolean, random: Random): number[] {
  if (!tumors.length) return HEALTHY_HEIGHTS;
  const [{ center, radii }] = tumors;
  const heights: number[] = [];
  for (const range of CUTS) {
    const height = center[2] + random.uniform(...range) * radii[2];
    if (!heights.length || height - heights[heights.length - 1] >= MIN_SLICE_DISTANCE)
      heights.push(height);
  }
  const above =
    Math.max(...tumors.map((tumor) => tumor.center[2] + TUMOR_TOP * tumor.radii[2])) + CLEARANCE;
  return withClear ? [...heights, Math.min(HIGHEST, above)] : heights;
}
