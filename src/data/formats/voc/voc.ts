/**
 * Pascal VOC: an XML file for each image, beside the image or in a folder of its own, optionally
 * with lists of the splits in `ImageSets/Main`.
 */
import { basename, dirname, extname } from "path";
import { filesIn, pathBelow } from "../../folders";
import { stemOf } from "../../image-files";
import type { DatasetFormat, FormatOptions, Listing, Recognition } from "../format";
import { confidenceBesideYolo } from "../shared/beside-yolo";
import { numberOf } from "../shared/described-set";
import { FileProblems } from "../shared/file-problems";
import { imageFilesIn } from "../shared/find-files";
import { listImages } from "../shared/list-images";
import { describeFiles, unusableImage } from "./describe-files";
import { type ImageSet, readImageSets, setsOf } from "./image-sets";
import { readXmlFile, readXmlFiles, type VocFile, xmlFilesIn } from "./xml-files";

/** Files that are opened to recognize the format. */
const MAX_OPENED = 20;
/** A data set has an XML file for at least one image in this many. */
const MIN_SHARE = 2;

/** The Pascal VOC format, as its development kit describes it for object detection. */
export const voc: DatasetFormat = {
  name: "voc",
  expects:
    "Pascal VOC files, XML beside the images or in a folder such as Annotations, with <annotation> and <object> in them",
  recognize,
  read,
};

async function recognize(folder: string): Promise<Recognition | null> {
  const files = xmlFilesIn(folder);
  const opened = await Promise.all(files.slice(0, MAX_OPENED).map(readXmlFile));
  const first = opened.find((file) => file && !(file instanceof Error));
  if (!first || first instanceof Error) return null;
  const images = imageFilesIn(folder, () => {}).map((path) => stemOf(basename(path)));
  const stems = new Set(files.map((path) => stemOf(basename(path, extname(path)))));
  const annotated = images.filter((stem) => stems.has(stem)).length;
  const isForMost = annotated * MIN_SHARE >= images.length;
  const evidence = `${pathBelow(folder, first.path)} is a Pascal VOC file`;
  return { confidence: isForMost ? await confidenceBesideYolo(folder) : "medium", evidence };
}

async function read(root: string, options: FormatOptions): Promise<Listing> {
  const problems = new FileProblems(".");
  const { files, broken } = await readXmlFiles(root, problems);
  if (!files.length)
    throw new Error(
      `${root}: no Pascal VOC file was found, which is an XML file with <annotation> around <object>` +
        problems
          .result()
          .map(({ file, message }) => `\n${file}: ${message}`)
          .join(""),
    );
  const sets = await readImageSets(
    filesIn(root, () => {}),
    (path, message) => problems.report("error", message, { file: pathBelow(root, path) }),
  );
  reportNames(root, { files, sets, problems });
  const images = [
    ...describeFiles(root, { files, sets, options, problems }),
    ...broken.map((path) => ({ ...unusableImage(path), isLeftOut: true })),
  ];
  const classNames = new Set(
    images.flatMap(({ boxes }) => boxes.map(({ className }) => className)),
  );
  return listImages(
    root,
    {
      images,
      classNames: Array.from(classNames).sort(),
      unit: "object",
      placeOf: (file) => dirname(file),
      hasLostImages: false,
      problems: problems.result(),
      notes: difficultNotes(files, options),
    },
    options,
  );
}

/** Reports names in lists and files that do not belong together. */
function reportNames(
  root: string,
  context: {
    readonly files: readonly VocFile[];
    readonly sets: readonly ImageSet[];
    readonly problems: FileProblems;
  },
): void {
  const { files, sets, problems } = context;
  const others = files.filter(({ path, content: { fileName } }) => {
    const stem = stemOf(basename(path, extname(path)));
    return fileName !== null && stemOf(basename(fileName.replaceAll("\\", "/"))) !== stem;
  });
  const report = (message: string, named: readonly VocFile[], rest = "") => {
    const names = named.map(({ path }) => pathBelow(root, path));
    if (names.length) problems.report("warning", `${message}: ${numberOf(names)}${rest}`);
  };
  report(
    "XML files with a <filename> that is not their own name",
    others,
    "; the image with the name of the XML file is used, and <filename> only if there is none",
  );
  if (!sets.length) return;
  const listed = files.map(({ path }) => setsOf(path, sets));
  const loose = files.filter((_, i) => !listed[i].length);
  report("XML files that no list in ImageSets has were left out", loose);
  for (const set of sets) {
    const missing = set.names.size - listed.filter((found) => found.includes(set)).length;
    if (missing > 0)
      problems.report(
        "warning",
        `names that have no XML file were left out: ${missing} of ${set.names.size}`,
        { file: pathBelow(root, set.path) },
      );
  }
}

function difficultNotes(files: readonly VocFile[], { difficult }: FormatOptions): string[] {
  const objects = files.flatMap(({ content }) => content.objects);
  const count = objects.filter(({ isDifficult }) => isDifficult).length;
  if (!count) return [];
  return [
    difficult === "leave-out"
      ? `${count} objects that are marked as difficult were left out.`
      : `${count} objects are marked as difficult and are used like all others; the option 'difficult' with the value leave-out leaves them out.`,
  ];
}
