/**
 * Scans with label maps: NIfTI files, and beside each patient's scans a file of the same voxels
 * whose numbers say what each voxel belongs to. Slices of a plane become images, and lesions become
 * boxes. Layouts: a folder for each patient (BraTS), `imagesTr` and `labelsTr` with `dataset.json`
 * (Medical Segmentation Decathlon, nnU-Net), and files with names such as `007.nii.gz` and
 * `007_seg.nii.gz`.
 */
import { filesIn, pathBelow } from "../../folders";
import { length, type Plane, subtract } from "../../volumes/geometry";
import { DEFAULT_PERCENTILES } from "../../volumes/volume";
import { gridDifference, openVoxels, type VoxelVolume } from "../../volumes/voxel-volume";
import type { DatasetFormat, FormatOptions, ListedImage, Listing, Recognition } from "../format";
import { FileProblems } from "../shared/file-problems";
import { type Case, findCases, type FoundCases, type Sequence } from "./cases";
import { chooseSlices } from "./choose-slices";
import type { LabelClass } from "./dataset-json";
import { findSequences, isLabelName, isScanName, preferredSequence } from "./label-names";
import { findLesions, type LesionOptions } from "./lesions";
import { CaseSlices } from "./case-slices";
import { ScanSlices } from "./scan-slices";
import { groupBy } from "../../../util/group-by";

/** Millimeters between slices that become images: closer ones show nearly the same. */
const SLICE_DISTANCE = 5;
/** Slices without a lesion that become images, of each scan. */
const LESION_FREE = 2;
/** Voxels that a lesion covers in a slice at least. */
const MIN_AREA = 10;
/** Name of the only class if nothing names the labels. */
const ONLY_CLASS = "lesion";

/** Scans with label maps. */
export const labelMaps: DatasetFormat = {
  name: "label-maps",
  expects:
    "NIfTI scans with a label map for each patient, such as seg.nii.gz in the patient's folder, or imagesTr and labelsTr",
  recognize,
  explain,
  read,
};

function recognize(folder: string): Promise<Recognition | null> {
  const { cases, evidence } = findCases(folder);
  return Promise.resolve(cases.length ? { confidence: "high", evidence } : null);
}

function explain(folder: string): Promise<string | null> {
  const scans = filesIn(folder, () => {}).filter(isScanName);
  if (!scans.length) return Promise.resolve(null);
  const labelMaps = scans.filter((path) => isLabelName(path));
  if (labelMaps.length)
    return Promise.resolve(
      `It has files that are called like label maps, such as ${pathBelow(folder, labelMaps[0])}, and none of them belongs to a scan: if a folder has several, give a part of the name of the one that counts with --label-map.`,
    );
  return Promise.resolve(
    `It has NIfTI scans, such as ${pathBelow(folder, scans[0])}, and no file whose name says that it is a label map; if there is one, give a part of its name with --label-map.`,
  );
}

/** What was counted while the cases were read. */
interface Counts {
  images: number;
  lesions: number;
  tooSmall: number;
}

async function read(root: string, options: FormatOptions): Promise<Listing> {
  const problems = new FileProblems(".");
  const found = findCases(root, options.labelMap, (severity, path, message) =>
    problems.report(severity, message, { file: pathBelow(root, path) }),
  );
  const { cases, description, withoutLabels } = found;
  if (!cases.length)
    throw new Error(
      `${root}: no scan with a label map was found. Looked for NIfTI files in imagesTr and labelsTr, and for a label map beside each scan, such as seg.nii.gz`,
    );
  for (const name of withoutLabels)
    problems.leaveOut(
      "scans without a label map",
      `${name} has no label map, or several, and none with the beginning of its name (--label-map chooses)`,
    );
  const unclear = cases.filter(({ patient }) => patient === null);
  if (unclear.length)
    problems.report(
      "warning",
      `the patients of ${unclear.length} of ${cases.length} scans are not clear, because folders in different folders have one name (${unclear[0].name}): name the patients with --patients PATTERN`,
    );
  const classes = classesOf(options, description?.classes ?? null);
  const classNames = classes?.map(({ name }) => name) ?? [ONLY_CLASS];
  if (options.classNames && options.classNames.length !== classNames.length)
    throw new Error(
      `the label maps have the classes ${classNames.join(", ")}: give a name for each of them with --classes, not ${options.classNames.join(", ")}; --labels makes classes of the values`,
    );
  const plane = options.plane ?? "axial";
  const counts: Counts = { images: 0, lesions: 0, tooSmall: 0 };
  const read: { readonly split: string; readonly images: readonly ListedImage[] }[] = [];
  const otherValues = new Set<number>();
  const chosen = new Map<string, number>();
  // One after the other: the voxels of a scan need much memory.
  for (const one of cases) {
    try {
      const sequences = chooseSequences(one, options.sequence);
      const lesionOptions = { plane, classes, minArea: options.minArea ?? MIN_AREA };
      const { images, lesions } = await readCase(one, { root, sequences, lesionOptions, options });
      read.push({ split: one.split, images });
      const names = sequences.map(({ name }) => name).join(" and ");
      chosen.set(names, (chosen.get(names) ?? 0) + 1);
      for (const value of lesions.otherValues) otherValues.add(value);
      counts.images += images.length;
      counts.lesions += lesions.count;
      counts.tooSmall += lesions.tooSmall;
    } catch (error) {
      const file = pathBelow(root, one.labelPath);
      problems.leaveOut("patients", `${one.name}: ${(error as Error).message}`, { file });
    }
  }
  return {
    splits: Array.from(
      groupBy(read, ({ split }) => split),
      ([name, parts]) => ({ name, place: root, images: parts.flatMap(({ images }) => images) }),
    ),
    classNames,
    channelNames: description?.channels ?? [],
    problems: problems.result(),
    notes: notesOf(found, { plane, counts, options, chosen, otherValues, classes }),
  };
}

