/**
 * The backbones of the project. To add one, write a file that exports its definition, and add the
 * definition to `BACKBONES` (CONTRIBUTING.md shows an example).
 */
import type { BackboneDefinition } from "./backbone";
import { efficientNetLite0 } from "./efficientnet-lite";
import { resNet50 } from "./resnet";

const BACKBONES: readonly BackboneDefinition[] = [efficientNetLite0, resNet50];

/** Name of the backbone whose weights are installed with the project. */
export const INSTALLED_BACKBONE = efficientNetLite0.name;

/** The valid values of the setting `backbone.name`. */
export const backboneNames: readonly string[] = BACKBONES.map(({ name }) => name);

/**
 * Returns the backbone with the given name.
 * @throws with all names when the name is unknown
 */
export function backboneByName(name: string): BackboneDefinition {
  const definition = BACKBONES.find((backbone) => backbone.name === name);
  if (!definition)
    throw new Error(`unknown backbone '${name}': the names are ${backboneNames.join(", ")}`);
  return definition;
}
