/**
 * Seeded random numbers whose state can be saved. With the same seed a run gives the same results,
 * and an interrupted run continues exactly where it stopped.
 */
import seedrandom from "seedrandom";

/** The state of a generator. */
export type RandomState = seedrandom.State.Arc4;

/**
 * A generator of random numbers.
 * @example
 * const random = new Random(1);
 * random.uniform(0, 10);
 */
export class Random {
  private readonly generator: seedrandom.StatefulPRNG<RandomState>;

  /** @param seed a number, a text, or a state from `state()` */
  constructor(seed: number | string | RandomState) {
    this.generator =
      typeof seed === "object"
        ? seedrandom("", { state: seed })
        : seedrandom(String(seed), { state: true });
  }

  /** A number in [low, high), [0, 1) by default. */
  uniform(low = 0, high = 1): number {
    return low + (high - low) * this.generator();
  }

  /** An integer in [0, count). */
  integer(count: number): number {
    return Math.floor(this.generator() * count);
  }

  /** True with probability p, in [0, 1]. */
  chance(p: number): boolean {
    return this.generator() < p;
  }

  /** A number from the standard normal distribution (Box-Muller). */
  normal(): number {
    return (
      Math.sqrt(-2 * Math.log(1 - this.generator())) * Math.cos(2 * Math.PI * this.generator())
    );
  }

  /** A new array with the same items in random order (Fisher-Yates). */
  shuffle<T>(items: ArrayLike<T>): T[] {
    const shuffled = Array.from(items);
    for (let i = shuffled.length - 1; i > 0; i--) {
      const j = this.integer(i + 1);
      [shuffled[i], shuffled[j]] = [shuffled[j], shuffled[i]];
    }
    return shuffled;
  }

  /** The current state: `new Random(state)` continues from it. */
  state(): RandomState {
    return this.generator.state();
  }
}

/**
 * Draws zeros from the normal distribution. It gives weights their shapes when their values are read
 * from a file next: random values would take most of the time of loading a detector.
 */
export class ZeroRandom extends Random {
  constructor() {
    super(0);
  }

  override normal(): number {
    return 0;
  }
}