/** The classes of the options, else of dataset.json; null if all labels are one class. */
function classesOf(
  { labels }: FormatOptions,
  described: readonly LabelClass[] | null,
): readonly LabelClass[] | null {
  return labels ? Object.entries(labels).map(([name, values]) => ({ name, values })) : described;
}

/**
 * The sequences of the options, or else the preferred one; the first is the one that images show.
 * @throws when the user names a sequence that the case does not have
 */
function chooseSequences({ sequences }: Case, wanted: FormatOptions["sequence"]): Sequence[] {
  const names = sequences.map(({ name }) => name);
  if (wanted === undefined) return [sequences[preferredSequence(names)]];
  const choice = findSequences(names, typeof wanted === "string" ? [wanted] : wanted);
  if ("message" in choice) throw new Error(choice.message);
  return choice.indices.map((index) => sequences[index]);
}

/** Finds the lesions of a case, and lists its slices. */
async function readCase(
  { patient, labelPath, sequences: all }: Case,
  context: {
    readonly root: string;
    /** The chosen ones; the first is the one that images show. */
    readonly sequences: readonly Sequence[];
    readonly lesionOptions: LesionOptions;
    readonly options: FormatOptions;
  },
) {
  const { root, sequences, lesionOptions, options } = context;
  const [sequence] = sequences;
  const { plane } = lesionOptions;
  const labels = await openVoxels(labelPath);
  const { timePoint, volumes } = sequence;
  const scan = await openVoxels(sequence.path, { timePoint, volumes });
  const difference = gridDifference(scan, labels);
  if (difference) throw new Error(`${difference}: the label map must have the voxels of the scan`);
  const lesions = await findLesions(labels, lesionOptions);
  const count = scan.counts[plane];
  const indices = chooseSlices({
    count,
    every: options.every ?? defaultStep(scan, plane),
    lesionFree: options.lesionFree ?? LESION_FREE,
    hasLesion: (index) => lesions.bySlice.has(index),
    isLesionFree: (index) => !lesions.reached.has(index),
  });
  const slices = new ScanSlices(scan, { ...sequence, plane });
  const ofCase = new CaseSlices({ sequences: all, shown: slices, plane });
  if (sequences.length > 1) await ofCase.check(sequences.map((chosen) => chosen.name));
  const digits = String(count - 1).length;
  const images = indices.map((index): ListedImage => ({
    path: sequence.path,
    part: `${plane}-${String(index).padStart(digits, "0")}`,
    decode: (decodeOptions) => ofCase.image(index, decodeOptions),
    labelPath,
    annotate: (picture) =>
      Promise.resolve({
        annotations: (lesions.bySlice.get(index) ?? []).map(({ box, classId, lesion }, i) => ({
          classId,
          box: slices.toPicture(box, picture),
          line: i + 1,
          lesion: `${pathBelow(root, labelPath)}#${lesion}`,
        })),
        ...(patient === null ? {} : { patient }),
        problems: [],
      }),
  }));
  return { images, lesions };
}

/** Slices from one image to the next, so that they are about `SLICE_DISTANCE` apart. */
function defaultStep(scan: VoxelVolume, plane: Plane): number {
  if (scan.counts[plane] < 2) return 1;
  const [first, second] = [0, 1].map((index) => scan.slice(plane, index).grid?.origin);
  if (!first || !second) return 1;
  return Math.max(1, Math.round(SLICE_DISTANCE / length(subtract(second, first))));
}

function notesOf(
  { description }: FoundCases,
  read: {
    readonly plane: Plane;
    readonly counts: Counts;
    readonly options: FormatOptions;
    readonly chosen: ReadonlyMap<string, number>;
    readonly otherValues: ReadonlySet<number>;
    readonly classes: readonly LabelClass[] | null;
  },
): string[] {
  const { plane, counts, options, chosen, otherValues, classes } = read;
  const sequences = Array.from(chosen, ([name, count]) => `${name} (${count} patients)`);
  const isSeveral = Array.isArray(options.sequence);
  const [low, high] = DEFAULT_PERCENTILES;
  const source = options.labels ? "--labels" : description?.classes ? "dataset.json" : null;
  const notes = [
    `${counts.images} ${plane} slices with ${counts.lesions} lesions; --plane, --every and --lesion-free choose others.`,
    isSeveral
      ? `The sequences for the channels are ${sequences.join(", ")}; pictures of slices show the first.`
      : `The slices show ${sequences.join(", ")}; --sequence chooses another sequence, or several as channels.`,
    `Values from the ${low} to the ${high} percentile of each scan become black to white, unless data.scanPercentiles says otherwise.`,
    source && classes
      ? `The classes are from ${source}: ${classes.map(({ name, values }) => `${name} (${values.join(", ")})`).join("; ")}.`
      : `Nothing names the labels, so all of them are one class, '${ONLY_CLASS}'; --labels names classes.`,
  ];
  if (counts.tooSmall)
    notes.push(
      `Parts of lesions that cover fewer than ${options.minArea ?? MIN_AREA} voxels of a slice were left out: ${counts.tooSmall}; --min-area changes the limit.`,
    );
  if (otherValues.size)
    notes.push(
      `Values of the label maps that belong to no class were ignored: ${Array.from(otherValues)
        .sort((a, b) => a - b)
        .join(", ")}.`,
    );
  return notes;
}
