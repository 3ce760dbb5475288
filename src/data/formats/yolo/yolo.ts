/**
 * YOLO: a folder of images and, beside it, a folder of label files with the same names; optionally
 * a data.yaml with the class names and the folders of the splits.
 */
import { extname } from "path";
import { fault, type Problem } from "../../checks";
import { filesIn, pathBelow, isFolder, type Report } from "../../folders";
import { UnreadableFile, readText } from "../../read-file";
import type {
  AnnotationContext,
  DatasetFormat,
  ImageAnnotations,
  ListedImage,
  Listing,
  Recognition,
} from "../format";
import { darknetPath } from "./darknet";
import { MAX_LABEL_BYTES, parseLabels } from "./labels";
import { dataYamlPath, EXPECTED_FILES, findLayout, splitsInFolders } from "./layouts";
import type { SplitFolders } from "./split-folders";
import { listSplit, type Match, matchLabels, nameClashes } from "./split-files";

/** The YOLO format, as Ultralytics describes it for detection. */
export const yolo: DatasetFormat = {
  name: "yolo",
  expects: EXPECTED_FILES,
  recognize: (folder) => Promise.resolve(recognize(folder)),
  read,
};

function recognize(folder: string): Recognition | null {
  const yaml = dataYamlPath(folder);
  if (yaml !== null) return { confidence: "high", evidence: `it has a ${pathBelow(folder, yaml)}` };
  const darknet = darknetPath(folder);
  if (darknet !== null)
    return { confidence: "high", evidence: `it has a ${pathBelow(folder, darknet)}` };
  const splits = splitsInFolders(folder, () => {});
  const labelled = splits.find(({ labels }) => mayHaveLabels(labels));
  if (labelled) {
    const [labels, images] = [labelled.labels, labelled.images].map((path) =>
      pathBelow(folder, path),
    );
    return { confidence: "high", evidence: `${labels} is beside ${images}` };
  }
  if (!splits.length) return null;
  const images = pathBelow(folder, splits[0].images);
  return { confidence: "low", evidence: `it has the folder ${images}, but no folder of labels` };
}

/** Whether a folder has label files or is empty. One with other files is of another format. */
function mayHaveLabels(folder: string): boolean {
  if (!isFolder(folder)) return false;
  const files = filesIn(folder, () => {});
  return !files.length || files.some((path) => extname(path).toLowerCase() === ".txt");
}

async function read(root: string): Promise<Listing> {
  const layout = await findLayout(root);
  const problems: Problem[] = [...layout.problems];
  const report: Report = (severity, path, message) => {
    problems.push({ severity, file: pathBelow(root, path), message });
  };
  const { classNames, notes } = layout;
  const splits = layout.splits.map((folders) => ({
    name: folders.split,
    place: folders.list?.path ?? folders.images,
    images: listImages(root, folders, { report, hasKeypoints: layout.hasKeypoints }),
  }));
  return { splits, classNames, problems, notes };
}

/** The images of a split with their label files. Reports what is wrong with the names of both. */
function listImages(
  root: string,
  folders: SplitFolders,
  { report, hasKeypoints }: { readonly report: Report; readonly hasKeypoints: boolean },
): ListedImage[] {
  const files = listSplit(root, folders, report);
  for (const path of files.unread)
    report(
      "warning",
      path,
      `${extname(path)} files are not read, so it was left out: convert it to PNG`,
    );
  const { matches, orphans } = matchLabels(files);
  for (const path of orphans)
    report(
      "warning",
      path,
      "there is no image of this name, so it was left out: add the image or remove the label file",
    );
  for (const { path, message } of nameClashes(files)) report("warning", path, message);
  // Not if the folder of labels is missing, which was reported once.
  const isLabelExpected = files.labels !== null;
  const names = folders.list ? namesInList(root, files.images) : null;
  return files.images.map((path, i) => {
    const match = matches.get(path);
    return {
      path,
      ...(names ? { name: names[i] } : {}),
      labelPath: match?.label ?? null,
      annotate: (context) =>
        match
          ? readLabels(root, match, { ...context, hasKeypoints })
          : Promise.resolve(withoutLabels(isLabelExpected ? pathBelow(root, path) : null)),
    };
  });
}

/** The paths of listed images without the folders that all of them are in, and without endings. */
function namesInList(root: string, images: readonly string[]): string[] {
  const paths = images.map((path) => pathBelow(root, path).split("/"));
  let common = 0;
  const isCommon = (part: string | undefined) =>
    part !== undefined &&
    paths.every((parts) => parts.length > common + 1 && parts[common] === part);
  while (isCommon(paths[0]?.[common])) common++;
  return paths.map((parts) =>
    parts
      .slice(common)
      .join("/")
      .replace(/\.[^./]+$/, ""),
  );
}

/**
 * The annotations of an image without a label file.
 * @param id the image that a warning is given for; null for none
 */
function withoutLabels(id: string | null): ImageAnnotations {
  if (id === null) return { annotations: [], problems: [] };
  const message =
    "it has no label file and counts as an image without boxes: add an empty one if it has no boxes";
  return { annotations: [], problems: [{ severity: "warning", file: id, message }] };
}

/**
 * The boxes of a label file. A label file that cannot be read is an error, so that its image never
 * counts as an image without boxes.
 */
async function readLabels(
  root: string,
  { label, isByCase }: Match,
  context: AnnotationContext & { readonly hasKeypoints: boolean },
): Promise<ImageAnnotations> {
  const file = pathBelow(root, label);
  try {
    const { problems, ...parsed } = parseLabels(await readText(label, MAX_LABEL_BYTES), {
      ...context,
      file,
    });
    if (!parsed.isUsable)
      problems.push(
        fault("image", {
          file,
          kind: "label files without a line that can be used",
          message:
            "none of its lines can be used, and without boxes its image would count as an image without lesions: correct the file, or empty it",
        }),
      );
    if (!isByCase) return { ...parsed, problems };
    const message =
      "its name differs from the image's name in case, which is another name on Linux: rename it";
    return { ...parsed, problems: [...problems, { severity: "warning", file, message }] };
  } catch (error) {
    if (!(error instanceof UnreadableFile)) throw error;
    const message = `the labels cannot be read (${error.message}): write the file again, or remove it`;
    const line = error.line === undefined ? {} : { line: error.line };
    return { annotations: [], problems: [{ severity: "error", file, message, ...line }] };
  }
}
