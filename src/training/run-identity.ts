/** The identity of a training run: a run can go on only from a checkpoint of the same identity. */
import type { Config } from "../config/index";
import { configDifferences } from "../config/differences";
import { contentHash } from "../data/content-hash";
import type { Dataset } from "../data/dataset";
import type { Detector } from "../detectors/detector";
import type { RunManifest } from "../runs/run-manifest";

/** Number of images that a message names. */
const NAMED_IMAGES = 3;

export interface RunIdentity {
  readonly config: Config;
  readonly classNames: readonly string[];
  /** Ids of the images of each part. */
  readonly images: RunManifest["images"];
  /** SHA-256 over the images and labels of both parts. */
  readonly dataHash: string;
}

/** A detector and the images that it is trained and validated on. */
export interface IdentifiedRun {
  readonly detector: Detector;
  readonly train: Dataset;
  readonly validation: Dataset | null;
}

/** The identity of a run. Reads all its images and labels. */
export async function identityOf(run: IdentifiedRun): Promise<RunIdentity> {
  const { detector, train, validation } = run;
  const ids = (part: Dataset | null) => part?.images.map(({ id }) => id) ?? [];
  return {
    config: detector.config,
    classNames: detector.classNames,
    images: { train: ids(train), validation: ids(validation) },
    dataHash: await contentHash([...train.images, ...(validation?.images ?? [])]),
  };
}

/**
 * Describes how two runs differ.
 * @param there the run of a checkpoint
 * @param here this run
 * @returns one sentence for each difference; none when one run can go on as the other
 */
export function describeDifferences(there: RunIdentity, here: RunIdentity): string[] {
  const sentences = configDifferences([there.config, here.config]).map(
    ({ field, values }) =>
      `${field} is ${values[0] || "not set"} there and ${values[1] || "not set"} here`,
  );
  if (there.classNames.join() !== here.classNames.join())
    sentences.push(
      `the classes are ${there.classNames.join(", ")} there and ${here.classNames.join(", ")} here`,
    );
  for (const part of ["train", "validation"] as const) {
    const difference = describeImages(there.images[part], here.images[part]);
    if (difference) sentences.push(`the ${part} images differ: ${difference}`);
  }
  if (!sentences.length && there.dataHash !== here.dataHash)
    sentences.push("images or labels have changed since: their SHA-256 differs");
  return sentences;
}

/** How two lists of images differ; null when they are equal. */
function describeImages(there: readonly string[], here: readonly string[]): string | null {
  if (there.join("\n") === here.join("\n")) return null;
  const onlyThere = there.filter((id) => !here.includes(id));
  const onlyHere = here.filter((id) => !there.includes(id));
  const examples = [...onlyThere, ...onlyHere].slice(0, NAMED_IMAGES).join(", ");
  const details = examples
    ? `${onlyThere.length} only there, ${onlyHere.length} only here (${examples})`
    : "their order differs";
  return `${there.length} there, ${here.length} here; ${details}`;
}
