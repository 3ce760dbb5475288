/**
 * The backbones of the project. A new backbone is one file that exports its definition, and one
 * line in this list.
 */
import type { BackboneDefinition } from "./backbone";
import { efficientNetLite0 } from "./efficientnet-lite";
import { resNet50 } from "./resnet";

const BACKBONES: readonly BackboneDefinition[] = [efficientNetLite0, resNet50];

/** The backbone whose weights are installed with the project: it is always available. */
export const INSTALLED_BACKBONE = efficientNetLite0.name;

/** Names that `backbone.name` of a configuration may have. */
export const backboneNames: readonly string[] = BACKBONES.map(({ name }) => name);

/**
 * The backbone of that name.
 * @throws with the names that exist, when there is none
 */
export function backboneByName(name: string): BackboneDefinition {
  const found = BACKBONES.find((backbone) => backbone.name === name);
  if (!found)
    throw new Error(`unknown backbone '${name}': the names are ${backboneNames.join(", ")}`);
  return found;
}
