/** Whose scans are in the folders of scans with label maps. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { patientsOfCases } from "../../../../src/data/formats/label-maps/case-patients";

const CASES: Record<string, { paths: string[]; patients: (string | null)[] }> = {
  "a folder for each patient": { paths: ["007", "008"], patients: ["007", "008"] },
  "BIDS: all patients have the folder anat": {
    paths: ["sub-01/ses-01/anat", "sub-01/ses-02/anat", "sub-02/anat"],
    patients: ["sub-01", "sub-01", "sub-02"],
  },
  "time points in the folder of a patient": {
    paths: ["P01/time1", "P01/time2", "P02/time1", "P02/2019-03-01"],
    patients: ["P01", "P01", "P02", "P02"],
  },
  "time points in the name, as in BraTS since 2023": {
    paths: ["BraTS-GLI-02062-100", "BraTS-GLI-02062-101", "BraTS-GLI-02063-100"],
    patients: ["BraTS-GLI-02062", "BraTS-GLI-02062", "BraTS-GLI-02063"],
  },
  "examinations in the names of files": {
    paths: ["10005_1000005", "10005_1000006", "P01_time1", "P01_ses-2_run1", "scan_01"],
    patients: ["10005", "10005", "P01", "P01", "scan_01"],
  },
  "dates in the names of folders": {
    paths: ["P01-2019-03-01", "P01-2020-03-01", "TCGA_CS_4941_19960909", "TCGA_CS_4941_19970909"],
    patients: ["P01", "P01", "TCGA_CS_4941", "TCGA_CS_4941"],
  },
  "patients of one name in the folders of splits are one patient": {
    paths: ["train/007", "val/007"],
    patients: ["007", "007"],
  },
  "certain patients of one name in several folders are different patients": {
    paths: ["siteA/patient007", "siteB/patient007"],
    patients: ["siteA/patient007", "siteB/patient007"],
  },
  "other folders of one name in several folders are not clear": {
    paths: ["siteA/001", "siteB/001", "siteB/002"],
    patients: [null, null, "002"],
  },
  "folders that all patients are in are not the patient": {
    paths: ["set1/scan_01", "set1/scan_02"],
    patients: ["scan_01", "scan_02"],
  },
  "examinations before the patient, and others beside it": {
    paths: [
      "pre_MR000012",
      "post_MR000012",
      "20190111_007",
      "20200111_007",
      "P01_v1",
      "P01_scan_2",
    ],
    patients: ["MR000012", "MR000012", "007", "007", "P01", "P01"],
  },
  "a word for a time before the number of the patient": {
    paths: ["pre_001", "post_001", "pre_002", "post_002"],
    patients: ["001", "001", "002", "002"],
  },
  "words for a person, wherever in the name": {
    paths: ["study_1_case_003", "study_2_case_003", "0_pat-4", "1_pat-4"],
    patients: ["case_003", "case_003", "pat-4", "pat-4"],
  },
  "one patient in the folders of several examinations": {
    paths: ["2019-03-01/patient007", "v1/patient007", "ses-1/patient008"],
    patients: ["patient007", "patient007", "patient008"],
  },
  "MR and a long number is a patient, and not a series of one": {
    paths: ["ses-1/MR000012", "ses-2/MR000012", "P01/MR1", "P01/MR2"],
    patients: ["MR000012", "MR000012", "P01", "P01"],
  },
  "a number after the patient that is no examination stays": {
    paths: ["BRATS_001", "HGG_17_b", "patient_pre"],
    patients: ["BRATS_001", "HGG_17_b", "patient_pre"],
  },
};

for (const [title, { paths, patients }] of Object.entries(CASES))
  test(title, () => {
    assert.deepEqual(patientsOfCases(paths.map((path) => path.split("/"))), patients);
  });
