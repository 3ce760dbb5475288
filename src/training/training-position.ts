/**
 * Where a training stands: epochs done, and in the one under way the order of the images and how
 * many of them were used.
 */
import type { Random } from "../util/random";

/** In plain values. */
export interface TrainingPositionState {
  /** Epochs done. */
  readonly epoch: number;
  /** Of the images in the epoch under way, or in the last one. */
  readonly order: readonly number[];
  readonly used: number;
  /** Whether an epoch is done but not yet validated and kept. */
  readonly endDue: boolean;
}

/** For sorting: below 0 where `a` is less far than `b`. */
export function byProgress(a: TrainingPositionState, b: TrainingPositionState): number {
  return a.epoch - b.epoch || a.used - b.used;
}

export class TrainingPosition {
  private now: TrainingPositionState = { epoch: 0, order: [], used: 0, endDue: false };

  constructor(
    private readonly images: number,
    private readonly batchSize: number,
  ) {}

  get state(): TrainingPositionState {
    return this.now;
  }

  get stepsPerEpoch(): number {
    return Math.ceil(this.images / this.batchSize);
  }

  /** Steps done of the epoch under way. */
  get stepOfEpoch(): number {
    return Math.floor(this.now.used / this.batchSize);
  }

  /** The next batch's images. An epoch begins with a new random order. */
  next(random: Random): readonly number[] {
    const { used } = this.now;
    if (!used)
      this.now = {
        ...this.now,
        order: random.shuffle(Array.from({ length: this.images }, (_, i) => i)),
      };
    return this.now.order.slice(used, used + this.batchSize);
  }

  /** Counts the batch that `next` gave; with its last image an epoch is done. */
  advance(): void {
    const used = Math.min(this.now.used + this.batchSize, this.images);
    this.now =
      used < this.images
        ? { ...this.now, used }
        : { ...this.now, used: 0, epoch: this.now.epoch + 1, endDue: true };
  }

  /** Says whether the end of an epoch is still to be validated and kept. */
  setEndDue(endDue: boolean): void {
    this.now = { ...this.now, endDue };
  }

  restore({ epoch, order, used, endDue }: TrainingPositionState): void {
    this.now = { epoch, order, used, endDue };
  }
}
