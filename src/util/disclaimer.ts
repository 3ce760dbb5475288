/** The notice at the top of every page and in every file of results. */
export const DISCLAIMER =
  "For research and teaching only. Not a medical device: never use it to decide about a patient.";
