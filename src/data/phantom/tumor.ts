/** A tumor of a synthetic patient. Lengths are in half head widths. */

/** Class of a tumor: 0 is `ring-enhancing` (with a dead core), 1 is `solid-enhancing`. */
export type TumorKind = 0 | 1;

/** An ellipsoid with an uneven surface. */
export interface Tumor {
  readonly kind: TumorKind;
  /** `[x, y, z]`: x to the right, y to the back, z upward. */
  readonly center: readonly [number, number, number];
  readonly radii: readonly [number, number, number];
  /** Rotation in the slice, radians. */
  readonly angle: number;
  /** Unevenness of the surface, as a fraction of the radius. */
  readonly roughness: number;
  /** Where in the noise the surface is read, so that each tumor has its own shape. */
  readonly noiseOffset: number;
  /** Thickness of a ring's rim, as a fraction of the radius. */
  readonly rim: number;
  /** Fraction by which the middle of a solid tumor is darker than its surface. */
  readonly softMiddle: number;
  /** Grey value of the enhancing tissue. */
  readonly brightness: number;
  /** Radius of the swelling around the tumor, in radii of the tumor. */
  readonly edema: number;
}
