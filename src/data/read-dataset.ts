/**
 * Reads a data set and checks all of it before anything is trained. Each image and each label file
 * is opened once. This is the part that all formats share; what differs between them is in
 * `formats/`.
 */
import type { ImageRecord } from "../types";
import { inParallel } from "../util/in-parallel";
import { definedFields } from "../util/record";
import { cellProgress } from "../util/running-cell";
import { CheckedImages } from "./checked-images";
import { type Problem, shortened } from "./checks";
import { chooseClasses } from "./chosen-classes";
import { changeAnnotations, changeClasses, type ClassChanges } from "./class-map";
import { numberedClasses } from "./class-names";
import { pathBelow, type Report } from "./folders";
import type { DatasetFormat, FormatOptions } from "./formats/format";
import { csv } from "./formats/csv/csv";
import { impliedFormat } from "./formats/implied-format";
import { chooseFormat, FORMATS } from "./formats/registry";
import { withGroups } from "./groups";
import { backgroundSuggestions } from "./health/background-class";
import { patientsInSeveralSplits } from "./leakage";
import { assignPatients, type AssignedPatients } from "./patients/assign-patients";
import { columnOfPatients, type PatientChoice } from "./patients/choice";
import { PATIENTS_FILE, readPatients } from "./patients-file";
import { shareRange } from "./pixels/value-range";
import { leftOutText, noImageText } from "./problem-summary";
import { type ImageResult, nameBelow, readImage, type SplitImage } from "./read-image";
import { findSameImages, type OverlapPolicy, type SameImage } from "./same-images";
import { splitNameWarning } from "./splits";
import { systematicFaults } from "./systematic-faults";

/** How a data set is read. */
export interface ReadOptions extends FormatOptions, ClassChanges {
  /**
   * Where the patients are found: see `PatientChoice`. By default they are those that the format
   * stores, or else a guess from folders and file names.
   */
  readonly patients?: PatientChoice;
  /** Name of the format, for example `yolo`; by default the one that fits the folder best. */
  readonly format?: string;
  /**
   * What to do with an image, or a patient, that is in training and in another split. By default an
   * image is left out of training (`drop`), and a patient is an error.
   */
  readonly overlap?: OverlapPolicy;
  /** Makes errors of faults that are left out otherwise. */
  readonly strict?: boolean;
  /** Called after each image that was read. */
  readonly onProgress?: (progress: { readonly done: number; readonly total: number }) => void;
}

/** The options that a data set must be opened with again, apart from its patients. */
export type FormatChoice = Omit<ReadOptions, "patients" | "strict" | "onProgress">;

/** The choices in the options; undefined if they have none. */
export function formatChoice(options: ReadOptions): FormatChoice | undefined {
  const { patients: _patients, strict: _strict, onProgress: _onProgress, ...choice } = options;
  // As run.json stores it, which has no undefined values.
  const given = definedFields(choice);
  return Object.keys(given).length ? given : undefined;
}

/** What was recognized in a data set's folder, in sentences for people to read. */
export interface Evidence {
  /** Which format was read and why, and what the format adds. */
  readonly format: readonly string[];
  /** Where the patients come from, or why they are unknown. */
  readonly patients: string;
}

/** What was read from a data set's folder. */
export interface ReadResult {
  /** Name of the format. */
  readonly format: string;
  readonly images: readonly ImageRecord[];
  /** Images that are not used, because they are in the data set twice. */
  readonly leftOutImages: readonly ImageRecord[];
  /** Images that are in the data set twice. */
  readonly sameImages: readonly SameImage[];
  /** By class index. */
  readonly classNames: readonly string[];
  /** Of scans, by number; empty if the files do not have them. */
  readonly channelNames: readonly string[];
  /** Errors before warnings, then by file and line. */
  readonly problems: readonly Problem[];
  readonly evidence: Evidence;
  /** Remarks that are not problems: the evidence, suggestions, and what was left out. */
  readonly notes: readonly string[];
}

/**
 * Reads and checks the data set in a folder.
 * @param root the data set's folder
 * @param options how it is read
 * @param formats the formats to choose from
 * @throws when no format fits the folder, no image is found, or an option names classes that the
 * data set does not have; everything else is a problem in the result
 */
