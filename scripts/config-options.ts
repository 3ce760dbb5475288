/** Options that make a configuration: those of the preset, of settings in a file, and of epochs. */
import type { Command } from "commander";
import {
  AUTO_PRESET,
  type Config,
  configure,
  type Overrides,
  PRESET_NAMES,
  presetByName,
  presets,
  readOverrides,
} from "../src/config/index";
import { presetFor } from "../src/planning/preset-for";
import { pathText, ROOT, wholeNumber } from "./command";

/** Options that make a configuration. */
export interface ConfigOptions {
  /** See `chosenPreset` for the one that counts where none is named. */
  preset?: string;
  config?: string;
  epochs?: number;
}

/** Options that make a configuration, of which the preset is chosen. */
type ChosenConfigOptions = ConfigOptions & { readonly preset: string };

/** Whether a command can plan the settings; `sweep` cannot, because it changes those of a preset. */
interface PresetChoice {
  readonly canPlan?: boolean;
}

/** Adds the options that make a configuration. */
export function withConfigOptions(command: Command, choice: PresetChoice = {}): Command {
  return withEpochsOption(
    withPresetOption(command, choice).option(
      "--config <file>",
      "a YAML or JSON file with settings that replace the preset's, for example training: { epochs: 5 }",
      pathText("--config"),
    ),
  );
}

/** Adds the option for the preset. */
export function withPresetOption(command: Command, { canPlan = true }: PresetChoice = {}): Command {
  const names = PRESET_NAMES.filter((name) => canPlan || name !== AUTO_PRESET).join(", ");
  const choice = canPlan
    ? "auto, which plans it for the data set; for the bundled sample: default"
    : "default";
  return command.option(
    "--preset <name>",
    `the configuration: ${names}; default: ${choice}`,
    (text: string) => {
      // The current name for an old one.
      if (text !== AUTO_PRESET) return presetByName(text).preset;
      if (canPlan) return text;
      throw new Error(`--preset must be one of ${names}: this command cannot plan the settings`);
    },
  );
}

/**
 * The name of the preset: that of the option, else that in the file with settings, else the one for
 * the data set.
 * @throws when the file cannot be read, or names unknown settings
 */
export function chosenPreset({
  data,
  ...options
}: ConfigOptions & { readonly data: string }): string {
  return namedPreset(options) ?? presetFor(data, ROOT);
}

/**
 * The name of the preset whose settings are changed: that of the option, else that in the file with
 * settings, else `default`.
 * @throws as `chosenPreset` does, and when the file names `auto`
 */
export function basePreset(options: ConfigOptions): string {
  const name = namedPreset(options) ?? presets.default.preset;
  if (name !== AUTO_PRESET) return name;
  throw new Error(
    `${options.config}: it names the preset '${name}', and this command cannot plan the settings: remove the name, or name another preset`,
  );
}

function namedPreset({ preset, config: file }: ConfigOptions): string | undefined {
  return preset ?? (file === undefined ? undefined : presetIn(readOverrides(file)));
}

/** The current name of the preset in a file. Another name is a remark of the user. */
function presetIn({ preset }: Overrides<Config>): string | undefined {
  if (typeof preset !== "string") return undefined;
  if (preset === AUTO_PRESET) return preset;
  return Object.hasOwn(presets, preset) ? presetByName(preset).preset : undefined;
}

/** Adds the option for the number of epochs. */
export function withEpochsOption(command: Command): Command {
  return command.option(
    "--epochs <number>",
    "number of epochs; default: the configuration's",
    wholeNumber("--epochs", 1),
  );
}

/**
 * The settings in a file.
 * @throws when it names another preset than the command line
 */
function overridesIn(file: string | undefined, preset: string): Overrides<Config> {
  if (file === undefined) return {};
  const overrides = readOverrides(file);
  const named = presetIn(overrides) ?? preset;
  if (named === preset) return overrides;
  throw new Error(
    `${file}: it names the preset '${named}', and the settings would be added to those of '${preset}': give --preset ${named}, or remove the name`,
  );
}

/**
 * The settings that the options set themselves, in place of those of a preset.
 * @throws when the file cannot be read, or names unknown settings
 */
export function chosenOverrides(
  { preset, config: file, epochs }: ChosenConfigOptions,
  seed?: number,
): Overrides<Config> {
  const overrides = overridesIn(file, preset);
  return {
    ...overrides,
    ...(seed !== undefined && { seed }),
    ...(epochs !== undefined && { training: { ...overrides.training, epochs } }),
  };
}

/**
 * The configuration that the options make.
 * @throws with all that is wrong with it
 */
export async function chosenConfig(
  { preset, config: file, epochs }: ChosenConfigOptions,
  seed?: number,
): Promise<Config> {
  const base = presetByName(preset);
  const overridden = configure(base, overridesIn(file, preset));
  const { checkConfig } = await import("../src/detectors/check-config");
  return checkConfig(configure(overridden, { seed, training: { epochs } }), file ?? preset);
}
