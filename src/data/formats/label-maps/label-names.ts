/** Names of the files in a folder of scans: which is the label map, and what the others show. */
import { basename } from "path";

/** The endings of NIfTI files. */
const ENDING = /\.nii(\.gz)?$|\.hdr$/i;
/** Where a name is divided into words; each word keeps the separator after it. */
export const WORDS = /(?<=[_.-])/;
/** Words that only names of label maps have: `seg` for `BraTS20_001_seg.nii.gz`. */
const LABEL_WORDS =
  /^(seg|dseg|segm|segmentation|label|labels|labelmap|mask|masks|msk|gt|groundtruth|roi|lesion|lesions|annotation|ot|otmulticlass)$/i;

/** Whether a file has the name of a NIfTI file, or of the header of a pair. */
export function isScanName(path: string): boolean {
  return ENDING.test(path);
}

/**
 * The name of a scan's file without its ending. Accents have one form, so that the names of a scan
 * and of its label map are equal if they look equal.
 */
export function scanStem(path: string): string {
  return basename(path).replace(ENDING, "").normalize("NFC");
}

/**
 * Whether a file is the label map of its folder, by its name.
 * @param pattern a part of the names of all label maps, which replaces the known words
 */
export function isLabelName(path: string, pattern?: string): boolean {
  if (pattern !== undefined) return basename(path).toLowerCase().includes(pattern.toLowerCase());
  return scanStem(path)
    .split(/[^a-z0-9]+/i)
    .some((word) => LABEL_WORDS.test(word));
}

/**
 * The names of the sequences that files of one patient show: what is left without the beginning
 * that all names share. `t1ce` for `BraTS20_001_t1ce` beside `BraTS20_001_seg`.
 * @param stems names of all scans and label maps of the patient, without endings
 * @returns in the same order
 */
export function sequenceNames(stems: readonly string[]): string[] {
  const words = stems.map((stem) => stem.split(WORDS));
  const shortest = Math.min(...words.map(({ length }) => length));
  let shared = 0;
  while (shared < shortest - 1 && words.every((other) => other[shared] === words[0][shared]))
    shared++;
  return words.map((parts) => parts.slice(shared).join(""));
}

/** The sequence of a case that a name given by the user means. */
export type SequenceChoice = { readonly index: number } | { readonly message: string };

/**
 * Finds a sequence by its name, in any case of letters: the name itself, or else the only name that
 * contains it.
 */
export function findSequence(names: readonly string[], wanted: string): SequenceChoice {
  const lower = names.map((name) => name.toLowerCase());
  const exact = lower.indexOf(wanted.toLowerCase());
  if (exact >= 0) return { index: exact };
  const containing = lower.flatMap((name, i) => (name.includes(wanted.toLowerCase()) ? i : []));
  if (containing.length === 1) return { index: containing[0] };
  const problem = containing.length
    ? `${containing.length} sequences have '${wanted}' in their names`
    : `no sequence is called '${wanted}'`;
  return { message: `${problem}; the sequences are ${names.join(", ")}` };
}

/** Several sequences of a case, in the order of their names. */
export type SequencesChoice =
  { readonly indices: readonly number[] } | { readonly message: string };

/** Finds several sequences, each as `findSequence` does; two names must not mean the same one. */
export function findSequences(
  names: readonly string[],
  wanted: readonly string[],
): SequencesChoice {
  const indices: number[] = [];
  for (const name of wanted) {
    const choice = findSequence(names, name);
    if ("message" in choice) return choice;
    const earlier = indices.indexOf(choice.index);
    if (earlier >= 0)
      return {
        message: `'${wanted[earlier]}' and '${name}' both mean the sequence ${names[choice.index]}; the sequences are ${names.join(", ")}`,
      };
    indices.push(choice.index);
  }
  return { indices };
}

/**
 * Sequences in the order in which one is chosen without an option: enhancing lesions are brightest
 * after contrast agent. Words of names, in lower case.
 */
const PREFERRED = [/t1(ce|c|gd|post|_?gd)/, /flair/, /t2/, /t1/];

/** The sequence that is read when the user names none: contrast-enhanced T1 if there is one. */
export function preferredSequence(names: readonly string[]): number {
  for (const pattern of PREFERRED) {
    const index = names.findIndex((name) => pattern.test(name.toLowerCase()));
    if (index >= 0) return index;
  }
  return 0;
}
