/**
 * Finds files and folders whose names are written in another way on the disk: in another Unicode
 * form (macOS separates accents from letters), or with other upper and lower case, which is the
 * same name on Windows and macOS.
 */
import { readdirSync } from "fs";
import { join, relative, sep } from "path";
import { isWithin } from "../../folders";
import { isThere } from "../../read-file";
import { groupBy } from "../../../util/group-by";

/** How names are compared, from the strictest to the laxest. */
const FORMS = [
  (name: string) => name.normalize("NFC"),
  (name: string) => name.normalize("NFC").toLowerCase(),
];

/** The names in one folder. */
interface FolderNames {
  readonly exact: ReadonlySet<string>;
  /** For each of `FORMS`: the names by their form. */
  readonly byForm: readonly ReadonlyMap<string, readonly string[]>[];
}

/** The names in the folders of a data set. Each folder is listed once. */
export class NamesOnDisk {
  private readonly folders = new Map<string, FolderNames>();

  /** @param top absolute path of the data set's folder */
  constructor(private readonly top: string) {}

  /**
   * The path as it is on the disk: the same one if it exists, and else one whose names differ only
   * in their form or case.
   * @param path absolute path
   * @returns null if there is none in the data set's folder, or several
   */
  find(path: string): string | null {
    if (isThere(path)) return path;
    if (!isWithin(this.top, path)) return null;
    let found = this.top;
    for (const part of relative(this.top, path).split(sep)) {
      const name = nameIn(this.namesIn(found), part);
      if (name === null) return null;
      found = join(found, name);
    }
    return found;
  }

  private namesIn(folder: string): FolderNames {
    const known = this.folders.get(folder);
    if (known) return known;
    const names = listed(folder);
    const found: FolderNames = {
      exact: new Set(names),
      byForm: FORMS.map((form) => groupBy(names, form)),
    };
    this.folders.set(folder, found);
    return found;
  }
}

function nameIn({ exact, byForm }: FolderNames, part: string): string | null {
  if (exact.has(part)) return part;
  for (const [i, form] of FORMS.entries()) {
    const fitting = byForm[i].get(form(part));
    if (fitting) return fitting.length === 1 ? fitting[0] : null;
  }
  return null;
}

/** The names in a folder; none if it cannot be listed, or is no folder. */
function listed(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
