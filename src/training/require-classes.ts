/** Checks that a detector has the classes of its training images. */
import type { Dataset } from "../data/dataset";
import type { Detector } from "../detectors/detector";

/**
 * Checks that the detector has at least as many classes as the data set: it cannot learn the
 * others.
 * @throws with the classes of both when it has fewer
 */
export function requireEnoughClasses(
  { classNames }: Pick<Detector, "classNames">,
  train: Pick<Dataset, "classNames">,
): void {
  if (classNames.length >= train.classNames.length) return;
  const [known, trained] = [classNames, train.classNames].map((names) => names.join(", "));
  throw new Error(
    `the detector has the classes ${known}, and the training images have ${trained}: create it with the classNames of the data set`,
  );
}
