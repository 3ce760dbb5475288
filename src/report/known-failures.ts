/** The failures of a detector in sentences, for the model card and the report. */
import type { Evaluation } from "../metrics/evaluate";
import { unitsText } from "../metrics/images-by-patient";
import { metricText } from "../metrics/metric-text";
import type { MissCauses } from "../metrics/missed-boxes";

/** With fewer patients the intervals are too narrow. */
const FEW_PATIENTS = 20;

/** The results that failures are read from. */
export interface FailureInput {
  readonly evaluation: Evaluation;
  /** Null for a detector without two stages. */
  readonly stages: MissCauses | null;
}

/** One sentence for each kind of failure on the evaluated images. */
export function knownFailures({ evaluation, stages }: FailureInput): string[] {
  const { counts, metrics, reliability } = evaluation;
  const calibration = reliability.ece?.toFixed(3);
  return [
    `${counts.missed} of ${metrics.boxes} tumors are missed, and ${counts.falsePositives} boxes are false positives, at score ${counts.scoreThreshold.toFixed(3)}.`,
    ...missCauseSentences(stages),
    ...patientSentences(evaluation),
    ...sizeSentences(evaluation),
    ...(calibration
      ? [`A score is off by ${calibration} on average (expected calibration error).`]
      : []),
    ...sampleSentences(evaluation),
    "The data has no other scanners, sequences and kinds of tumors: expect worse results on them.",
  ];
}

function missCauseSentences(stages: MissCauses | null): string[] {
  const causes = (stages?.costs ?? [])
    .filter(({ count }) => count)
    .sort((a, b) => b.ap - a.ap || b.count - a.count)
    .map(({ name, count, ap }) => `${count} ${name} (costs ${ap.toFixed(3)} of AP50)`);
  return causes.length ? [`Causes of the misses: ${causes.join("; ")}.`] : [];
}

function patientSentences({ patients }: Evaluation): string[] {
  const incomplete = patients.patients
    .filter(({ boxes, found }) => found < boxes)
    .map(({ patient, found, boxes }) => `${patient} (${found} of ${boxes} found)`);
  return incomplete.length ? [`Patients with a missed tumor: ${incomplete.join(", ")}.`] : [];
}

function sizeSentences({ metrics }: Evaluation): string[] {
  const { APsmall, APmedium, APlarge } = metrics.classAgnostic;
  const bySize = Object.entries({
    "under 32²": APsmall,
    "from 32² to 96²": APmedium,
    "over 96²": APlarge,
  })
    .filter(([, ap]) => ap !== null)
    .map(([size, ap]) => `${metricText(ap)} ${size}`);
  return bySize.length > 1 ? [`AP by area in pixels: ${bySize.join(", ")}.`] : [];
}

function sampleSentences({ intervals }: Evaluation): string[] {
  if (intervals.patients >= FEW_PATIENTS) return [];
  const [verb, consequence] =
    intervals.patients === 1
      ? ["was", "there are no intervals"]
      : ["were", "the intervals are too narrow"];
  return [
    `Only ${unitsText(intervals)} ${verb} evaluated: ${consequence}, and rare kinds of tumors are missing.`,
  ];
}
