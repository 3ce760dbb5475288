/**
 * What the frozen part of a detector makes of each image, computed once. An epoch then costs only what is trained: the frozen
 * backbone is nine tenths of a step's work, and gives the same numbers every time.
 */
import { Augmentation, augmentBatch, randomAugmentation } from "../data/augment";
import type { Detector } from "../model/detector";
import { Random } from "../random";
import { tf } from "../tensorflow";
import { inParallel } from "../data/read-dataset";
import { loadSample } from "../data/sample";
import type { Dataset } from "../data/dataset";
import type { Sample, Truth } from "../types";
import type { PreparingEvent } from "./events";
import { FeatureStore, type StoredFeatures } from "./feature-store";

/** Images that go through the backbone together. */
const BATCH = 8;

/** An image, unchanged or augmented, as the trained part starts from it. */
interface CachedImage {
  readonly sample: Sample;
  readonly augmentation: Augmentation | null;
  readonly truth: Truth;
  readonly features: StoredFeatures;
}

export class FeatureCache {
  /** A cache of a data set's images, decoded but still without features. */
  static async open(detector: Detector, dataset: Dataset): Promise<FeatureCache> {
    return new FeatureCache(
      detector,
      await inParallel(dataset.images, (image) => loadSample(image, detector.config.data)),
    );
  }

  /**
   * @param variants of each sample: unchanged first, then its augmented copies
   * @param owner whether `dispose` frees them
   */
  constructor(
    private readonly detector: Detector,
    private readonly samples: readonly Sample[],
    private readonly variants: CachedImage[][] = samples.map(() => []),
    private readonly owner = true,
    private readonly store = new FeatureStore(),
  ) {}

  get size(): number {
    return this.samples.length;
  }

  /** Memory that the features take, or space on disk. */
  get bytes(): number {
    return this.variants.flat().reduce((sum, { features }) => sum + features.bytes, 0);
  }

  /**
   * Computes the features of every sample and of its augmented copies, in batches; each batch done is told. Breaking off keeps
   * what is done, and starting again goes on.
   * @param copies augmented copies of each
   */
  async *fill(copies: number, what: string): AsyncGenerator<PreparingEvent> {
    const total = this.samples.length * (1 + copies);
    const wanted: { index: number; augmentation: Augmentation | null }[] = [];
    for (let copy = 0; copy <= copies; copy++) {
      this.samples.forEach((sample, index) => {
        if (this.variants[index].length <= copy)
          wanted.push({ index, augmentation: copy ? this.augmentation(sample, copy) : null });
      });
    }
    for (let start = 0; start < wanted.length; start += BATCH) {
      const batch = wanted.slice(start, start + BATCH);
      const samples = batch.map(({ index }) => this.samples[index]);
      const augmentations = batch.map(({ augmentation }) => augmentation);
      const { images, truths } = augmentBatch(samples, augmentations);
      const features = this.detector.frozenFeatures(images);
      const split = features.map((level) => tf.split(level, batch.length) as tf.Tensor4D[]);
      tf.dispose([images, features]);
      batch.forEach(({ index, augmentation }, i) => {
        this.variants[index].push({
          sample: this.samples[index],
          augmentation,
          truth: truths[i],
          features: this.store.add(split.map((level) => level[i])),
        });
      });
      yield { kind: "preparing", what, done: total - wanted.length + start + batch.length, total };
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  /** The features of some of the images, which stay this cache's. Detectors with the same frozen part can share them. */
  part(ids: readonly string[]): FeatureCache {
    const places = new Map(this.samples.map(({ record }, i) => [record.id, i]));
    const chosen = ids.map((id) => {
      const place = places.get(id);
      if (place === undefined) throw new Error(`there are no features of image '${id}'`);
      return place;
    });
    const pick = <T>(list: readonly T[]) => chosen.map((place) => list[place]);
    return new FeatureCache(this.detector, pick(this.samples), pick(this.variants), false, this.store);
  }

  /** A batch of samples, each by a random one of its variants. The caller disposes `features`. */
  batch(indices: readonly number[], random: Random): CachedBatch {
    return this.collect(indices.map((index) => this.variants[index][random.integer(this.variants[index].length)]));
  }

  /** A batch of unchanged samples. The caller disposes `features`. */
  unchanged(indices: readonly number[]): CachedBatch {
    return this.collect(indices.map((index) => this.variants[index][0]));
  }

  dispose(): void {
    if (!this.owner) return;
    for (const variants of this.variants) variants.length = 0;
    this.store.dispose();
  }

  /** Depends on seed, image and copy alone, whichever images are cached with it. */
  private augmentation({ record, letterbox }: Sample, copy: number): Augmentation {
    const { seed, augmentation } = this.detector.config;
    return randomAugmentation(augmentation, letterbox.size, new Random(`${seed}/augmentation/${record.id}/${copy}`));
  }

  private collect(images: readonly CachedImage[]): CachedBatch {
    const loaded = images.map(({ features }) => features.load());
    const levels = loaded[0].map((_, level) => tf.concat(loaded.map((own) => own[level])));
    images.forEach(({ features }, i) => features.release(loaded[i]));
    return { features: levels, truths: images.map(({ truth }) => truth), images };
  }
}

export interface CachedBatch {
  /** As `Detector.frozenFeatures` gives them. */
  readonly features: tf.Tensor4D[];
  readonly truths: Truth[];
  readonly images: readonly Pick<CachedImage, "sample" | "augmentation">[];
}

/** The grey pixels of a batch as the network saw them, `[S, S]` each, for pictures. */
export async function batchPixels(images: CachedBatch["images"]): Promise<Uint8Array[]> {
  const { images: tensor } = augmentBatch(
    images.map(({ sample }) => sample),
    images.map(({ augmentation }) => augmentation),
  );
  const [, height, width] = tensor.shape;
  const grey = tensor.slice([0, 0, 0, 0], [-1, -1, -1, 1]);
  const values = await grey.data();
  tf.dispose([tensor, grey]);
  return images.map((_, i) => Uint8Array.from(values.subarray(i * height * width, (i + 1) * height * width)));
}