export async function readDataset(
  root: string,
  options: ReadOptions = {},
  formats: readonly DatasetFormat[] = FORMATS,
): Promise<ReadResult> {
  const implied = options.format === undefined ? impliedFormat(options) : null;
  const { format, ...chosen } = await chooseFormat(root, implied?.name ?? options.format, formats);
  const evidence = implied?.evidence ?? chosen.evidence;
  const column = format.name === csv.name ? columnOfPatients(options.patients) : null;
  const columns = column === null ? options.columns : { ...options.columns, patient: column };
  const listing = await format.read(root, { ...options, columns });
  const problems: Problem[] = [...listing.problems];
  const report: Report = (severity, path, message) => {
    problems.push({ severity, file: pathBelow(root, path), message });
  };
  for (const { name, place } of listing.splits) {
    const warning = splitNameWarning(name);
    if (warning !== null) report("warning", place, warning);
  }
  const { names: namesInFiles, order } = chooseClasses(listing.classNames, options.classNames);
  const listed = listing.splits.flatMap(({ name, place, images }) =>
    images.map((image): SplitImage => ({
      split: name,
      image,
      name: nameBelow(place, root, image),
    })),
  );
  // What the user says about patients comes before a table in the folder.
  const table = options.patients === undefined ? await readPatients(root) : null;
  let done = 0;
  const showProgress = cellProgress("images read");
  const { onProgress = ({ done, total }) => showProgress(done, total) } = options;
  const checkedImages = await CheckedImages.of(root);
  const classCount = namesInFiles?.length ?? null;
  const results = await inParallel(listed, async (splitImage) => {
    const result = await readImage(root, splitImage, { checkedImages, classCount });
    onProgress({ done: ++done, total: listed.length });
    return result;
  });
  await checkedImages.keep();
  // One by one: a function takes about 100,000 arguments, and a data set can have more problems.
  for (const result of results) for (const problem of result.problems) problems.push(problem);
  if (table) {
    const read = results.flatMap(({ record, storedPatient: patient }) =>
      record ? [{ id: record.id, patient }] : [],
    );
    for (const problem of table.problemsFor(read)) problems.push(problem);
  }
  const usable = results.flatMap(({ record, ...rest }) => (record ? [{ ...rest, record }] : []));
  if (!usable.length) report("error", root, noImageText(problems));

  const allNames =
    namesInFiles ?? numberedClasses(highestClass(usable.map(({ record }) => record)) + 1);
  const classMap = changeClasses(allNames, { ...options, order });
  for (const [first, second] of classMap.sameNames)
    report(
      "warning",
      root,
      `the class names '${shortened(first)}' and '${shortened(second)}' differ only in case, spaces, hyphens or underscores, so they are one class: if they are two, rename one of them`,
    );
  const isInTable =
    table !== null && usable.every(({ storedPatient }) => storedPatient === undefined);
  const fileOfPatients = isInTable ? PATIENTS_FILE : undefined;
  const assigned = assignPatients(
    usable.map(({ record: { id, split }, name, storedPatient }) => ({
      id,
      split,
      path: name,
      patient: storedPatient ?? table?.patientOf(id),
    })),
    {
      choice: options.patients,
      classNames: allNames,
      storedIn: column === null ? fileOfPatients : `the column '${column}'`,
    },
  );
  const records = usable.map(({ record }, i): ImageRecord => ({
    ...record,
    patient: assigned.patients[i],
    annotations: changeAnnotations(record.annotations, classMap),
  }));
  const ranged = shareRange(records);
  const { images, leftOutImages, sameImages, ...overlaps } = withoutOverlaps(
    ranged.images,
    assigned,
    options,
  );
  for (const { problems: further } of [assigned, ranged, overlaps])
    for (const problem of further) problems.push(problem);
  for (const problem of systematicFaults(problems, records)) problems.push(problem);
  const found = problems
    .map((problem): Problem =>
      options.strict && problem.isFault ? { ...problem, severity: "error" } : problem,
    )
    .sort(
      (a, b) =>
        a.severity.localeCompare(b.severity) ||
        a.file.localeCompare(b.file) ||
        (a.line ?? 0) - (b.line ?? 0),
    );
  const leftOut = leftOutText(found);
  const formatNotes = [
    `Read as ${format.name}: ${evidence}.`,
    ...listing.notes,
    ...conversionNotes(usable),
    ...ranged.notes,
  ];
  return {
    format: format.name,
    images,
    leftOutImages,
    sameImages,
    classNames: classMap.classNames,
    channelNames: listing.channelNames ?? [],
    problems: found,
    evidence: { format: formatNotes, patients: assigned.evidence },
    notes: [
      ...formatNotes,
      assigned.evidence,
      ...backgroundSuggestions(images, classMap.classNames).map(({ text }) => text),
      ...(leftOut === null ? [] : [leftOut]),
    ],
  };
}

/** One sentence for each kind of objects that became boxes. */
function conversionNotes(results: readonly Pick<ImageResult, "conversions">[]): string[] {
  const counts = new Map<string, number>();
  for (const { conversions = {} } of results)
    for (const [kind, count] of Object.entries(conversions))
      counts.set(kind, (counts.get(kind) ?? 0) + count);
  return Array.from(counts, ([kind, count]) => `${count} ${kind}.`);
}

/** Leaves out images that are in the data set twice, and groups the others. */
function withoutOverlaps(
  records: readonly ImageRecord[],
  { patients, hints }: AssignedPatients,
  { overlap }: ReadOptions,
): Pick<ReadResult, "images" | "leftOutImages" | "sameImages" | "problems"> {
  const same = findSameImages(records, overlap ?? "drop");
  const leftOut = new Set(same.pairs.flatMap((pair) => pair.leftOut ?? []));
  const shared = patientsInSeveralSplits(
    records.filter((record) => !leftOut.has(record)),
    overlap,
  );
  for (const record of shared.leftOut) leftOut.add(record);
  const grouped = withGroups(
    records.map((record, i) => ({ ...record, patient: patients[i] })),
    hints,
  );
  return {
    images: grouped.filter((_, i) => !leftOut.has(records[i])),
    leftOutImages: grouped.filter((_, i) => leftOut.has(records[i])),
    sameImages: same.pairs,
    problems: [...same.problems, ...shared.problems],
  };
}

/** The highest class index that occurs, 0 without annotations. */
function highestClass(images: readonly ImageRecord[]): number {
  // Not spread into Math.max: a large data set has more boxes than a function takes arguments.
  return images
    .flatMap(({ annotations }) => annotations)
    .reduce((most, { classId }) => Math.max(most, classId), 0);
}
