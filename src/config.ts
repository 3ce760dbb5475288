/** Everything that can be set, in one typed, serialisable object; every run saves it beside its results. */
export * from "./config-types";
export { configure, type Overrides } from "./configure";
export { missingFields, presetByName, presets, type PresetName } from "./presets";
