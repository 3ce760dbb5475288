/**
 * Checks for patients with images in several splits: they make metrics too good. A detector that
 * was trained on some slices of a patient finds the lesions on the others too easily.
 */
import type { ImageRecord } from "../types";
import type { Problem } from "./checks";
import type { OverlapPolicy } from "./same-images";
import { splitKind } from "./splits";
import { groupBy } from "../util/group-by";

/** The patients in several splits. */
export interface SharedPatients {
  readonly problems: readonly Problem[];
  /** Training images that are left out. */
  readonly leftOut: readonly ImageRecord[];
}

/**
 * Finds the patients with images in splits of different use.
 * @param policy undefined refuses the data set: leaving out all training images of a patient is a
 * decision of the user
 */
export function patientsInSeveralSplits(
  images: readonly ImageRecord[],
  policy: OverlapPolicy = "error",
): SharedPatients {
  const withPatients = images.filter(({ patient }) => patient !== null);
  const byPatient = groupBy(withPatients, ({ patient }) => patient!);
  const problems: Problem[] = [];
  const leftOut: ImageRecord[] = [];
  for (const [patient, ofPatient] of byPatient) {
    const kinds = new Set(ofPatient.map(({ split }) => splitKind(split)));
    if (kinds.size < 2) continue;
    const splits = Array.from(new Set(ofPatient.map(({ split }) => split)));
    const file = ofPatient[0].id;
    const kind = "patients in two splits";
    const where = `patient ${patient} is in the splits ${splits.join(" and ")}`;
    const training = ofPatient.filter(({ split }) => splitKind(split) === "training");
    if (policy === "error")
      problems.push({
        severity: "error",
        file,
        kind,
        message: `${where}: move all images of a patient into one split, or use --overlap drop (leaves them out of training) or --overlap keep`,
      });
    else if (policy === "keep" || !training.length)
      problems.push({
        severity: "warning",
        file,
        kind,
        message: `${where}, and all its images are used: the metrics are too good`,
      });
    else {
      for (const image of training) leftOut.push(image);
      problems.push({
        severity: "warning",
        file: training[0].id,
        kind,
        leftOut: "image",
        count: training.length,
        message: `${where}: its ${training.length} training images are not used`,
      });
    }
  }
  return { problems, leftOut };
}
