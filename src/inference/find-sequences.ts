/** Finds the sequences of each patient among scans, for a detector whose channels are sequences. */
import { basename, dirname, join } from "path";
import type { Sequence } from "../data/formats/label-maps/cases";
import { readDescription } from "../data/formats/label-maps/dataset-json";
import {
  findSequences,
  isLabelName,
  scanStem,
  sequenceNames,
} from "../data/formats/label-maps/label-names";
import { joinSequences } from "../data/volumes/join-sequences";
import { readNiftiHeader } from "../data/volumes/nifti/header";
import { openVolume, scanKind } from "../data/volumes/open-volumes";
import type { Volume, VolumeOptions } from "../data/volumes/volume";
import { groupBy } from "../util/group-by";

/** The number of the channel at the end of a name in nnU-Net's layout: `case_0000`. */
const CHANNEL_NUMBER = /[_-](\d{4})$/;

/** What is looked for. */
export interface WantedSequences {
  /** The names of the channels, as the configuration has them. */
  readonly sequences: readonly string[];
  /**
   * The names of the training set's channels, by number: for files with numbers for names, and for
   * files with several volumes.
   */
  readonly channelNames: readonly string[];
}

/** The patients whose sequences were found. */
export interface FoundSequences {
  readonly volumes: readonly Volume[];
  /** For each patient, or file, that is left out: its name and the reason. */
  readonly failed: readonly string[];
}

/** Scans of one patient. */
interface Patient {
  /** Folder of the scans, or the beginning of their paths. */
  readonly name: string;
  readonly sequences: readonly Sequence[];
}

/**
 * Opens the scans of each patient as one volume whose channels are the sequences. Scans of a
 * patient are in one folder, or have names with the same beginning; label maps are left out.
 * @param paths of scans
 * @example
 * const wanted = { sequences: ["t1ce", "flair"], channelNames: [] };
 * const { volumes, failed } = await openSequences(await scansIn("patient"), wanted);
 */
export async function openSequences(
  paths: readonly string[],
  wanted: WantedSequences,
  options: VolumeOptions = {},
): Promise<FoundSequences> {
  const failed: string[] = [];
  const scans: string[] = [];
  for (const path of paths) {
    if ((await scanKind(path)) === "NIfTI") {
      if (!isLabelName(path)) scans.push(path);
    } else
      failed.push(
        `${path}: it is DICOM, and the detector's channels are the sequences ${wanted.sequences.join(", ")}, which are found by the names of NIfTI files`,
      );
  }
  const volumes: Volume[] = [];
  for (const inFolder of groupBy(scans, dirname).values()) {
    for (const patient of await patientsOf(inFolder, wanted)) {
      try {
        volumes.push(await openPatient(patient, wanted, options));
      } catch (error) {
        failed.push(`${patient.name}: ${(error as Error).message}`);
      }
    }
  }
  return { volumes, failed };
}

/** The patients of the scans in one folder. */
async function patientsOf(
  paths: readonly string[],
  { sequences: wanted, channelNames }: WantedSequences,
): Promise<Patient[]> {
  const folder = dirname(paths[0]);
  const names = [folder, dirname(folder)]
    .map((place) => readDescription(place, () => {})?.channels ?? [])
    .find(({ length }) => length);
  const byNumber = names ?? channelNames;
  const patients: Patient[] = [];
  const numbered = groupBy(
    paths.filter((path) => CHANNEL_NUMBER.test(scanStem(path))),
    (path) => scanStem(path).replace(CHANNEL_NUMBER, ""),
  );
  for (const [stem, files] of numbered)
    patients.push({
      name: join(folder, stem),
      sequences: files.map((path) => {
        const [, number] = CHANNEL_NUMBER.exec(scanStem(path))!;
        return { name: byNumber[Number(number)] ?? number, path };
      }),
    });
  const others: string[] = [];
  for (const path of paths) {
    if (CHANNEL_NUMBER.test(scanStem(path))) continue;
    const count = await volumesOf(path);
    if (count === 1) others.push(path);
    else
      patients.push({
        name: path,
        sequences: Array.from({ length: count }, (_, timePoint) => ({
          name: (byNumber.length === count && byNumber[timePoint]) || String(timePoint),
          path,
          timePoint,
        })),
      });
  }
  return [...patients, ...namedPatients(others, wanted)];
}

/** Patients of files whose names have the names of the sequences. */
function namedPatients(paths: readonly string[], wanted: readonly string[]): Patient[] {
  if (!paths.length) return [];
  const folder = dirname(paths[0]);
  const stems = paths.map(scanStem);
  // The names of several patients in one folder have different beginnings before the sequence.
  const beginning = (stem: string) => {
    const places = wanted.map((name) => stem.toLowerCase().lastIndexOf(name.toLowerCase()));
    const place = Math.max(...places);
    return place < 0 ? null : stem.slice(0, place);
  };
  const beginnings = new Set(stems.map(beginning).filter((text): text is string => text !== null));
  if (beginnings.size <= 1) {
    const names = stems.length > 1 ? sequenceNames(stems) : stems;
    return [{ name: folder, sequences: paths.map((path, i) => ({ name: names[i], path })) }];
  }
  // `007_b_t1` begins with `007_` too: the longest beginning decides.
  const ofPatient = (text: string) =>
    paths.filter((path) => {
      const fitting = Array.from(beginnings).filter((other) => scanStem(path).startsWith(other));
      return fitting.includes(text) && fitting.every((other) => other.length <= text.length);
    });
  return Array.from(beginnings, (text) => ({
    name: join(folder, text.replace(/[_.-]$/, "") || basename(folder)),
    sequences: ofPatient(text).map((path) => ({ name: scanStem(path).slice(text.length), path })),
  }));
}

/** Number of volumes of a file; 1 for a file that cannot be read, which is reported later. */
async function volumesOf(path: string): Promise<number> {
  return readNiftiHeader(path).then(
    ({ count }) => count,
    () => 1,
  );
}

/** @throws when a sequence is missing or cannot be read, and when the sequences do not fit */
async function openPatient(
  { name, sequences }: Patient,
  { sequences: wanted }: WantedSequences,
  options: VolumeOptions,
): Promise<Volume> {
  const choice = findSequences(
    sequences.map((sequence) => sequence.name),
    wanted,
  );
  if ("message" in choice)
    throw new Error(
      `${choice.message}. The detector was trained on the channels ${wanted.join(", ")} and needs all of them`,
    );
  const volumes = [];
  for (const [i, index] of choice.indices.entries()) {
    const sequence = sequences[index];
    // All slices of the others: their files can store them in another direction.
    const { slices: _slices, ...all } = options;
    const chosen = { ...(i === 0 ? options : all), timePoint: sequence.timePoint };
    volumes.push({ name: sequence.name, volume: await openVolume(sequence.path, chosen) });
  }
  return joinSequences(name, volumes);
}
