/** The identity of a training run: a run can go on only from a checkpoint of the same identity. */
import type { Config } from "../config/index";
import { configDifferences } from "../config/differences";
import { contentHash } from "../data/content-hash";
import type { Dataset } from "../data/dataset";
import { fingerprintText } from "../data/fingerprint";
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
  /** As in the manifest; missing if the images were not read from a data set's folder. */
  readonly fingerprints?: RunManifest["fingerprints"];
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
  const fingerprints = { train: fingerprintsOf(train), validation: fingerprintsOf(validation) };
  return {
    config: withRange(detector.config, train),
    classNames: detector.classNames,
    images: { train: ids(train), validation: ids(validation) },
    dataHash: await contentHash([...train.images, ...(validation?.images ?? [])]),
    ...(fingerprints.train && fingerprints.validation
      ? { fingerprints: { train: fingerprints.train, validation: fingerprints.validation } }
      : {}),
  };
}

/** The configuration with the range of the training images, unless it has one or they need none. */
export function withRange(config: Config, { valueRange }: Dataset): Config {
  const { data } = config;
  return { ...config, data: { ...data, valueRange: data.valueRange ?? valueRange } };
}

/** The fingerprints of the images; null if one has none. */
function fingerprintsOf(part: Dataset | null): string[] | null {
  const texts = (part?.images ?? []).map(
    ({ fingerprint }) => fingerprint && fingerprintText(fingerprint),
  );
  return texts.every((text): text is string => text !== undefined) ? texts : null;
}

/**
 * Describes how two runs differ.
 * @param stored the run of a checkpoint
 * @param current this run
 * @returns one sentence for each difference; none when one run can go on as the other
 */
export function describeDifferences(stored: RunIdentity, current: RunIdentity): string[] {
  const sentences = configDifferences([stored.config, current.config]).map(
    ({ field, values }) =>
      `${field} is ${values[0] || "not set"} in the checkpoint and ${values[1] || "not set"} here`,
  );
  if (stored.classNames.join() !== current.classNames.join())
    sentences.push(
      `the classes are ${stored.classNames.join(", ")} in the checkpoint and ${current.classNames.join(", ")} here`,
    );
  for (const part of ["train", "validation"] as const) {
    const difference = describeImages(stored.images[part], current.images[part]);
    if (difference) sentences.push(`the ${part} images differ: ${difference}`);
  }
  if (!sentences.length && stored.dataHash !== current.dataHash)
    sentences.push("images or labels have changed since the checkpoint: their SHA-256 differs");
  return sentences;
}

/** How two lists of images differ; null when they are equal. */
function describeImages(stored: readonly string[], current: readonly string[]): string | null {
  if (stored.join("\n") === current.join("\n")) return null;
  const onlyStored = stored.filter((id) => !current.includes(id));
  const onlyCurrent = current.filter((id) => !stored.includes(id));
  const examples = [...onlyStored, ...onlyCurrent].slice(0, NAMED_IMAGES).join(", ");
  const details = examples
    ? `${onlyStored.length} only in the checkpoint, ${onlyCurrent.length} only here (${examples})`
    : "their order differs";
  return `${stored.length} in the checkpoint, ${current.length} here; ${details}`;
}
