/**
 * Everything that can be set, in one typed, serialisable object; every run saves it beside its
 * results.
 */
export * from "./types";
export { currentConfig } from "./migrate";
export { readOverrides } from "./overrides";
export { configure, type Overrides } from "./configure";
export { presetByName, presets, type PresetName } from "./presets";
