/**
 * Names of examinations: a patient may have several, which belong together: `P01_time2`,
 * `TCGA_CS_4941_19960909`, `BraTS-GLI-02062-101`.
 */

/** A word for an examination or its time, which may have a number: `ses-01`, `week-000-1`. */
const EXAMINATION =
  /^(ses|sess|session|time|timepoint|tp|visit|baseline|follow[-_ ]?up|fu|week|month|day|year|pre|post|pre[-_ ]?op|post[-_ ]?op)([-_ ]?\d+)*$/i;
/** Other words for one, which count only beside a patient: `P01_v2`, `study_1_P01`. */
const NUMBERED_EXAMINATION = /^(v|scan|study|exam|series|acq)[-_ ]?\d+$/i;
/** A word for a time that has no number of its own, and a patient's: `pre_001`. */
const WHEN_AND_NUMBER =
  /^(?:baseline|follow[-_ ]?up|pre|post|pre[-_ ]?op|post[-_ ]?op)[-_ ](\d+)$/i;
/** A date without separators, or with hyphens or underscores. */
const DATE = /^(19|20)\d\d([-_]?)(0[1-9]|1[0-2])\2([0-2]\d|3[01])$/;
/** A word for what a folder in a patient's folder contains; `MR000012` is a patient. */
const CONTENT =
  /^((anat|scans?|studies|study|exams?|series|nii|nifti|images?|data|raw|preprocessed|registered|skull[-_ ]?stripped)([-_ ]?\d+)*|(mri?|cts?)[-_ ]?\d{0,2})$/i;
/** Where a name is divided into words. */
const SEPARATORS = /[_.-]/g;
/** The beginning of a unique identifier of DICOM, which may have a date in it. */
const IDENTIFIER = /^[12](\.\d+)+$/;
/** The examination of a patient in the BraTS challenges since 2023. */
const BRATS = /^(BraTS-[A-Z]{2,4}-\d{5})-\d{3}$/i;

/** Whether a folder is that of an examination: `ses-02`, `2019-03-01`. */
export function isExamination(folder: string): boolean {
  return EXAMINATION.test(folder) || DATE.test(folder);
}

/** Whether a folder is that of an examination, or of a part of one: `ses-02`, `v1`, `scan_2`. */
export function isPartOfPatient(folder: string): boolean {
  return isExamination(folder) || isContent(folder) || NUMBERED_EXAMINATION.test(folder);
}

/** Whether a folder is that of the files of a patient: `anat`. */
export function isContent(folder: string): boolean {
  return CONTENT.test(folder);
}

/** The name before a word for an examination or its date: `P01` for `P01_time2`. */
export function withoutExamination(name: string): string {
  const brats = BRATS.exec(name)?.[1];
  if (brats !== undefined) return brats;
  for (const { index = 0 } of name.matchAll(SEPARATORS)) {
    const [before, after] = [name.slice(0, index), name.slice(index + 1)];
    const isPatient = /\d/.test(before) && !IDENTIFIER.test(before);
    const [word] = after.split(SEPARATORS, 1);
    const texts = [after, word, after.split(SEPARATORS, 2).join("_")];
    if (isPatient && texts.some((text) => isExamination(text) || NUMBERED_EXAMINATION.test(text)))
      return before;
  }
  return name;
}

/** The name after a word for an examination or its date: `P01` for `pre_P01` and `study_1_P01`. */
export function withoutLeadingExamination(name: string): string {
  const number = WHEN_AND_NUMBER.exec(name)?.[1];
  if (number !== undefined) return number;
  if (isExamination(name)) return name;
  for (const { index = 0 } of Array.from(name.matchAll(SEPARATORS)).reverse()) {
    const [before, after] = [name.slice(0, index), name.slice(index + 1)];
    // In scan_12_3, the number that follows is not another patient.
    const isNumbered = NUMBERED_EXAMINATION.test(before) && /[a-z].*\d/i.test(after);
    if (/\d/.test(after) && (isExamination(before) || isNumbered)) return after;
  }
  return name;
}
