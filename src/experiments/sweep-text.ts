/** The settings of a trial as text. */

/** The values of varied settings, by their paths. */
export type VariedSettings = Readonly<Record<string, unknown>>;

/** `rpn.samples = 64, augmentation.copies = 4` */
export function settingsText(settings: VariedSettings): string {
  return Object.entries(settings)
    .map(([path, value]) => `${path} = ${valueText(value)}`)
    .join(", ");
}

/** A value of a setting. */
export function valueText(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
