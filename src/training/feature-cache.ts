/**
 * Computes the frozen features of each image once. The frozen backbone takes nine tenths of the
 * work of a step and gives the same numbers every time, so that an epoch then costs only what is
 * trained.
 */
import {
  type Augmentation,
  augmentBatch,
  channelsOfSample,
  randomAugmentation,
} from "../data/augment";
import type { Dataset } from "../data/dataset";
import { loadAhead } from "../data/loader";
import { loadSample } from "../data/sample";
import type { Detector } from "../detectors/detector";
import type { PreparingEvent } from "../runs/events";
import { tf } from "../tensor/tensorflow";
import type { ImageRecord, Sample, Target } from "../types";
import { Random } from "../util/random";
import { describeBytes, FeatureStore, type StoredFeatures } from "./feature-store";

/** Number of images that go through the backbone together. */
const BATCH = 8;

/** An image, unchanged or augmented, with the features that the trained part starts from. */
interface CachedImage {
  readonly sample: Sample;
  readonly augmentation: Augmentation | null;
  readonly target: Target;
  readonly features: StoredFeatures;
}

/** An image of the data set, and what was computed of it so far. */
interface Entry {
  readonly record: ImageRecord;
  /** The decoded image, its pixels in the store; null until it is decoded. */
  sample: Sample | null;
  /** The unchanged image first, then its augmented copies. */
  readonly variants: CachedImage[];
}

interface CacheParts {
  readonly detector: Detector;
  readonly entries: readonly Entry[];
  readonly store: FeatureStore;
  /** Whether `dispose` frees the entries; it does not in a part of a cache. */
  readonly isOwner: boolean;
}

export interface CachedBatch {
  /** As `Detector.frozenFeatures` returns them; the caller disposes them. */
  readonly features: tf.Tensor4D[];
  readonly targets: Target[];
  readonly images: readonly Pick<CachedImage, "sample" | "augmentation">[];
}

/**
 * The frozen features of the images of a data set and of their augmented copies. Several trainers
 * can share one cache.
 */
export class FeatureCache {
  /** Creates an empty cache for the images of a data set; `fill` computes the features. */
  static open(detector: Detector, dataset: Dataset, store = new FeatureStore()): FeatureCache {
    const entries = dataset.images.map((record) => ({ record, sample: null, variants: [] }));
    return new FeatureCache({ detector, entries, store, isOwner: true });
  }

  private readonly detector: Detector;
  private readonly entries: readonly Entry[];
  private readonly store: FeatureStore;
  private readonly isOwner: boolean;

  private constructor({ detector, entries, store, isOwner }: CacheParts) {
    this.detector = detector;
    this.entries = entries;
    this.store = store;
    this.isOwner = isOwner;
  }

  /** Number of images, without augmented copies. */
  get size(): number {
    return this.entries.length;
  }

