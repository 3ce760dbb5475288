/**
 * Names of folders and beginnings of file names that have a number and are not patients: sequences,
 * parts of a data set, places and settings. The same patient may be in several of them.
 */

/** Sequences and modalities, with words that say how they were made: `T1`, `t1ce`, `T2-axial`. */
const SEQUENCE =
  /^(t[12](w?ce|w?gd|w?post|[wcnf]|[-_ ]?star)?|flair|pd(w|fs)?|dwi|adc|swi|dti|b[-_ ]?\d{1,4}|mra?|mri|ct|pet)([-_ +][a-z]+)*$/i;
/** A part of a data set, a place, a device, a class or a version, with its number: `fold_1`. */
const NUMBERED =
  /^(folds?|batch|part|subset|set|dataset|data|split|chunk|shard|archive|folder|page|class|label|category|grade|stage|type|bi[-_ ]?rads|kl|reader|rater|annotator|site|cent(er|re)|hospital|clinic|institution|institute|scanner|vendor|machine|device|cam(era)?|cohort|group|version|v|run|round|task|experiment|phase|level)[-_ ]?\d+$/i;
/** Settings with their unit, sizes and years: `1.5T`, `120kV`, `256x256`, `2019`. */
const SETTING = /^(\d+(\.\d+)?[-_ ]?(t|tesla|kvp?|x|mm|[uµ]m|px|bits?|m?hz)|\d+x\d+|(19|20)\d\d)$/i;

/** Whether a name is that of a sequence, a part of the data set, a place or a setting. */
export function isCategory(name: string): boolean {
  return [SEQUENCE, NUMBERED, SETTING].some((pattern) => pattern.test(name));
}
