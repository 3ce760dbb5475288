/** Reads overrides of a preset from a file. */
import { isRecord } from "../util/record";
import { checkNames } from "./check";
import type { Overrides } from "./configure";
import type { Config } from "./types";
import { readYaml } from "./yaml-file";

/**
 * Reads overrides for `configure` from a YAML or JSON file (JSON is a part of YAML), for example
 * `training: { epochs: 5 }`. Names are checked; `checkConfig` checks the values later.
 * @throws with file and line when the file is not valid YAML
 * @throws when a name is not the name of a setting, with the setting that was probably meant
 */
export function readOverrides(path: string): Overrides<Config> {
  const overrides = readYaml(path).value ?? {};
  if (!isRecord(overrides))
    throw new Error(`${path}:1: the file must hold groups of settings: training: { epochs: 5 }`);
  checkNames(overrides, path);
  return overrides;
}
