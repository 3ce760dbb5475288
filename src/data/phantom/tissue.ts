/** Grey values of tissues. */

/**
 * Grey values in T1-weighted images after contrast agent: fat and vessels are bright, fluid and
 * bone are dark, white matter is brighter than grey matter. Dead tumor cores and swollen tissue are
 * dark.
 */
export const TISSUE = {
  air: 0,
  fat: 165,
  bone: 22,
  marrow: 75,
  fluid: 34,
  dura: 120,
  grey: 78,
  white: 118,
  nuclei: 96,
  vessel: 205,
  tumorCore: 42,
  edema: 76,
};
