/** Opens the data set of an earlier run, and splits it into the same parts. */
import { Dataset, openDataset } from "../data/dataset";
import type { RunManifest } from "../runs/run-manifest";

/** Number of missing images that an error names. */
const NAMED_IMAGES = 3;

export interface RunData {
  readonly dataset: Dataset;
  readonly train: Dataset;
  /** Null when the run had none. */
  readonly validation: Dataset | null;
}

/**
 * Opens the data set of a run, and splits it into the same training and validation images.
 * @param run the manifest or a checkpoint of the run
 * @param folder where the data set is now, if it has moved
 * @throws when the run does not record where its images were, when images of the run are missing,
 * and when the data set has errors
 */
export async function openRunData(
  run: Pick<RunManifest, "source" | "classNames" | "images">,
  folder = run.source?.folder,
): Promise<RunData> {
  const { source, classNames, images } = run;
  if (folder === undefined)
    throw new Error("the run does not record where its images were: name the folder with --data");
  const patientPattern = source?.patients ? new RegExp(source.patients) : undefined;
  const dataset = (
    await openDataset(folder, { patientPattern, classNames, ...source?.reading })
  ).requireValid();
  const present = new Set(dataset.images.map(({ id }) => id));
  const missing = [...images.train, ...images.validation].filter((id) => !present.has(id));
  if (missing.length)
    throw new Error(
      `${folder} lacks ${missing.length} images of the run (${missing.slice(0, NAMED_IMAGES).join(", ")}): name the folder that has them with --data`,
    );
  const part = (ids: readonly string[]) => {
    const idsOfPart = new Set(ids);
    return dataset.subset(({ id }) => idsOfPart.has(id));
  };
  return {
    dataset,
    train: part(images.train),
    validation: images.validation.length ? part(images.validation) : null,
  };
}
