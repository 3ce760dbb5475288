/**
 * The position of a training run: the number of finished epochs, and for the current epoch the
 * order of the images and how many of them were used.
 */
import type { Random } from "../util/random";

/** A position as plain values, for a checkpoint. */
export interface TrainingPositionState {
  /** Number of finished epochs. */
  readonly epoch: number;
  /** Indices of the images in the current epoch, or in the last one. */
  readonly order: readonly number[];
  /** Number of images of the current epoch that were used. */
  readonly used: number;
  /** Whether an epoch has ended but was not validated and saved yet. */
  readonly endDue: boolean;
}

/** Compares positions for sorting: below 0 when `a` comes before `b`. */
export function byProgress(a: TrainingPositionState, b: TrainingPositionState): number {
  return a.epoch - b.epoch || a.used - b.used;
}

/** Draws the order of the images of each epoch, and counts steps and epochs. */
export class TrainingPosition {
  private current: TrainingPositionState = { epoch: 0, order: [], used: 0, endDue: false };

  /** @param images number of training images */
  constructor(
    private readonly images: number,
    private readonly batchSize: number,
  ) {}

  /** The position as plain values. */
  get state(): TrainingPositionState {
    return this.current;
  }

  /** Number of batches of an epoch. */
  get stepsPerEpoch(): number {
    return Math.ceil(this.images / this.batchSize);
  }

  /** Number of finished steps of the current epoch. */
  get stepOfEpoch(): number {
    return Math.floor(this.current.used / this.batchSize);
  }

  /** The indices of the images of the next batch. An epoch begins with a new random order. */
  next(random: Random): readonly number[] {
    const order = this.order(random);
    this.current = { ...this.current, order };
    return this.batchOf(order);
  }

  /** The batch that `next` would return. The position stays as it is. */
  peek(random: Random): readonly number[] {
    return this.batchOf(this.order(random));
  }

  /** Counts the batch that `next` returned. After the last image the epoch has ended. */
  advance(): void {
    const used = Math.min(this.current.used + this.batchSize, this.images);
    this.current =
      used < this.images
        ? { ...this.current, used }
        : { ...this.current, used: 0, epoch: this.current.epoch + 1, endDue: true };
  }

  /** Sets whether the end of an epoch still has to be validated and saved. */
  setEndDue(endDue: boolean): void {
    this.current = { ...this.current, endDue };
  }

  /** Replaces the position by one that `state` returned. */
  restore({ epoch, order, used, endDue }: TrainingPositionState): void {
    this.current = { epoch, order, used, endDue };
  }

  /** The order of the images in the current epoch; a new one when the epoch has not begun. */
  private order(random: Random): readonly number[] {
    return this.current.used
      ? this.current.order
      : random.shuffle(Array.from({ length: this.images }, (_, i) => i));
  }

  private batchOf(order: readonly number[]): readonly number[] {
    const { used } = this.current;
    return order.slice(used, used + this.batchSize);
  }
}
