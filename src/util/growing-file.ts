/**
 * Result files that are whole after every item that is added: a command that is killed half way,
 * or whose disk is full, leaves all that it had.
 */
import { closeSync, ftruncateSync, openSync, renameSync, writeSync } from "fs";
import { stringify } from "csv-stringify/sync";
import { writeError } from "./atomic-write";

/** What a file is called until it is finished. */
export const UNFINISHED = ".part";

/** A text that grows before a tail, which is moved along. */
class GrowingFile {
  private readonly descriptor: number;
  /** Bytes before the tail. */
  private length = 0;
  private tail = "";

  constructor(readonly path: string) {
    this.descriptor = openSync(`${path}${UNFINISHED}`, "w");
  }

  /** Throws when the disk is full; the file is then as it was. */
  protected write(text: string, tail: string): void {
    try {
      this.put(text + tail);
    } catch (error) {
      ftruncateSync(this.descriptor, this.length);
      this.put(this.tail);
      throw writeError(this.path, error);
    }
    this.length += Buffer.byteLength(text);
    this.tail = tail;
  }

  /** Gives the file its name, in place of an earlier one. */
  finish(): void {
    closeSync(this.descriptor);
    renameSync(`${this.path}${UNFINISHED}`, this.path);
  }

  private put(text: string): void {
    const bytes = Buffer.from(text);
    for (let done = 0; done < bytes.length;)
      done += writeSync(this.descriptor, bytes, done, bytes.length - done, this.length + done);
  }
}

/** A table as CSV. */
export class GrowingTable extends GrowingFile {
  constructor(path: string, columns: readonly string[]) {
    super(path);
    this.add([columns]);
  }

  add(rows: readonly (readonly (string | number)[])[]): void {
    this.write(stringify(rows.map((row) => [...row])), "");
  }
}

/**
 * An object whose last members are lists that grow one after the other; indented by two, as
 * `JSON.stringify(value, null, 2)` has it.
 */
export class GrowingJson extends GrowingFile {
  private current = 0;
  private isEmpty = true;

  /**
   * @param head members before the lists, at least one
   * @param lists their names, in the order in which they are filled
   */
  constructor(
    path: string,
    head: object,
    private readonly lists: readonly string[],
  ) {
    super(path);
    const members = JSON.stringify(head, null, 2).replace(/\n}$/, "");
    this.write(`${members},\n  ${JSON.stringify(lists[0])}: [`, this.end());
  }

  /** Adds an item to a list. Throws when a later list was begun already. */
  add(list: string, item: object): void {
    const index = this.lists.indexOf(list, this.current);
    if (index < 0) throw new Error(`${this.path}: '${list}' is no list that can still be added to`);
    let text = "";
    let isEmpty = this.isEmpty;
    for (let next = this.current + 1; next <= index; next++, isEmpty = true)
      text += `${closing(isEmpty)},\n  ${JSON.stringify(this.lists[next])}: [`;
    text += `${isEmpty ? "" : ","}\n    ${JSON.stringify(item, null, 2).replaceAll("\n", "\n    ")}`;
    this.write(text, this.end(index, false));
    this.current = index;
    this.isEmpty = false;
  }

  private end(index = 0, isEmpty = true): string {
    const later = this.lists.slice(index + 1).map((name) => `,\n  ${JSON.stringify(name)}: []`);
    return `${closing(isEmpty)}${later.join("")}\n}\n`;
  }
}

function closing(isEmpty: boolean): string {
  return isEmpty ? "]" : "\n  ]";
}
