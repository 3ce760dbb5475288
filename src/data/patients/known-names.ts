/**
 * File names that programs and public data sets give to images, and the patient in them. Labelling
 * programs add a prefix or an ending to the name of the file that was uploaded.
 */
import { basename } from "path";

/** Label Studio writes `1a2b3c4d-007_12.jpg` for an upload `007_12.jpg`. */
const LABEL_STUDIO = /^([0-9a-f]{8})-(?=.)/;
/** Names with such a prefix are from Label Studio if at least this share of them has one. */
const MOST = 0.9;

/** Roboflow writes `007_12_jpg.rf.<hash>.jpg` for each variant of an upload `007_12.jpg`. */
const ROBOFLOW =
  /^(.+)[_-](?:jpe?g|png|bmp|tiff?|webp|gif|heic|avif|mpo|dcm)\.rf\.[0-9A-Za-z]{16,}$/i;

/** The patient in the names of data sets that many people have, and what the names are called. */
const CONVENTIONS: readonly { readonly name: string; readonly pattern: RegExp }[] = [
  { name: "TCGA-CS-4941", pattern: /^(TCGA[-_][A-Z0-9]{2}[-_][A-Z0-9]{4})(?![A-Za-z0-9])/ },
  { name: "BraTS-GLI-00000", pattern: /^(BraTS-[A-Z]{2,4}-\d{5})(?!\d)/i },
  {
    name: "BraTS20_Training_001",
    pattern: /^(BraTS(?:\d\d)?_(?:Training|Validation|Testing)_\d+)(?!\d)/i,
  },
  { name: "Brats18_CBICA_AAB_1", pattern: /^(BraTS1[789]_[A-Z]+\d*_[A-Z0-9]+_\d+)(?!\d)/i },
  { name: "BraTS2021_00002", pattern: /^(BraTS(?:20)?\d\d_\d+)(?!\d)/i },
  { name: "sub-01", pattern: /^(sub-[A-Za-z0-9]+)(?![A-Za-z0-9])/ },
  { name: "OAS1_0001", pattern: /^(OAS\d_\d{4}|OAS\d{5})(?!\d)/ },
  { name: "ADNI_002_S_0295", pattern: /^((?:ADNI_)?\d{3}_S_\d{4})(?!\d)/ },
  { name: "IXI012", pattern: /^(IXI\d{3})(?!\d)/ },
  {
    name: "file_brain_AXT2_200_2000019",
    pattern: /^(file_(?:brain|prostate|knee)?[A-Za-z0-9_]*?\d{7})(?!\d)/,
  },
  // The Cancer Imaging Archive: UPENN-GBM-00001, UCSF-PDGM-0004, LUNG1-001, C3L-00016 and others.
  // The year of a date, as in P01-2019-03-01, is not a part of them.
  {
    name: "UPENN-GBM-00001",
    pattern: /^([A-Z][A-Z0-9]+(?:-[A-Z0-9]+)*?-(?!(?:19|20)\d\d-[01]\d)\d{3,5})(?!\d)/,
  },
  // PI-CAI: the patient and the examination.
  { name: "10005_1000005", pattern: /^(1\d{4})_1\d{6}(?!\d)/ },
  { name: "ProstateX-0000", pattern: /^(ProstateX-\d{4})(?!\d)/i },
  {
    name: "patient007",
    pattern:
      /^((?:patient|pat|pt|case|subject|subj|participant|person|volume|vol|scan|study|exam|series)[-_ ]?\d+)(?!\d)/i,
  },
];

/** A whole number as pandas writes it into a column that has empty cells too: `7.0`. */
const WHOLE_FRACTION = /^(\d+)\.0+$/;

/** A patient in a table, where `7.0` and `7` are one patient. */
export function patientInTable(cell: string): string {
  return cell.replace(WHOLE_FRACTION, "$1");
}

/** File names without what labelling programs added. */
export interface SourceNames {
  /** One for each given name. */
  readonly names: readonly string[];
  /** The upload of a Roboflow variant; null for other names. */
  readonly roboflow: readonly (string | null)[];
  /** The programs that added something, for people to read. */
  readonly programs: readonly string[];
}

/**
 * Removes what labelling programs add to names.
 * @param paths without endings; only the last part of each counts
 */
export function sourceNames(paths: readonly string[]): SourceNames {
  const names = paths.map((path) => basename(path));
  const roboflow = names.map((name) => ROBOFLOW.exec(name)?.[1] ?? null);
  const uploads = names.map((name, i) => roboflow[i] ?? name);
  const isLabelStudio = hasLabelStudioPrefixes(uploads);
  const programs = [
    ...(isLabelStudio ? ["Label Studio"] : []),
    ...(roboflow.some((upload) => upload !== null) ? ["Roboflow"] : []),
  ];
  return {
    names: isLabelStudio ? uploads.map((name) => name.replace(LABEL_STUDIO, "")) : uploads,
    roboflow,
    programs,
  };
}

/**
 * Whether names begin with the random prefixes of Label Studio. Eight digits and a hyphen may also
 * be a patient's number: random prefixes have letters, and each occurs once.
 */
function hasLabelStudioPrefixes(names: readonly string[]): boolean {
  const prefixes = names.flatMap((name) => LABEL_STUDIO.exec(name)?.[1] ?? []);
  return (
    prefixes.length >= MOST * names.length &&
    new Set(prefixes).size >= MOST * prefixes.length &&
    prefixes.some((prefix) => /[a-f]/.test(prefix))
  );
}

/** The patient in a name that follows a known convention, and the convention; null for others. */
export function conventionOf(name: string): { patient: string; convention: string } | null {
  for (const { name: convention, pattern } of CONVENTIONS) {
    const patient = pattern.exec(name)?.[1];
    if (patient !== undefined) return { patient, convention };
  }
  return null;
}

/** Words for a person, as alternatives of a regular expression. */
export const PERSON_WORDS = "patient|pat|pt|case|subject|subj|sub|participant|person";
/** Such a word with a number, wherever it is in a name: `patient007`, `case_3`. */
const PERSON = new RegExp(`(?:^|[_\\-. ])((?:${PERSON_WORDS})[-_ ]?\\d+)(?![a-z\\d])`, "i");
/** Conventions of names that only patients have. */
const CERTAIN = /^(TCGA|BraTS|Brats|sub-|OAS|ADNI|IXI|Prostate)/;

/** The patient in a name that says that it is one, wherever in the name; null for other names. */
export function certainPatient(name: string): string | null {
  const starts = [0, ...Array.from(name.matchAll(/[_\-. ]/g), ({ index = 0 }) => index + 1)];
  for (const start of starts) {
    const found = conventionOf(name.slice(start));
    if (found && CERTAIN.test(found.convention)) return found.patient;
  }
  return PERSON.exec(name)?.[1] ?? null;
}