  /** Bytes that the features take in memory or on disk. */
  get bytes(): number {
    const features = this.entries.flatMap(({ variants }) =>
      variants.map((variant) => variant.features),
    );
    return features.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  /**
   * Decodes every image, and computes its features and those of its augmented copies in batches.
   * Yields after each batch; nothing when all features exist already. If you stop it, the finished
   * batches stay, and the next call goes on from there.
   * @param copies number of augmented copies of each image
   * @param what is done, for the progress line
   * @throws before much is computed when the disk has no space for the features that do not fit
   * into memory, and when an image cannot be decoded; the message names the file
   */
  async *fill(copies: number, what: string): AsyncGenerator<PreparingEvent> {
    const missing: { entry: Entry; copy: number }[] = [];
    for (let copy = 0; copy <= copies; copy++)
      for (const entry of this.entries)
        if (entry.variants.length <= copy) missing.push({ entry, copy });
    const total = this.size * (1 + copies);
    let title: string | null = null;
    let start = 0;
    const load = async ({ entry }: { entry: Entry }) =>
      entry.sample ?? loadSample(entry.record, this.detector.config.data);
    for await (const loaded of loadAhead(missing, BATCH, load)) {
      const batch = missing.slice(start, start + loaded.length);
      const augmentations = batch.map(({ copy }, i) =>
        copy ? this.augmentation(loaded[i], copy) : null,
      );
      const { features, targets } = this.compute(loaded, augmentations);
      try {
        title ??= this.titleWithSpace(what, missing.length, features[0]);
        batch.forEach(({ entry }, i) => {
          const sample = (entry.sample ??= this.keep(loaded[i]));
          const stored = this.store.add(features.shift()!);
          const [augmentation, target] = [augmentations[i], targets[i]];
          entry.variants.push({ sample, augmentation, target, features: stored });
        });
      } finally {
        // Features are left only when the disk is too small or full.
        tf.dispose(features);
      }
      start += loaded.length;
      yield { kind: "preparing", what: title, done: total - missing.length + start, total };
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  /**
   * A cache of some of the images. The features still belong to this cache. Detectors with the same
   * frozen part can share them.
   * @param ids of the images
   * @throws when this cache does not have one of the images
   */
  part(ids: readonly string[]): FeatureCache {
    const entryOf = new Map(this.entries.map((entry) => [entry.record.id, entry]));
    const chosen = ids.map((id) => {
      const entry = entryOf.get(id);
      if (!entry) throw new Error(`there are no features of image '${id}' in this cache`);
      return entry;
    });
    return new FeatureCache({
      detector: this.detector,
      entries: chosen,
      store: this.store,
      isOwner: false,
    });
  }

  /** A batch of images, for each a random one of its variants. The caller disposes `features`. */
  batch(indices: readonly number[], random: Random): CachedBatch {
    return this.collect(
      indices
        .map((index) => this.entries[index].variants)
        .map((variants) => variants[random.integer(variants.length)]),
    );
  }

  /** A batch of unchanged images. The caller disposes `features`. */
  unchanged(indices: readonly number[]): CachedBatch {
    return this.collect(indices.map((index) => this.entries[index].variants[0]));
  }

  /** Frees the features, unless this is a part of another cache. */
  dispose(): void {
    if (!this.isOwner) return;
    for (const entry of this.entries) {
      entry.sample = null;
      entry.variants.length = 0;
    }
    this.store.dispose();
  }

  /** Depends only on seed, image and copy, not on the other images of the cache. */
  private augmentation({ record, letterbox }: Sample, copy: number): Augmentation {
    const { seed, augmentation } = this.detector.config;
    return randomAugmentation(
      augmentation,
      letterbox.size,
      new Random(`${seed}/augmentation/${record.id}/${copy}`),
    );
  }

  /** The sample with its pixels in the store, from where they are read whenever they are used. */
  private keep({ record, letterbox, boxes, classIds, pixels }: Sample): Sample {
    const stored = this.store.addPixels(pixels);
    return {
      record,
      letterbox,
      boxes,
      classIds,
      get pixels() {
        return stored.load();
      },
    };
  }

  /**
   * The title of the progress line. It includes the space on disk if the features do not all fit
   * into memory.
   * @throws when there is too little space
   */
  private titleWithSpace(what: string, images: number, features: readonly tf.Tensor4D[]): string {
    const each = features.reduce((sum, { size }) => sum + size * Float32Array.BYTES_PER_ELEMENT, 0);
    const undecoded = this.entries.filter(({ sample }) => !sample).length;
    const { imageSize, channels } = this.detector.config.data;
    const pixels = undecoded * imageSize ** 2 * (channels === "grey" ? 1 : 3);
    const subject = `the features of ${images} images, augmented copies included,`;
    const { bytes, folder } = this.store.requireSpace(images * each + pixels, subject);
    return bytes ? `${what}, ${describeBytes(bytes)} of them in a file in ${folder}` : what;
  }

  /** The features of each image of a batch by level, and its boxes after the augmentation. */
  private compute(samples: readonly Sample[], augmentations: readonly (Augmentation | null)[]) {
    const { images, targets } = augmentBatch(samples, augmentations);
    const levels = this.detector.frozenFeatures(images);
    const split = levels.map((level) => tf.split(level, samples.length) as tf.Tensor4D[]);
    tf.dispose([images, levels]);
    return { features: samples.map((_, i) => split.map((level) => level[i])), targets };
  }

  private collect(images: readonly CachedImage[]): CachedBatch {
    const loaded = images.map(({ features }) => features.load());
    const levels = loaded[0].map((_, level) =>
      tf.concat(loaded.map((levelsOfImage) => levelsOfImage[level])),
    );
    images.forEach(({ features }, i) => features.release(loaded[i]));
    return { features: levels, targets: images.map(({ target }) => target), images };
  }
}

/**
 * The pixels of each image of a batch as the network sees them, for pictures: `[S, S]` grey values,
 * or `[S, S, 3]` colors.
 */
export async function batchPixels(images: CachedBatch["images"]): Promise<Uint8Array[]> {
  const { images: tensor } = augmentBatch(
    images.map(({ sample }) => sample),
    images.map(({ augmentation }) => augmentation),
  );
  const [, height, width] = tensor.shape;
  const channels = channelsOfSample(images[0].sample);
  const visible = tensor.slice([0, 0, 0, 0], [-1, -1, -1, channels]);
  const values = await visible.data();
  tf.dispose([tensor, visible]);
  const size = height * width * channels;
  return images.map((_, i) => Uint8Array.from(values.subarray(i * size, (i + 1) * size)));
}
