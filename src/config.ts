/** Everything that can be set, in one typed, serialisable object; every run saves it beside its results. */
export * from "./config-types";
export { checkConfig, configProblems } from "./config-check";
export { readOverrides } from "./config-overrides";
export { configure, type Overrides } from "./configure";
export { presetByName, presets, type PresetName } from "./presets";
