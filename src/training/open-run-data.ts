/** The data of an earlier run, opened and parted as it was then. */
import { Dataset, openDataset } from "../data/dataset";
import type { RunManifest } from "../runs/run-manifest";

export interface RunData {
  readonly dataset: Dataset;
  readonly train: Dataset;
  /** Null when the run had none. */
  readonly validation: Dataset | null;
}

/**
 * Opens a run's data set and parts it into the same images.
 * @param folder where the data set is now, when it has moved Throws when the run does not say where
 * its images were, when some of them are gone, and when the data set has errors.
 */
export async function openRunData(
  { source, classNames, images }: Pick<RunManifest, "source" | "classNames" | "images">,
  folder = source?.folder,
): Promise<RunData> {
  if (folder === undefined)
    throw new Error("the run does not say where its images were: name the folder with --data");
  const patientPattern = source?.patients ? new RegExp(source.patients) : undefined;
  const dataset = (
    await openDataset(folder, { patientPattern, classNames, ...source?.reading })
  ).requireValid();
  const there = new Set(dataset.images.map(({ id }) => id));
  const gone = [...images.train, ...images.validation].filter((id) => !there.has(id));
  if (gone.length)
    throw new Error(
      `${folder} lacks ${gone.length} images of the run (${gone.slice(0, 3).join(", ")}): name the folder that has them with --data`,
    );
  const part = (ids: readonly string[]) => {
    const wanted = new Set(ids);
    return dataset.subset(({ id }) => wanted.has(id));
  };
  return {
    dataset,
    train: part(images.train),
    validation: images.validation.length ? part(images.validation) : null,
  };
}
