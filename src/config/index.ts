/**
 * Configurations: all settings of an experiment in one typed object that can be saved as JSON.
 * Every run saves its configuration beside its results.
 */
export * from "./types";
export { currentConfig } from "./migrate";
export { readOverrides } from "./overrides";
export { configure, type Overrides } from "./configure";
export { AUTO_PRESET, PRESET_NAMES, presetByName, presets, type PresetName } from "./presets";
export { SEQUENCE_COUNTS } from "./schema";
