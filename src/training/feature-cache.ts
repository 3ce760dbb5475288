/**
 * What the frozen part of a detector makes of each image, computed once. An epoch then costs only
 * what is trained: the frozen backbone is nine tenths of a step's work, and gives the same numbers
 * every time.
 */
import { Augmentation, augmentBatch, randomAugmentation } from "../data/augment";
import type { Dataset } from "../data/dataset";
import { loadAhead } from "../data/loader";
import { loadSample } from "../data/sample";
import type { Detector } from "../detectors/detector";
import { Random } from "../util/random";
import { tf } from "../tensor/tensorflow";
import type { ImageRecord, Sample, Target } from "../types";
import type { PreparingEvent } from "../runs/events";
import { FeatureStore, describeBytes, type StoredFeatures } from "./feature-store";

/** Images that go through the backbone together. */
const BATCH = 8;

/** An image, unchanged or augmented, as the trained part starts from it. */
interface CachedImage {
  readonly sample: Sample;
  readonly augmentation: Augmentation | null;
  readonly target: Target;
  readonly features: StoredFeatures;
}

/** An image of the data set and what is known of it so far. */
interface Entry {
  readonly record: ImageRecord;
  /** Its pixels lie in the store. Null until it is decoded. */
  sample: Sample | null;
  /** Unchanged first, then its augmented copies. */
  readonly variants: CachedImage[];
}

interface CacheParts {
  readonly detector: Detector;
  readonly entries: readonly Entry[];
  readonly store: FeatureStore;
  /** Whether this cache disposes the entries; a part of a cache does not. */
  readonly isOwner: boolean;
}

export class FeatureCache {
  /** A cache of a data set's images, still empty. */
  static open(detector: Detector, dataset: Dataset, store = new FeatureStore()): FeatureCache {
    const entries = dataset.images.map((record) => ({ record, sample: null, variants: [] }));
    return new FeatureCache({ detector, entries, store, isOwner: true });
  }

  /** @param owner whether `dispose` frees them */
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

  get size(): number {
    return this.entries.length;
  }

  /** Memory that the features take, or space on disk. */
  get bytes(): number {
    return this.entries.reduce(
      (sum, { variants }) => variants.reduce((own, { features }) => own + features.bytes, sum),
      0,
    );
  }

  /**
   * Decodes every image and computes its features and those of its augmented copies, in batches;
   * each batch done is told. Breaking off keeps what is done, and starting again goes on. Throws
   * before much is computed when the disk has no space for what does not fit into memory, and,
   * naming the file, when an image cannot be decoded.
   * @param copies augmented copies of each
   */
  async *fill(copies: number, what: string): AsyncGenerator<PreparingEvent> {
    const wanted: { entry: Entry; copy: number }[] = [];
    for (let copy = 0; copy <= copies; copy++)
      for (const entry of this.entries)
        if (entry.variants.length <= copy) wanted.push({ entry, copy });
    const total = this.size * (1 + copies);
    let title: string | null = null;
    let start = 0;
    const load = async ({ entry }: { entry: Entry }) =>
      entry.sample ?? loadSample(entry.record, this.detector.config.data);
    for await (const loaded of loadAhead(wanted, BATCH, load)) {
      const batch = wanted.slice(start, start + loaded.length);
      const augmentations = batch.map(({ copy }, i) =>
        copy ? this.augmentation(loaded[i], copy) : null,
      );
      const { features, targets } = this.compute(loaded, augmentations);
      try {
        title ??= this.titleWithSpace(what, wanted.length, features[0]);
        batch.forEach(({ entry }, i) => {
          const sample = (entry.sample ??= this.keep(loaded[i]));
          const stored = this.store.add(features.shift()!);
          entry.variants.push({
            sample,
            augmentation: augmentations[i],
            target: targets[i],
            features: stored,
          });
        });
      } finally {
        // None but when the disk is too small, or full.
        tf.dispose(features);
      }
      start += loaded.length;
      yield { kind: "preparing", what: title, done: total - wanted.length + start, total };
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  /**
   * The features of some of the images, which stay this cache's. Detectors with the same frozen
   * part can share them.
   */
  part(ids: readonly string[]): FeatureCache {
    const entryOf = new Map(this.entries.map((entry) => [entry.record.id, entry]));
    const chosen = ids.map((id) => {
      const entry = entryOf.get(id);
      if (!entry) throw new Error(`there are no features of image '${id}'`);
      return entry;
    });
    return new FeatureCache({
      detector: this.detector,
      entries: chosen,
      store: this.store,
      isOwner: false,
    });
  }

  /** A batch of samples, each by a random one of its variants. The caller disposes `features`. */
  batch(indices: readonly number[], random: Random): CachedBatch {
    return this.collect(
      indices
        .map((index) => this.entries[index].variants)
        .map((own) => own[random.integer(own.length)]),
    );
  }

  /** A batch of unchanged samples. The caller disposes `features`. */
  unchanged(indices: readonly number[]): CachedBatch {
    return this.collect(indices.map((index) => this.entries[index].variants[0]));
  }

  dispose(): void {
    if (!this.isOwner) return;
    for (const entry of this.entries) {
      entry.sample = null;
      entry.variants.length = 0;
    }
    this.store.dispose();
  }

  /** Depends on seed, image and copy alone, whichever images are cached with it. */
  private augmentation({ record, letterbox }: Sample, copy: number): Augmentation {
    const { seed, augmentation } = this.detector.config;
    return randomAugmentation(
      augmentation,
      letterbox.size,
      new Random(`${seed}/augmentation/${record.id}/${copy}`),
    );
  }

  /** The sample, its pixels in the store: they are read again where they are looked at. */
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
   * What is told while features are computed: with the space they take where it is not memory
   * alone. Throws when there is too little.
   */
  private titleWithSpace(what: string, images: number, features: readonly tf.Tensor4D[]): string {
    const each = features.reduce((sum, { size }) => sum + size * Float32Array.BYTES_PER_ELEMENT, 0);
    const undecoded = this.entries.filter(({ sample }) => !sample).length;
    const pixels = undecoded * this.detector.config.data.imageSize ** 2;
    const subject = `the features of ${images} images, augmented copies included,`;
    const { bytes, folder } = this.store.requireSpace(images * each + pixels, subject);
    return bytes ? `${what}, ${describeBytes(bytes)} of them in a file in ${folder}` : what;
  }

  /** The features of each image of a batch, by level, and where its boxes went. */
  private compute(samples: readonly Sample[], augmentations: readonly (Augmentation | null)[]) {
    const { images, targets } = augmentBatch(samples, augmentations);
    const levels = this.detector.frozenFeatures(images);
    const split = levels.map((level) => tf.split(level, samples.length) as tf.Tensor4D[]);
    tf.dispose([images, levels]);
    return { features: samples.map((_, i) => split.map((level) => level[i])), targets };
  }

  private collect(images: readonly CachedImage[]): CachedBatch {
    const loaded = images.map(({ features }) => features.load());
    const levels = loaded[0].map((_, level) => tf.concat(loaded.map((own) => own[level])));
    images.forEach(({ features }, i) => features.release(loaded[i]));
    return { features: levels, targets: images.map(({ target }) => target), images };
  }
}

export interface CachedBatch {
  /** As `Detector.frozenFeatures` gives them. */
  readonly features: tf.Tensor4D[];
  readonly targets: Target[];
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
  return images.map((_, i) =>
    Uint8Array.from(values.subarray(i * height * width, (i + 1) * height * width)),
  );
}
