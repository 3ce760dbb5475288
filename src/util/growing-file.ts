/**
 * Result files that grow item by item. After every item the file is complete: if the command is
 * killed or the disk is full, all results so far can be read.
 */
import { closeSync, fsyncSync, ftruncateSync, openSync, renameSync, writeSync } from "fs";
import { stringify } from "csv-stringify/sync";
import { writeError } from "./atomic-write";

/** The name of a file has this ending until the file is finished. */
export const UNFINISHED = ".part";

/**
 * A text that grows before its tail: new text replaces the tail, and a new tail follows it. A
 * JSON file's tail is its closing brackets.
 */
class GrowingFile {
  private readonly descriptor: number;
  /** Bytes before the tail. */
  private length = 0;
  private tail = "";

  /** Creates `PATH.part`; a file of that name is replaced. */
  constructor(readonly path: string) {
    this.descriptor = openSync(`${path}${UNFINISHED}`, "w");
  }

  /**
   * Appends text and the new tail.
   * @throws when the disk is full; the file then has its content of before
   */
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

  /** Waits until the disk has the file, and closes it. Its name still ends with `.part`. */
  close(): void {
    fsyncSync(this.descriptor);
    closeSync(this.descriptor);
  }

  /** Closes the file and gives it its name. An earlier file of that name is replaced. */
  finish(): void {
    this.close();
    renameSync(`${this.path}${UNFINISHED}`, this.path);
  }

  private put(text: string): void {
    const bytes = Buffer.from(text);
    for (let done = 0; done < bytes.length;)
      done += writeSync(this.descriptor, bytes, done, bytes.length - done, this.length + done);
  }
}

/** A growing table in a CSV file. */
export class GrowingTable extends GrowingFile {
  /** Creates the file and writes the row of column names. */
  constructor(path: string, columns: readonly string[]) {
    super(path);
    this.add([columns]);
  }

  /**
   * Appends rows.
   * @throws when the disk is full; the file then has its content of before
   */
  add(rows: readonly (readonly (string | number)[])[]): void {
    this.write(stringify(rows.map((row) => [...row])), "");
  }
}

/**
 * A JSON object whose last members are lists. The lists are filled one after the other. The text
 * equals that of `JSON.stringify(value, null, 2)`.
 */
export class GrowingJson extends GrowingFile {
  private current = 0;
  private isEmpty = true;

  /**
   * Creates the file and writes its head and the empty lists.
   * @param path the finished file
   * @param head the members before the lists, at least one
   * @param lists the names of the lists, in the order in which they are filled
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

  /**
   * Appends an item to a list.
   * @throws when there is no such list or a later list has items already, and when the disk is
   * full; the file then has its content of before
   */
  add(list: string, item: object): void {
    const index = this.lists.indexOf(list, this.current);
    if (index < 0)
      throw new Error(
        `${this.path}: nothing can be added to '${list}': choose '${this.lists[this.current]}' or a later list`,
      );
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
