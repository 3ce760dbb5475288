/** A detector in one line. */
import type { Detector } from "./detector";

/** What notebooks and `console.log` show of a detector. */
export function detectorText(detector: Detector): string {
  const { architecture, backbone } = detector.config;
  const weights = Object.values(detector.variables()).reduce((sum, { size }) => sum + size, 0);
  const classes = detector.classNames.join(", ");
  return `Detector ${architecture} with ${backbone.name}: ${weights.toLocaleString("en-US")} trained weights; classes ${classes}`;
}
