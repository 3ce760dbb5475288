/** The settings of a trial as text. */

/** The values of varied settings, by their paths. */
export type VariedSettings = Readonly<Record<string, unknown>>;

/** `rpn.samples = 64, augmentation.copies = 4` */
export function settingsText(settings: VariedSettings): string {
  return Object.entries(settings)
    .map(([path, value]) => `${path} = ${valueText(value)}`)
    .join(", ");
}

/** `1 epoch`, `2 epochs` */
export function epochsText(epochs: number): string {
  return `${epochs} ${epochs === 1 ? "epoch" : "epochs"}`;
}

/** A value of a setting. */
export function valueText(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
