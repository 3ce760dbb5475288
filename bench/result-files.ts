/** The result files of a measurement. */
import { existsSync } from "fs";
import { mkdir, readFile } from "fs/promises";
import { join } from "path";
import { writeAtomically } from "../src/util/atomic-write";
import { isRecord } from "../src/util/record";

/** The files NAME.json, NAME.md and NAME.svg of a folder, with the results of one measurement. */
export class ResultFiles<T extends object> {
  private readonly json: string;

  /**
   * @param folder made by `write` when it does not exist
   * @param name the names of the files without endings
   * @param members names of members that the JSON file of this measurement has
   */
  constructor(
    private readonly folder: string,
    private readonly name: string,
    private readonly members: readonly (keyof T & string)[],
  ) {
    this.json = join(folder, `${name}.json`);
  }

  /**
   * The results of an earlier measurement; null when there are none.
   * @throws when the folder has files of these names that are not results of this measurement
   */
  async read(): Promise<T | null> {
    const files = ["json", "md", "svg"].map((ending) =>
      join(this.folder, `${this.name}.${ending}`),
    );
    const present = files.find((file) => existsSync(file));
    if (present === undefined) return null;
    const value = existsSync(this.json) ? await parsed(this.json) : null;
    if (isRecord(value) && this.members.every((member) => Object.hasOwn(value, member)))
      return value as T;
    throw new Error(
      `${present} was not written by this command, and it would be replaced: name another --out`,
    );
  }

  /**
   * Writes the results, in place of earlier ones.
   * @param results the content of the JSON file
   * @param markdown the table for people
   * @param svg a figure
   */
  async write(results: T, markdown: string, svg?: string): Promise<void> {
    await mkdir(this.folder, { recursive: true });
    await writeAtomically(this.json, `${JSON.stringify(results, null, 2)}\n`);
    await writeAtomically(join(this.folder, `${this.name}.md`), markdown);
    if (svg !== undefined) await writeAtomically(join(this.folder, `${this.name}.svg`), svg);
  }
}

async function parsed(file: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(file, "utf8"));
  } catch {
    return null;
  }
}
