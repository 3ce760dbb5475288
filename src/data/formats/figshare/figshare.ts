/**
 * The brain tumor set of figshare (Cheng, doi:10.6084/m9.figshare.1512427): 3,064 slices
 * of 233 patients, each in a MATLAB 7.3 file with the structure `cjdata`.
 */
import { basename, extname } from "path";
import type { GreyImage } from "../../../types";
import { AnnotationCollector } from "../../annotation-collector";
import type { Problem } from "../../checks";
import { filesIn, pathBelow } from "../../folders";
import { UnreadableFile } from "../../read-file";
import { percentileWindow, toGrey } from "../../volumes/grey-window";
import type {
  AnnotationContext,
  DatasetFormat,
  FormatOptions,
  ImageAnnotations,
  ListedImage,
  Listing,
  Recognition,
} from "../format";
import { type Region, regionsOf } from "../masks/regions";
import { containsAll } from "../shared/annotation-files";
import { ONLY_SPLIT, splitInFolders } from "../shared/split-names";
import { readImage, readLabels, type TumorLabels } from "./mat-file";

/** The classes of the labels 1, 2 and 3. */
const CLASSES = ["meningioma", "glioma", "pituitary tumor"];
/** Percentiles of an image's values that become black and white. */
const PERCENTILES = [0.5, 99.5] as const;
/** Texts in every file of the set: the beginning of the header, and the structure. */
const MATLAB = "MATLAB 7.3 MAT-file";
const STRUCTURE = "cjdata";
/** The names of the slices in the set. */
const SLICE_NAME = /^\d+\.mat$/i;
/** Files that are opened to recognize the format. */
const MAX_OPENED = 20;

/** The brain tumor set of figshare. */
export const figshare: DatasetFormat = {
  name: "figshare",
  expects: "the MATLAB 7.3 files of figshare's brain tumor set, such as 1.mat, with cjdata in them",
  recognize,
  explain,
  read,
};

async function recognize(folder: string): Promise<Recognition | null> {
  for (const file of matFilesIn(folder).slice(0, MAX_OPENED))
    if (await containsAll(file, [MATLAB, STRUCTURE]))
      return {
        confidence: "high",
        evidence: `${pathBelow(folder, file)} has the structure cjdata`,
      };
  return null;
}

async function explain(folder: string): Promise<string | null> {
  const [file] = matFilesIn(folder);
  if (file === undefined) return null;
  const isNew = await containsAll(file, [MATLAB]);
  const reason = isNew ? "has no structure cjdata" : "is not a MATLAB 7.3 file";
  return `The file ${pathBelow(folder, file)} ${reason}.`;
}

function matFilesIn(root: string): string[] {
  return filesIn(root, () => {}).filter((path) => extname(path).toLowerCase() === ".mat");
}

async function read(root: string, options: FormatOptions): Promise<Listing> {
  const files: string[] = [];
  const problems: Problem[] = [];
  for (const file of matFilesIn(root)) {
    if (await containsAll(file, [STRUCTURE])) files.push(file);
    // The set also has cvind.mat, which is not a slice.
    else if (SLICE_NAME.test(basename(file)))
      problems.push({
        severity: "warning",
        file: pathBelow(root, file),
        message: `it has no structure ${STRUCTURE} and was left out: if it is a slice, it is damaged or cut short, so get it again`,
      });
  }
  if (!files.length)
    throw new Error(
      `${root}: no file of the brain tumor set was found, which is a MATLAB 7.3 file with cjdata`,
    );
  const { classNames = CLASSES } = options;
  if (classNames.length !== CLASSES.length)
    throw new Error(
      `the set has the classes ${CLASSES.join(", ")}: give a name for each of them, not ${classNames.join(", ")}`,
    );
  const splits = new Map<string, ListedImage[]>();
  for (const path of files) {
    const split = splitInFolders(pathBelow(root, path)) ?? ONLY_SPLIT;
    const images = splits.get(split) ?? [];
    images.push(listedImage(path, { file: pathBelow(root, path), options }));
    splits.set(split, images);
  }
  return {
    splits: Array.from(splits, ([name, images]) => ({ name, place: root, images })),
    classNames: CLASSES,
    problems,
    notes: [],
  };
}

/** What reading the annotations of a file needs. */
interface FileContext {
  /** Path below the data set's folder. */
  readonly file: string;
  readonly options: FormatOptions;
}

function listedImage(path: string, context: FileContext): ListedImage {
  return {
    path,
    labelPath: path,
    decode: () => decode(path),
    annotate: (size) => annotate(path, { ...context, ...size }),
  };
}

/** The image of a file in 8 bits. */
async function decode(path: string): Promise<GreyImage> {
  const { width, height, values } = await readImage(path);
  return { width, height, pixels: toGrey(values, percentileWindow(values, PERCENTILES)) };
}

/** The boxes of the regions in the mask. All have the class of the file. */
async function annotate(
  path: string,
  context: FileContext & Pick<AnnotationContext, "width" | "height">,
): Promise<ImageAnnotations> {
  const { width, height, options, file } = context;
  const unusable = (message: string): ImageAnnotations => ({
    annotations: [],
    problems: [{ severity: "warning", file, message: `${message}: it was left out` }],
    isUsable: false,
  });
  let labels: TumorLabels;
  try {
    labels = await readLabels(path);
  } catch (error) {
    if (!(error instanceof UnreadableFile)) throw error;
    return unusable(`its annotations cannot be read (${error.message})`);
  }
  const { label, patient, mask } = labels;
  if (!Object.hasOwn(CLASSES, label - 1))
    return unusable(`its label is ${label}, and not 1, 2 or 3`);
  if (patient === null) return unusable("it has no patient");
  if (mask.width !== width || mask.height !== height)
    return unusable(
      `its mask has ${mask.width} x ${mask.height} pixels, and its image ${width} x ${height}`,
    );
  if (mask.values.some((value) => value !== 0 && value !== 1))
    return unusable("its mask has values that are not 0 or 1");
  let regions: Region[];
  try {
    regions = regionsOf(mask.values, { width, height, regionValues: [1] });
  } catch (error) {
    if (!(error instanceof UnreadableFile)) throw error;
    return unusable(`its mask cannot be used (${error.message})`);
  }
  const { minArea = 1 } = options;
  const collector = new AnnotationCollector({ width, height, file, unit: "region" });
  regions.forEach(({ area, box }, i) => {
    if (area >= minArea) collector.add({ classId: label - 1, box, line: i + 1 });
  });
  const { annotations, problems } = collector.result();
  if (!annotations.length)
    return unusable(
      regions.length ? `its regions have fewer than ${minArea} pixels` : "its mask is empty",
    );
  return { annotations, patient, problems };
}
