/**
 * Keeps what the check of an image file gave, so that a data set opens again without decoding its
 * images. A file that was changed since then is checked anew.
 */
import { createHash } from "crypto";
import { mkdir, stat } from "fs/promises";
import { dirname, join, resolve } from "path";
import sharp from "sharp";
import { writeAtomically } from "../util/atomic-write";
import { cacheFolder } from "../util/cache-folder";
import { readRegularFile } from "../util/regular-file";
import { PROJECT_VERSION } from "../util/version";
import { checkImage, type ImageCheck } from "./check-image";
import { fingerprintText, isFingerprintText, parseFingerprint } from "./fingerprint";
import type { ListedImage } from "./formats/format";

/** Raise it when the check of an image gives something else: what was kept is not used then. */
const CHECK_VERSION = 1;
const VERSION = `${PROJECT_VERSION}, check ${CHECK_VERSION}, sharp ${sharp.versions.sharp}, libvips ${sharp.versions.vips}`;

/** The folder of the files below `cacheFolder()`; a file for each data set. */
const FOLDER = "checked-images";
/** Names of files may be those of patients: only their user may read the folder. */
const FOLDER_MODE = 0o700;
/** Smaller data sets are checked anew each time. It takes a fraction of a second. */
const MIN_IMAGES = 50;
/**
 * Milliseconds. The clock of a file system is coarse: a file that was changed just before it was
 * checked could be changed once more without a new time.
 */
const SETTLING_MS = 2000;

/** A check as the file has it. */
interface KeptCheck {
  readonly stamp: string;
  readonly width: number;
  readonly height: number;
  readonly fingerprint: string;
  readonly valueRange: NonNullable<ImageCheck["image"]>["valueRange"];
  readonly problems: ImageCheck["problems"];
}

/** The checks of a data set's images. */
export class CheckedImages {
  private readonly current = new Map<string, KeptCheck>();
  private hasNew = false;

  private constructor(
    private readonly file: string,
    private readonly earlier: ReadonlyMap<string, KeptCheck>,
  ) {}

  /**
   * The checks that were kept for a data set; none if there are none, or if other versions made
   * them.
   * @param root the data set's folder
   */
  static async of(root: string): Promise<CheckedImages> {
    const name = createHash("sha256").update(resolve(root)).digest("hex");
    const file = join(cacheFolder(), FOLDER, `${name}.json`);
    return new CheckedImages(file, await readChecks(file));
  }

  /** Checks an image as `checkImage` does, or gives what an earlier check of the same file gave. */
  async check(image: Pick<ListedImage, "path" | "decode">): Promise<ImageCheck> {
    const { path, decode } = image;
    const stamp = decode ? null : await stampOf(path);
    if (stamp === null) return checkImage(image);
    const earlier = this.earlier.get(path);
    if (earlier?.stamp === stamp) {
      this.current.set(path, earlier);
      const { width, height, valueRange, problems } = earlier;
      const fingerprint = parseFingerprint(earlier.fingerprint);
      return { image: { width, height, fingerprint, valueRange }, problems };
    }
    const { image: checked, problems } = await checkImage(image);
    if (checked) {
      const fingerprint = fingerprintText(checked.fingerprint);
      this.current.set(path, { ...checked, stamp, fingerprint, problems });
      this.hasNew = true;
    }
    return { image: checked, problems };
  }

  /** Keeps the checks for the next time. If they cannot be written, the next time takes longer. */
  async keep(): Promise<void> {
    if (!this.hasNew || this.current.size < MIN_IMAGES) return;
    const content = { version: VERSION, checks: Object.fromEntries(this.current) };
    try {
      await mkdir(dirname(this.file), { recursive: true, mode: FOLDER_MODE });
      await writeAtomically(this.file, JSON.stringify(content));
    } catch {
      // The folder cannot be written, or another process writes the same file at this moment.
    }
  }
}

/** Reads kept checks. A file that is missing, damaged or of other versions holds none. */
async function readChecks(file: string): Promise<Map<string, KeptCheck>> {
  try {
    const { version, checks } = JSON.parse((await readRegularFile(file)).toString("utf8")) as {
      version: string;
      checks: Record<string, KeptCheck>;
    };
    if (version !== VERSION) return new Map();
    return new Map(Object.entries(checks).filter(([, check]) => isKeptCheck(check)));
  } catch {
    return new Map();
  }
}

/** Whether a file has all parts of a check; somebody may have changed the file. */
function isKeptCheck(value: unknown): boolean {
  const { stamp, width, height, fingerprint, problems, valueRange } = (value ??
    {}) as Partial<KeptCheck>;
  const isSide = (side: unknown) => Number.isInteger(side) && (side as number) > 0;
  return (
    typeof stamp === "string" &&
    isSide(width) &&
    isSide(height) &&
    typeof fingerprint === "string" &&
    isFingerprintText(fingerprint) &&
    Array.isArray(problems) &&
    valueRange !== undefined
  );
}

/**
 * What changes whenever a file is changed or replaced. Only the system sets the time of the last
 * change of status (`ctime`); programs that copy files restore the other times.
 * @returns null if the file is too new to be sure, or cannot be looked at
 */
async function stampOf(path: string): Promise<string | null> {
  const status = await stat(path, { bigint: true }).catch(() => null);
  if (!status?.isFile() || Date.now() - Number(status.ctimeMs) < SETTLING_MS) return null;
  const { dev, ino, size, mtimeNs, ctimeNs } = status;
  return [dev, ino, size, mtimeNs, ctimeNs].join("-");
}
