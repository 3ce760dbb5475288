/**
 * A folder that a command writes its results to. The command replaces only files that it wrote
 * itself: a list in the folder has the SHA-256 of every file that the command wrote there.
 */
import { createHash } from "crypto";
import { createReadStream, existsSync, lstatSync } from "fs";
import { appendFile, readFile, rename, rm } from "fs/promises";
import { dirname, join } from "path";
import { writeAtomically, writeError } from "./atomic-write";
import { UNFINISHED } from "./growing-file";
import { makeFolder } from "./make-folder";

/** Names that an error message lists. */
const LISTED_NAMES = 3;

/** A folder of results, and which of its files an earlier call of the same command wrote. */
export class OutputFolder {
  private constructor(
    readonly path: string,
    private readonly command: string,
    /** SHA-256 of every content that the command wrote, by file name. */
    private readonly written: Map<string, Set<string>>,
  ) {}

  /**
   * Reads which files of the folder the command wrote earlier. The folder is made by the first
   * file that is written.
   * @param path the folder; it need not exist
   * @param command the name of the command
   * @example
   * const output = await OutputFolder.open("runs/compare", "compare");
   * await output.requireReplaceable(["comparison.json"]);
   * await output.writeJson("comparison.json", results);
   */
  static async open(path: string, command: string): Promise<OutputFolder> {
    const written = new Map<string, Set<string>>();
    const list = join(path, listName(command));
    const lines = existsSync(list) ? (await readFile(list, "utf8")).split("\n") : [];
    for (const line of lines) {
      const [, hash, name] = /^([0-9a-f]{64}) {2}(.+)$/.exec(line) ?? [];
      if (name) hashesOf(written, name).add(hash);
    }
    return new OutputFolder(path, command, written);
  }

  /** The names of all files that the command wrote; some may be gone. */
  get writtenNames(): readonly string[] {
    return [...this.written.keys()];
  }

  /** The path of a file of this folder. */
  pathOf(name: string): string {
    return join(this.path, name);
  }

  /**
   * Checks that the command may write files of these names.
   * @param names paths below the folder
   * @throws when one of the files exists and the command did not write it, or somebody has changed
   * it since
   */
  async requireReplaceable(names: readonly string[]): Promise<void> {
    await this.require(names, (name) => this.isReplaceable(name));
  }

  /**
   * Checks that the command may write these files. Unlike `requireReplaceable` it accepts a file
   * that has the content already, whoever wrote it.
   * @param contents the files by their paths below the folder
   * @throws as `requireReplaceable` does
   */
  async requireWritable(contents: ReadonlyMap<string, string | Buffer>): Promise<void> {
    await this.require(
      [...contents.keys()],
      async (name) =>
        (await this.isReplaceable(name)) || this.holds(name, sha256(contents.get(name)!)),
    );
  }

  private async require(
    names: readonly string[],
    isAllowed: (name: string) => Promise<boolean>,
  ): Promise<void> {
    const foreign: string[] = [];
    for (const name of names) if (!(await isAllowed(name))) foreign.push(name);
    if (!foreign.length) return;
    const more = foreign.length - LISTED_NAMES;
    const listed =
      foreign.slice(0, LISTED_NAMES).join(", ") + (more > 0 ? ` and ${more} more` : "");
    throw new Error(
      `${this.path} holds files that '${this.command}' did not write, or that were changed since, ` +
        `and it would replace them: ${listed}. Choose another folder, or move the files away`,
    );
  }

  /**
   * Writes a file, completely or not at all. A file that has the content already stays as it is.
   * @param name its path below the folder
   * @throws as `requireReplaceable` does, and with advice when the file cannot be written
   */
  async write(name: string, content: string | Buffer): Promise<void> {
    const hash = sha256(content);
    if (await this.holds(name, hash)) return;
    await this.requireReplaceable([name]);
    await this.record(name, hash);
    makeFolder(dirname(this.pathOf(name)));
    await writeAtomically(this.pathOf(name), content);
  }

  /** Writes a value as indented JSON; see `write`. */
  async writeJson(name: string, value: unknown): Promise<void> {
    await this.write(name, `${JSON.stringify(value, null, 2)}\n`);
  }

  /**
   * Gives a file that was written as `NAME.part` its name.
   * @param name its path below the folder, without the ending
   * @throws as `requireReplaceable` does; the file then keeps the name `NAME.part`
   */
  async adopt(name: string): Promise<void> {
    await this.take(this.pathOf(name + UNFINISHED), name);
  }

  /**
   * Moves a file into this folder, from another place on the same disk.
   * @param source path of the file
   * @param name its new path below the folder
   * @throws as `requireReplaceable` does; the file then stays where it was
   */
  async take(source: string, name: string): Promise<void> {
    await this.requireReplaceable([name]);
    await this.record(name, await hashOf(source));
    makeFolder(dirname(this.pathOf(name)));
    await rename(source, this.pathOf(name));
  }

  /**
   * Adds files to the list that other code has written for the command. Files that are not there
   * are passed over.
   * @param names paths below the folder
   */
  async note(names: readonly string[]): Promise<void> {
    for (const name of names) {
      const path = this.pathOf(name);
      if (isFile(path)) await this.record(name, await hashOf(path));
    }
  }

  /**
   * Removes a file, if it is there.
   * @throws as `requireReplaceable` does
   */
  async remove(name: string): Promise<void> {
    await this.requireReplaceable([name]);
    await rm(this.pathOf(name), { force: true });
  }

  private async holds(name: string, hash: string): Promise<boolean> {
    const path = this.pathOf(name);
    return isFile(path) && (await hashOf(path)) === hash;
  }

  private async isReplaceable(name: string): Promise<boolean> {
    const path = this.pathOf(name);
    if (!isThere(path)) return true;
    const hashes = this.written.get(oneLine(name));
    return hashes !== undefined && isFile(path) && hashes.has(await hashOf(path));
  }

  /**
   * Adds a file to the list, before the file gets its name: if the command is killed in between,
   * the list still names the earlier content too.
   */
  private async record(name: string, hash: string): Promise<void> {
    const hashes = hashesOf(this.written, oneLine(name));
    if (hashes.has(hash)) return;
    makeFolder(dirname(this.pathOf(name)));
    const list = this.pathOf(listName(this.command));
    await appendFile(list, `${hash}  ${oneLine(name)}\n`).catch((error: unknown) => {
      throw writeError(list, error);
    });
    hashes.add(hash);
  }
}

/** The name of the list: its lines are those of `sha256sum`. */
function listName(command: string): string {
  return `.${command}.sha256`;
}

/** File names may contain line breaks; a line of the list may not. */
function oneLine(name: string): string {
  return name.replaceAll("\n", "\\n");
}

/** Whether there is anything of this name, also a symbolic link that points nowhere. */
function isThere(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}

function isFile(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
}

function sha256(content: string | Buffer): string {
  return createHash("sha256").update(content).digest("hex");
}

function hashesOf(written: Map<string, Set<string>>, name: string): Set<string> {
  if (!written.has(name)) written.set(name, new Set());
  return written.get(name)!;
}

async function hashOf(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  return hash.digest("hex");
}
