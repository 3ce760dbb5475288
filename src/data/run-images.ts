/**
 * The images of a run, recognized by their content in a data set that may have other folders and
 * names. The ids in a run say nothing of another data set: two hospitals may both have
 * `001_12.jpg`.
 */
import type { Fingerprint, ImageRecord } from "../types";
import { contentHash } from "./content-hash";
import { parseFingerprint } from "./fingerprint";
import { ImageIndex } from "./image-index";

/** The parts of a run. */
const PARTS = ["train", "validation"] as const;
type Part = (typeof PARTS)[number];

/** What a run records of its images. */
export interface RecordedImages {
  /** Ids in the data set as it was then. */
  readonly images: Readonly<Record<Part, readonly string[]>>;
  /** From `fingerprintText`, in the order of `images`. Runs of early versions lack them. */
  readonly fingerprints?: Readonly<Record<Part, readonly string[]>>;
  /** From `contentHash`, of the images of both parts. Runs of early versions lack it. */
  readonly dataHash?: string;
  /**
   * The run whose weights this one started from, with the images that these were trained on, if
   * they are known.
   */
  readonly initial?: { readonly fingerprints: readonly string[] | null };
}

/** The data set in which the images of a run are looked for. */
export interface SearchedImages {
  readonly images: readonly ImageRecord[];
  /** Images that are not used, because they are in the data set twice. */
  readonly leftOutImages: readonly ImageRecord[];
}

/** An image of a run. */
interface RunImage {
  readonly id: string;
  readonly fingerprint: Fingerprint;
}

/** The images of a run that can be recognized by their content. */
export class RunImages {
  /** Whether all images that the weights were trained on are known. */
  readonly isComplete: boolean;
  private readonly indices: Readonly<Record<Part, ImageIndex<RunImage>>>;
  /** Images that the first weights of the run were trained on, and its own training images. */
  private readonly trained: readonly RunImage[];

  private constructor(
    private readonly parts: Readonly<Record<Part, readonly RunImage[]>>,
    initial: RecordedImages["initial"],
  ) {
    this.isComplete = initial?.fingerprints !== null;
    const earlier = initial?.fingerprints ?? [];
    this.trained = [
      ...parts.train,
      ...earlier.map((text) => ({ id: "", fingerprint: parseFingerprint(text) })),
    ];
    this.indices = {
      train: new ImageIndex(this.trained),
      validation: new ImageIndex(parts.validation),
    };
  }

  /**
   * The images of a run. An early run records no content; if its images have not changed since, the
   * SHA-256 of the files proves it, and their fingerprints are those of the data set.
   * @returns null if the content of the images is not known
   */
  static async of(recorded: RecordedImages, dataset: SearchedImages): Promise<RunImages | null> {
    const { images, fingerprints } = recorded;
    if (fingerprints) {
      const part = (name: Part) =>
        images[name].map((id, i) => ({ id, fingerprint: parseFingerprint(fingerprints[name][i]) }));
      return new RunImages(
        { train: part("train"), validation: part("validation") },
        recorded.initial,
      );
    }
    const records = new Map(everyImage(dataset).map((image) => [image.id, image]));
    const found = PARTS.flatMap((name) => images[name].map((id) => records.get(id)));
    const present = found.flatMap((image) => (image?.fingerprint ? [image] : []));
    if (recorded.dataHash === undefined || present.length < found.length) return null;
    if ((await contentHash(present)) !== recorded.dataHash) return null;
    const part = (name: Part) =>
      images[name].map((id) => ({ id, fingerprint: records.get(id)!.fingerprint! }));
    return new RunImages(
      { train: part("train"), validation: part("validation") },
      recorded.initial,
    );
  }

  /**
   * Whether an image is in a part of the run: with equal pixels, or saved again. The images that
   * the first weights were trained on belong to the training part.
   */
  has(part: Part, { fingerprint }: ImageRecord): "equal" | "saved again" | null {
    const found = this.indices[part].find(fingerprint);
    if (!found) return null;
    return found.isExact ? "equal" : "saved again";
  }

  /**
   * The records of a part's images, with the ids that the run has for them, in the order of the
   * run.
   * @returns null for an image that the data set does not have
   */
  recordsOf(part: Part, dataset: SearchedImages): (ImageRecord | null)[] {
    const index = new ImageIndex(everyImage(dataset));
    const used = new Set<ImageRecord>();
    return this.parts[part].map(({ id, fingerprint }) => {
      const equal = index.equal(fingerprint).filter((image) => !used.has(image));
      const image = equal.find((candidate) => candidate.id === id) ?? equal[0];
      if (!image) return null;
      used.add(image);
      return image.id === id ? image : { ...image, id };
    });
  }

  /**
   * The records of the training images, equal or saved again; null for those that are not there.
   */
  trainedIn(dataset: SearchedImages): (ImageRecord | null)[] {
    const index = new ImageIndex(everyImage(dataset));
    return this.trained.map(({ fingerprint }) => index.find(fingerprint)?.image ?? null);
  }
}

function everyImage({ images, leftOutImages }: SearchedImages): ImageRecord[] {
  return [...images, ...leftOutImages];
}
