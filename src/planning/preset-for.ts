/** Chooses the preset where none is named. */
import { join, resolve } from "path";
import { AUTO_PRESET, presets } from "../config/index";

/** The bundled data set, below the folder of the project. */
export const BUNDLED_SAMPLE = join("data", "sample");

/**
 * The name of the preset for a data set when none is named: `auto`, which plans the settings. The
 * bundled sample has `default`: it is the preset that the notebooks explain.
 * @param data folder of the data set
 * @param project folder of the project
 */
export function presetFor(data: string, project: string): string {
  const isSample = resolve(data) === resolve(project, BUNDLED_SAMPLE);
  return isSample ? presets.default.preset : AUTO_PRESET;
}
