/** Opens the data set of an earlier run, and splits it into the same parts. */
import { placesOf } from "../data/class-names";
import { Dataset, openDataset } from "../data/dataset";
import { RunImages } from "../data/run-images";
import { recordedOptions, type RunManifest } from "../runs/run-manifest";
import type { ImageRecord } from "../types";

/** Number of missing images that an error names. */
const NAMED_IMAGES = 3;

export interface RunData {
  readonly dataset: Dataset;
  readonly train: Dataset;
  /** Null when the run had none. */
  readonly validation: Dataset | null;
}

/** What a run records of its data. */
type RecordedData = Pick<
  RunManifest,
  "source" | "classNames" | "images" | "fingerprints" | "dataHash"
>;

/**
 * Opens the data set of a run, and splits it into the same training and validation images. They are
 * recognized by their content, so that folders and files may have other names by now.
 * @param run the manifest or a checkpoint of the run
 * @param folder where the data set is now, if it has moved
 * @throws when the run does not record where its images were, when images of the run are missing,
 * and when the data set has errors or other classes
 */
export async function openRunData(
  run: RecordedData,
  folder = run.source?.folder,
): Promise<RunData> {
  if (folder === undefined)
    throw new Error("the run does not record where its images were: name the folder with --data");
  const dataset = (await openWithClasses(run, folder)).requireValid();
  const recognized = await RunImages.of(run, dataset);
  const byId = new Map(
    [...dataset.leftOutImages, ...dataset.images].map((image) => [image.id, image]),
  );
  const [train, validation] = (["train", "validation"] as const).map(
    (part): (ImageRecord | null)[] =>
      recognized
        ? recognized.recordsOf(part, dataset)
        : run.images[part].map((id) => byId.get(id) ?? null),
  );
  const ids = [...run.images.train, ...run.images.validation];
  const missing = ids.filter((_, i) => [...train, ...validation][i] === null);
  if (missing.length)
    throw new Error(
      `${folder} lacks ${missing.length} images of the run (${missing.slice(0, NAMED_IMAGES).join(", ")}): name the folder that has them with --data`,
    );
  const part = (records: readonly (ImageRecord | null)[]) =>
    dataset.withImages(records.filter((record): record is ImageRecord => record !== null));
  return {
    dataset,
    train: part(train),
    validation: validation.length ? part(validation) : null,
  };
}

/** Opens a data set with the options of a run, and with the run's class indices. */
async function openWithClasses(
  { source, classNames }: Pick<RunManifest, "source" | "classNames">,
  folder: string,
): Promise<Dataset> {
  const options = recordedOptions(source);
  const dataset = await openDataset(folder, options);
  if (dataset.classNames.join() === classNames.join()) return dataset;
  const places = placesOf(dataset.classNames, classNames);
  const indices = places.filter((place): place is number => place !== null);
  if (indices.length === places.length) return dataset.withClasses(classNames, indices);
  // Early runs do not record that the option --classes named the classes.
  if (!source?.reading) return openDataset(folder, { ...options, classNames });
  throw new Error(
    `${folder} has the classes ${dataset.classNames.join(", ")}, and the run has ${classNames.join(", ")}: name the folder that it was trained on with --data`,
  );
}
