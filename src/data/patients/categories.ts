/**
 * Words in names of folders and files that are not patients: sequences, variants of an image, parts
 * of a data set, places, settings and slices. The same patient may be in several of them.
 */

/** Sequences and modalities, with words that say how they were made: `T1`, `t1ce`, `T2-axial`. */
const SEQUENCE =
  /^(t[12](w?ce|w?gd|w?post|[wcnf]|[-_ ]?star)?|flair|pd(w|fs)?|dwi|adc|swi|dti|b(0|[1-9]\d{0,2}0)|mra?|mri|ct|pet)([-_ +][a-z]+)*$/i;
/** Variants of one image that augmentation made: `orig`, `flip`, `rot90`, `aug3`. */
const VARIANT =
  /^(orig(inal)?|aug(mented)?[-_]?\d*|[hv]?[-_]?flip(ped)?([-_]?[hv])?|mirror(ed)?|rot(ate|ated|ation)?[-_]?\d*|crop(ped)?[-_]?\d*|scaled?[-_]?\d*|noise[-_]?\d*|blur(red)?[-_]?\d*|bright(ness)?[-_]?\d*|contrast[-_]?\d*|shift(ed)?[-_]?\d*|copy[-_]?\d*|elastic[-_]?\d*)$/i;
/** Planes of slices, sides of the body, and directions of X-rays. */
const VIEW =
  /^(ax|axi|axial|cor|coronal|sag|sagittal|transversal|l|r|left|right|od|os|cc|mlo|[lr](cc|mlo)|ap|pa|frontal|lateral)$/i;
/** A part of a data set, a place, a device, a class or a version, with its number: `fold_1`. */
const NUMBERED =
  /^(folds?|batch|part|subset|set|dataset|data|split|chunk|shard|archive|folder|page|class|label|category|grade|stage|type|bi[-_ ]?rads|kl|reader|rater|annotator|site|cent(er|re)|hospital|clinic|institution|institute|scanner|vendor|machine|device|cam(era)?|cohort|group|version|v|run|round|task|experiment|phase|level)[-_ ]?\d+$/i;
/** Settings with their unit, sizes and years: `1.5T`, `120kV`, `256x256`, `2019`. */
const SETTING = /^(\d+(\.\d+)?[-_ ]?(t|tesla|kvp?|x|mm|[uµ]m|px|bits?|m?hz)|\d+x\d+|(19|20)\d\d)$/i;
/** Slices: `slice12`, `img-003`, `axial7`, `IM-0001-0003`. */
const SLICE =
  /^(slices?|slc|sl|frames?|images?|imgs?|im|i|z|layer|ax|axi|axial|cor|coronal|sag|sagittal)([-_ ]?\d+)+$/i;
/** An examination, or a series of images in it, with its number. */
const SERIES = /^(scans?|studies|study|exams?|series|volumes?|vol|acq|echo)[-_ ]?\d+$/i;

/**
 * Whether a name is that of a sequence, of a variant of an image, of a part of the data set, of a
 * place or of a setting.
 */
export function isCategory(name: string): boolean {
  return [SEQUENCE, VARIANT, VIEW, NUMBERED, SETTING].some((pattern) => pattern.test(name));
}

/** Whether a word in a name says how an image was made, and nothing about the patient. */
export function isKindOfImage(word: string): boolean {
  return [SEQUENCE, VARIANT, VIEW].some((pattern) => pattern.test(word));
}

/** Whether a word in a name is the number of a slice. */
export function isSlice(word: string): boolean {
  return SLICE.test(word);
}

/** Whether a word in a name is the number of a slice or of a series of slices. */
export function isSliceOrSeries(word: string): boolean {
  return isSlice(word) || SERIES.test(word);
}
